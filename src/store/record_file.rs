//! One file of records: msgpack values, one after the other.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use mite_core::msgpack::Values;

/// An open file of records, and what is to be written to it next.
pub(super) struct RecordFile {
    file: File,
    pending: Vec<u8>,
    pending_records: u64,
}

impl RecordFile {
    /// Opens a file to append to, or makes it. A torn last value, left by a
    /// writer that was killed, is cut off; says how many bytes that were.
    ///
    /// # Errors
    /// If it cannot be opened, or holds what is not msgpack.
    pub(super) fn open(path: &Path) -> io::Result<(Self, u64)> {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut torn = 0;
        // Another writer that lives is no torn one, and has looked itself.
        if file.metadata()?.is_file() && file.try_lock().is_ok() {
            let mut values = Values::new(&file);
            while values.next()?.is_some() {}
            torn = values.torn() as u64;
            if torn > 0 {
                file.set_len(values.position())?;
            }
        }
        // Tells the next writer that this one lives; a file system without
        // locks has no next writer to tell.
        let _ = file.lock_shared();
        Ok((Self { file, pending: Vec::new(), pending_records: 0 }, torn))
    }

    /// Adds a record to what is to be written.
    pub(super) fn push(&mut self, record: &[u8]) {
        self.pending.extend_from_slice(record);
        self.pending_records += 1;
    }

    /// How many records wait to be written.
    pub(super) fn pending(&self) -> u64 {
        self.pending_records
    }

    /// Hands what is pending to the operating system; from then on it survives
    /// the end of this process. Says how many records that were.
    ///
    /// # Errors
    /// If it cannot all be written; then none of it counts as written, and what
    /// was is taken back.
    pub(super) fn write(&mut self) -> io::Result<u64> {
        if self.pending.is_empty() {
            return Ok(0);
        }
        let before = self.file.metadata()?;
        if let Err(error) = (&self.file).write_all(&self.pending) {
            // Not while others write: theirs may come after it. Readers leave
            // out a torn last value, so no half is ever taken for a whole.
            if before.is_file() && self.file.try_lock().is_ok() {
                let _ = self.file.set_len(before.len());
            }
            return Err(error);
        }
        self.pending.clear();
        Ok(std::mem::take(&mut self.pending_records))
    }

    /// Waits until everything written is on the disk itself.
    pub(super) fn sync(&self) -> io::Result<()> {
        match self.file.metadata()?.is_file() {
            true => self.file.sync_all(),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::recorder::tests::Scratch;

    fn numbers(path: &Path) -> Vec<u16> {
        let mut values = Values::new(File::open(path).unwrap());
        let mut read = Vec::new();
        while let Some(value) = values.next().unwrap() {
            read.push(mite_core::msgpack::decode(value).unwrap());
        }
        read
    }

    fn write(path: &Path, numbers: std::ops::Range<u16>) -> u64 {
        let (mut file, torn) = RecordFile::open(path).unwrap();
        for n in numbers {
            file.push(&mite_core::msgpack::encode(&n).unwrap());
        }
        file.write().unwrap();
        torn
    }

    #[test]
    fn a_torn_last_value_is_cut_off_by_the_next_writer() {
        let scratch = Scratch::new();
        let path = scratch.0.join("n.msgpack");
        assert_eq!(write(&path, 0..1000), 0);
        let whole = std::fs::metadata(&path).unwrap().len();
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(whole - 1).unwrap();
        assert_eq!(write(&path, 5000..5002), 2);
        let expected: Vec<u16> = (0..999).chain(5000..5002).collect();
        assert_eq!(numbers(&path), expected);
    }

    #[test]
    fn two_writers_leave_each_other_alone() {
        let scratch = Scratch::new();
        let path = scratch.0.join("n.msgpack");
        let (mut one, _) = RecordFile::open(&path).unwrap();
        one.push(&[1]);
        one.write().unwrap();
        // As if it were in the middle of a write.
        OpenOptions::new().append(true).open(&path).unwrap().write_all(&[0xcd, 1]).unwrap();
        let (_two, torn) = RecordFile::open(&path).unwrap();
        assert_eq!((torn, std::fs::metadata(&path).unwrap().len()), (0, 3));
    }

    #[test]
    fn a_file_of_something_else_is_left_alone() {
        let scratch = Scratch::new();
        let path = scratch.0.join("n.msgpack");
        std::fs::write(&path, [1, 0xc1, 2]).unwrap();
        let error = RecordFile::open(&path).err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert_eq!(std::fs::read(&path).unwrap(), [1, 0xc1, 2]);
    }
}
