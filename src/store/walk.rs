//! Where the values of a file end, without reading what is in them.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use mite_core::msgpack::{Head, Malformed};

/// The longest head of a value.
const HEAD: usize = 6;

/// Where the last whole value ends that begins at `from` or after it, and how many
/// bytes come behind it. Takes little memory and time, whatever length a value
/// claims to have: its data is passed over.
///
/// # Errors
/// If the file cannot be read, or holds what is not msgpack.
pub(super) fn walk(file: &File, from: u64) -> io::Result<(u64, u64)> {
    let length = file.metadata()?.len();
    let mut reader = Reader { file, buffer: vec![0; 1 << 16], start: 0, end: 0 };
    reader.file.seek(SeekFrom::Start(from))?;
    let (mut whole, mut at, mut pending) = (from, from, 1u64);
    while at < length {
        let head = match Head::of(reader.peek()?) {
            Ok(head) => head,
            Err(Malformed::Truncated) => break,
            Err(Malformed::Invalid) => {
                let why = "expected a msgpack value, found something else";
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
        };
        at += head.length as u64 + head.data;
        if at > length {
            break;
        }
        reader.skip(head.length as u64 + head.data)?;
        pending = pending - 1 + head.values;
        if pending == 0 {
            (whole, pending) = (at, 1);
        }
    }
    Ok((whole, length.saturating_sub(whole)))
}

struct Reader<'a> {
    file: &'a File,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Reader<'_> {
    /// What comes next: a head, unless the file ends before.
    fn peek(&mut self) -> io::Result<&[u8]> {
        if self.end - self.start < HEAD {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            while self.end < HEAD {
                match self.file.read(&mut self.buffer[self.end..]) {
                    Ok(0) => break,
                    Ok(read) => self.end += read,
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) => return Err(e),
                }
            }
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        let here = (self.end - self.start) as u64;
        if bytes <= here {
            self.start += bytes as usize;
            return Ok(());
        }
        (self.start, self.end) = (0, 0);
        // No file is that long: the caller knows its length.
        self.file.seek(SeekFrom::Current((bytes - here) as i64)).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use mite_core::msgpack::{encode, value_len};

    use super::*;
    use crate::store::recorder::tests::Scratch;

    #[test]
    fn it_agrees_with_reading_everything_at_every_cut() {
        let scratch = Scratch::new();
        let path = scratch.0.join("n");
        let long = "x".repeat(70_000);
        let values = [
            encode(&1).unwrap(),
            encode(&long).unwrap(),
            encode(&(1, "two", [3.0, 4.0], -300)).unwrap(),
            encode(&serde_json::json!({"a": {"b": vec!["c"; 20]}})).unwrap(),
            vec![0xc7, 2, 5, 8, 9],
            encode(&vec![long; 3]).unwrap(),
        ];
        let all = values.concat();
        let starts: Vec<u64> = values
            .iter()
            .scan(0, |at, value| Some(std::mem::replace(at, *at + value.len() as u64)))
            .chain([all.len() as u64])
            .collect();
        assert!(values.iter().all(|value| value_len(value) == Ok(value.len())));
        for cut in (0..300).chain((300..all.len()).step_by(4099)).chain([all.len()]) {
            std::fs::write(&path, &all[..cut]).unwrap();
            let whole = *starts.iter().rfind(|start| **start <= cut as u64).unwrap();
            let file = File::open(&path).unwrap();
            assert_eq!(walk(&file, 0).unwrap(), (whole, cut as u64 - whole), "{cut}");
        }
        std::fs::write(&path, [1, 0x92, 0xc1]).unwrap();
        assert!(walk(&File::open(&path).unwrap(), 0).is_err());
    }

    #[test]
    fn a_file_that_claims_a_gigabyte_takes_no_memory() {
        let scratch = Scratch::new();
        let path = scratch.0.join("n");
        // Sparse: it takes no room on the disk either.
        std::fs::write(&path, [0xc6, 0x7f, 0xff, 0xff, 0xff]).unwrap();
        let file = std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
        file.set_len(1 << 30).unwrap();
        assert_eq!(walk(&file, 0).unwrap(), (0, 1 << 30));
        // One that is there is passed over.
        std::fs::write(&path, [0xc6, 0x3f, 0xff, 0xff, 0xfb]).unwrap();
        file.set_len(1 << 30).unwrap();
        assert_eq!(walk(&file, 0).unwrap(), (1 << 30, 0));
    }
}
