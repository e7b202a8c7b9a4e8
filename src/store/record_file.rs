//! One file of records: msgpack values, one after the other.

use std::fs::{File, Metadata, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::private;
use super::walk::walk;

/// Which file has the name now: its device, its inode, which may be used again, and
/// when it was made, where that is known. Where there are no inodes, only a file that
/// is missing is told apart for sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity(u64, u64, Option<SystemTime>);

impl Identity {
    #[cfg(unix)]
    fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self(metadata.dev(), metadata.ino(), metadata.created().ok())
    }

    #[cfg(not(unix))]
    fn of(metadata: &Metadata) -> Self {
        Self(0, 0, metadata.created().ok())
    }
}

/// Whether `file` still is what is found at `path`.
pub(super) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let there = match std::fs::metadata(path) {
        Ok(there) => there,
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(false);
        }
        Err(e) => return Err(e),
    };
    Ok(Identity::of(&there) == Identity::of(&file.metadata()?))
}

/// A file, and how much of it was seen to be whole values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) identity: Identity,
    length: u64,
    /// The length of all and the time of the last change before that was seen.
    stamp: Option<(u64, SystemTime)>,
}

fn stamp(metadata: &Metadata) -> Option<(u64, SystemTime)> {
    Some((metadata.len(), metadata.modified().ok()?))
}

impl Whole {
    /// Looks through the file at `path`, if it is an ordinary one, and changes
    /// nothing: nobody may ever record to it.
    ///
    /// # Errors
    /// If it cannot be read, or holds what is not msgpack.
    pub(super) fn at(path: &Path) -> io::Result<Option<Self>> {
        // To open something else, such as a pipe, may take for ever; what a link leads
        // to is somebody else's.
        if !std::fs::symlink_metadata(path)?.is_file() {
            return Ok(None);
        }
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        let (identity, stamp) = (Identity::of(&metadata), stamp(&metadata));
        Ok(Some(Self { identity, length: walk(&file, 0)?.0, stamp }))
    }

    /// Looks through an open file, from where it was last seen to be whole, and
    /// cuts off a torn last value, which a writer that was killed has left: others
    /// that live write under a lock, which the caller holds. Says how many bytes
    /// that were.
    fn mend(file: &File, before: Option<Self>) -> io::Result<(Self, u64)> {
        let metadata = file.metadata()?;
        let identity = Identity::of(&metadata);
        let seen = before.filter(|b| b.identity == identity && b.length <= metadata.len());
        let from = seen.map_or(0, |seen| seen.length);
        if !metadata.is_file() || metadata.len() == from {
            return Ok((Self { identity, length: from, stamp: None }, 0));
        }
        let unchanged =
            seen.and_then(|seen| seen.stamp).is_some_and(|before| Some(before) == stamp(&metadata));
        let (length, torn) = match walk(file, from) {
            // Its content may have been replaced since it was last looked at, so
            // nothing is cut off without a look at all of it.
            Ok((_, 1..)) | Err(_) if from > 0 && !unchanged => walk(file, 0)?,
            walked => walked?,
        };
        if length == 0 && torn > LARGEST_FIRST {
            let why = "its first value is not whole, so it may be no file of records; move it away";
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        if torn > 0 {
            file.set_len(length)?;
        }
        Ok((Self { identity, length, stamp: None }, torn))
    }
}

/// How much is cut off of a file in which there is nothing else: what is larger was
/// hardly left by a writer that was killed.
const LARGEST_FIRST: u64 = 1 << 20;

/// How long another writer may take for what it writes at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// A file that no other writer writes to; until it is dropped, or the process ends.
struct Locked<'a>(&'a File);

impl<'a> Locked<'a> {
    /// Waits for other writers. Where the file system has no locks, nobody can tell
    /// whether there are some.
    fn new(file: &'a File) -> io::Result<Self> {
        let start = Instant::now();
        while let Err(TryLockError::WouldBlock) = file.try_lock() {
            if start.elapsed() > PATIENCE {
                let why = "another process has it locked; does one that writes to it hang?";
                return Err(io::Error::new(io::ErrorKind::WouldBlock, why));
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        Ok(Self(file))
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// An open file of records, and what is to be written to it next.
pub(super) struct RecordFile {
    path: PathBuf,
    file: File,
    pending: Vec<u8>,
    pending_records: u64,
    /// Records that are in the file, as far as is known.
    written: u64,
    /// Records that were in files of this name which somebody has removed.
    removed: u64,
    /// Where the last of them ended; others may have appended more.
    end: u64,
    whole: Whole,
}

impl RecordFile {
    /// Opens a file to append to, or makes it and its directory. A torn last
    /// value is cut off; what was seen to be whole `before` is not looked at.
    ///
    /// # Errors
    /// If it cannot be opened, or holds what is not msgpack.
    pub(super) fn open(path: &Path, before: Option<Whole>) -> io::Result<(Self, Whole, u64)> {
        let file = open(path)?;
        let (whole, torn) = {
            let _locked = Locked::new(&file)?;
            Whole::mend(&file, before)?
        };
        let new = Self {
            path: path.to_owned(),
            file,
            pending: Vec::new(),
            pending_records: 0,
            written: 0,
            removed: 0,
            end: 0,
            whole,
        };
        Ok((new, whole, torn))
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

    /// Records that this has written and that are in the file.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Records that this has written to files that somebody has removed, as far
    /// as that was looked for.
    pub(super) fn removed(&self) -> u64 {
        self.removed
    }

    /// Hands what is pending to the operating system; from then on it survives
    /// the end of this process. Says how many records that were. A file that
    /// somebody has removed is made again.
    ///
    /// # Errors
    /// If it cannot all be written; then none of it counts as written, and what
    /// was is taken back.
    pub(super) fn write(&mut self) -> io::Result<u64> {
        if self.pending.is_empty() {
            return Ok(0);
        }
        if !self.look()? {
            self.file = open(&self.path)?;
        }
        let _locked = Locked::new(&self.file)?;
        // Another writer may have been killed in the middle of a value.
        let (whole, _) = Whole::mend(&self.file, Some(self.whole))?;
        let before = self.file.metadata()?;
        if let Err(error) = (&self.file).write_all(&self.pending) {
            if before.is_file() {
                let _ = self.file.set_len(before.len());
            }
            return Err(error);
        }
        self.whole = Whole { length: before.len() + self.pending.len() as u64, ..whole };
        self.end = before.len() + self.pending.len() as u64;
        self.pending.clear();
        self.written += self.pending_records;
        Ok(std::mem::take(&mut self.pending_records))
    }

    /// Looks whether the file still has its name and its length; counts what went
    /// with them if not.
    pub(super) fn look(&mut self) -> io::Result<bool> {
        let metadata = self.file.metadata()?;
        let whole = !metadata.is_file() || metadata.len() >= self.end;
        let there = whole && is_at(&self.file, &self.path)?;
        if !there {
            self.removed += std::mem::take(&mut self.written);
        }
        Ok(there)
    }

    /// Waits until everything written is on the disk itself.
    pub(super) fn sync(&self) -> io::Result<()> {
        match self.file.metadata()?.is_file() {
            true => self.file.sync_all(),
            false => Ok(()),
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(directory) = path.parent() {
        private::make_directory(directory)?;
    }
    let is_link = path.symlink_metadata().is_ok_and(|there| there.is_symlink());
    // A link to a device or a pipe is taken; one that leads nowhere would make a file there.
    if is_link && path.metadata().map_or(true, |there| there.is_file()) {
        let why = "it is a link to another file, which records are not written to";
        return Err(io::Error::other(why));
    }
    private::file().read(true).append(true).create(true).open(path)
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;

    use mite_core::msgpack::Values;

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

    fn write(path: &Path, numbers: std::ops::Range<u16>, before: Option<Whole>) -> (Whole, u64) {
        let (mut file, whole, torn) = RecordFile::open(path, before).unwrap();
        for n in numbers {
            file.push(&mite_core::msgpack::encode(&n).unwrap());
        }
        file.write().unwrap();
        (whole, torn)
    }

    fn cut(path: &Path, length: u64) {
        OpenOptions::new().write(true).open(path).unwrap().set_len(length).unwrap();
    }

    #[test]
    fn a_torn_last_value_is_cut_off_by_the_next_writer() {
        let scratch = Scratch::new();
        let path = scratch.0.join("n.msgpack");
        assert_eq!(write(&path, 0..1000, None).1, 0);
        cut(&path, std::fs::metadata(&path).unwrap().len() - 1);
        assert_eq!(write(&path, 5000..5002, None).1, 2);
        let expected: Vec<u16> = (0..999).chain(5000..5002).collect();
        assert_eq!(numbers(&path), expected);
    }

    #[test]
    fn only_what_is_new_is_looked_through_again() {
        let scratch = Scratch::new();
        let path = scratch.0.join("n.msgpack");
        write(&path, 1000..1002, None);
        let whole = Whole::at(&path).unwrap().unwrap();
        assert_eq!(whole.length, 6);
        // What is not msgpack would be found by who looks at it again.
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[0] = 0xc1;
        std::fs::write(&path, &bytes).unwrap();
        let (more, torn) = write(&path, 1002..1003, Some(whole));
        assert_eq!((more.length, torn), (6, 0));
        let mend = |whole| Whole::mend(&open(&path).unwrap(), Some(whole));
        assert_eq!(mend(whole).unwrap().0.length, 9);
        // Nothing is cut off but after a look at all, or if nothing has changed.
        cut(&path, 8);
        assert!(mend(whole).is_err());
        let stamp = stamp(&std::fs::metadata(&path).unwrap());
        let (more, torn) = mend(Whole { stamp, ..whole }).unwrap();
        assert_eq!((more.length, torn), (6, 2));
        // One that has shrunk is another.
        cut(&path, 3);
        assert!(mend(whole).is_err());
    }

    #[test]
    fn what_a_writer_leaves_that_is_killed_in_the_middle_is_cut_off_by_one_that_lives() {
        let scratch = Scratch::new();
        let path = scratch.0.join("n.msgpack");
        let (mut one, ..) = RecordFile::open(&path, None).unwrap();
        let put = |file: &mut RecordFile, n: u8| {
            file.push(&[n]);
            file.write().unwrap();
        };
        put(&mut one, 1);
        let (mut two, ..) = RecordFile::open(&path, None).unwrap();
        put(&mut two, 2);
        put(&mut one, 3);
        OpenOptions::new().append(true).open(&path).unwrap().write_all(&[0xcd, 1]).unwrap();
        put(&mut two, 4);
        put(&mut one, 5);
        assert_eq!(numbers(&path), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_writer_waits_while_another_writes() {
        let scratch = Scratch::new();
        let path = scratch.0.join("n.msgpack");
        let (mut one, ..) = RecordFile::open(&path, None).unwrap();
        let other = OpenOptions::new().append(true).open(&path).unwrap();
        other.lock().unwrap();
        (&other).write_all(&[0xcd, 1]).unwrap();
        let (told, done) = std::sync::mpsc::channel();
        let writer = std::thread::spawn(move || {
            one.push(&[7]);
            told.send(()).unwrap();
            one.write().unwrap();
        });
        done.recv().unwrap();
        (&other).write_all(&[2]).unwrap();
        drop(other);
        writer.join().unwrap();
        assert_eq!(numbers(&path), [258, 7]);
    }

    #[cfg(unix)]
    #[test]
    fn files_are_for_their_owner_and_links_are_not_followed() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let scratch = Scratch::new();
        let path = scratch.0.join("new/sub/n.msgpack");
        write(&path, 0..1, None);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&scratch.0.join("new/sub")), 0o700);
        assert_eq!(mode(&scratch.0.join("new")), 0o700);
        let (link, other) = (scratch.0.join("link.msgpack"), scratch.0.join("other"));
        std::fs::write(&other, [1, 0xcd]).unwrap();
        symlink(&other, &link).unwrap();
        assert_eq!(Whole::at(&link).unwrap(), None);
        let error = RecordFile::open(&link, None).err().unwrap();
        assert!(error.to_string().starts_with("it is a link to another file"), "{error}");
        assert_eq!(std::fs::read(&other).unwrap(), [1, 0xcd]);
        // Nor is a file made where one leads that leads nowhere yet.
        std::fs::remove_file(&other).unwrap();
        let error = RecordFile::open(&link, None).err().unwrap();
        assert!(error.to_string().starts_with("it is a link to another file"), "{error}");
        assert!(!other.exists());
    }

    #[test]
    fn a_large_file_that_begins_like_a_longer_value_is_left_alone() {
        let scratch = Scratch::new();
        let path = scratch.0.join("n.msgpack");
        std::fs::write(&path, [0xc6, 0x7f, 0xff, 0xff, 0xff]).unwrap();
        OpenOptions::new().write(true).open(&path).unwrap().set_len(1 << 30).unwrap();
        let whole = Whole::at(&path).unwrap();
        let error = RecordFile::open(&path, whole).err().unwrap();
        assert!(error.to_string().starts_with("its first value is not whole"), "{error}");
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 1 << 30);
    }

    #[test]
    fn a_file_of_something_else_is_left_alone() {
        let scratch = Scratch::new();
        let path = scratch.0.join("n.msgpack");
        std::fs::write(&path, [1, 0xc1, 2]).unwrap();
        let error = RecordFile::open(&path, None).err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert_eq!(std::fs::read(&path).unwrap(), [1, 0xc1, 2]);
    }
}
