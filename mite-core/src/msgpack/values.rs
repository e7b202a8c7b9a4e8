//! The values of a file.

use std::io::{self, Read};

use crate::msgpack::{Malformed, value_len};

/// The values of a file, one after the other. It takes the memory of the largest
/// of them, twice at most; a value that says it is longer than the file, because
/// it is torn or damaged, is as large as what is left of the file.
///
/// ```
/// use mite_core::msgpack::{Values, encode};
/// let file = [encode(&1).unwrap(), encode("two").unwrap(), vec![0xa3, b't']].concat();
/// let mut values = Values::new(&file[..]);
/// assert_eq!(values.next().unwrap(), Some(&[1][..]));
/// assert_eq!(values.next().unwrap(), Some(&b"\xa3two"[..]));
/// assert_eq!(values.next().unwrap(), None);
/// assert_eq!(values.torn(), 2);
/// ```
pub struct Values<R> {
    source: R,
    buffer: Vec<u8>,
    /// What of the buffer has been read and not been given out yet.
    start: usize,
    end: usize,
    /// How many bytes were given out.
    position: u64,
    torn: usize,
}

impl<R: Read> Values<R> {
    /// The values of `source`.
    pub fn new(source: R) -> Self {
        Self { source, buffer: vec![0; 1 << 16], start: 0, end: 0, position: 0, torn: 0 }
    }

    /// The next value, encoded; `None` at the end. A torn last value, whose writer was
    /// interrupted, is left out.
    ///
    /// # Errors
    /// If the source cannot be read, or holds what is not msgpack.
    #[allow(clippy::should_implement_trait, reason = "it lends from the buffer")]
    pub fn next(&mut self) -> io::Result<Option<&[u8]>> {
        // A value is only walked again when there is twice as much of it.
        let mut walk_at = 1;
        loop {
            let waiting = self.end - self.start;
            if waiting >= walk_at {
                match value_len(&self.buffer[self.start..self.end]) {
                    Ok(length) => {
                        let value = self.start..self.start + length;
                        self.start += length;
                        self.position += length as u64;
                        return Ok(Some(&self.buffer[value]));
                    }
                    Err(Malformed::Truncated) => walk_at = waiting * 2,
                    Err(Malformed::Invalid) => {
                        return Err(io::Error::new(
                            io::ErrorKind::InvalidData,
                            "expected a msgpack value, found something else",
                        ));
                    }
                }
            }
            if !self.fill()? {
                let rest = &self.buffer[self.start..self.end];
                if waiting > 0 && waiting < walk_at && value_len(rest) != Err(Malformed::Truncated)
                {
                    walk_at = 1;
                    continue;
                }
                self.torn = waiting;
                return Ok(None);
            }
        }
    }

    /// Where in the source the next value begins, in bytes: everything before
    /// is whole values.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// How many bytes of a torn last value were left out; known at the end.
    pub fn torn(&self) -> usize {
        self.torn
    }

    /// Reads more; whether there was any.
    fn fill(&mut self) -> io::Result<bool> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(read) => {
                    self.end += read;
                    return Ok(read > 0);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::msgpack::{encode, text as read_text};

    /// Gives a few bytes at a time.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let most = self.1.min(into.len());
            self.0.read(&mut into[..most])
        }
    }

    #[test]
    fn values_are_read_one_by_one_however_they_arrive() {
        let texts: Vec<_> =
            [0, 1, 5, 300, 70_000, 3, 200_000, 0, 9].map(|n| "x".repeat(n)).to_vec();
        let file: Vec<u8> = texts.iter().flat_map(|t| encode(t).unwrap()).collect();
        for step in [1, 7, 65_536, 1 << 20] {
            let mut values = Values::new(Trickle(&file, step));
            for text in &texts {
                assert_eq!(read_text(values.next().unwrap().unwrap()), Some(text.as_str()));
            }
            assert_eq!(values.next().unwrap(), None);
            assert_eq!((values.position(), values.torn()), (file.len() as u64, 0));
        }
        let mut torn = Values::new(Trickle(&file[..file.len() - 3], 4096));
        while torn.next().unwrap().is_some() {}
        assert_eq!((torn.position(), torn.torn()), (file.len() as u64 - 10, 7));
        assert!(Values::new(&[1, 0xc1][..]).next().is_ok());
        let mut bad = Values::new(&[1, 0xc1][..]);
        bad.next().unwrap();
        assert!(bad.next().is_err());
    }
}
