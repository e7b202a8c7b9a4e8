//! Takes the chunks of a body apart (RFC 9112 section 7.1), wherever they are cut.

use std::fmt;

/// Longest line with a size and its extensions.
const LONGEST_LINE: u32 = 16 * 1024;

/// Most trailers, in bytes.
const LONGEST_TRAILERS: u32 = 64 * 1024;

/// How much is shown of a line that is wrong.
const SHOWN: usize = 32;

/// Takes the chunks of one body apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunks {
    state: State,
    /// What is left of the chunk.
    left: u64,
    /// Bytes of the line that is being read, or of all trailers.
    line: u32,
    /// The start of that line, to be shown if it is wrong, and its length.
    start: [u8; SHOWN],
    started: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the first digit of a size.
    Start,
    Size,
    /// After a size: only blanks may stand before the extension.
    Blank,
    Extension,
    SizeEnd,
    Data,
    DataEnd,
    DataEndLf,
    TrailerStart,
    Trailer,
    TrailerEnd,
    LastEnd,
    Done,
}

/// Why these are no chunks.
pub(crate) type Malformed = &'static str;

impl Chunks {
    pub(crate) fn new() -> Self {
        Self { state: State::Start, left: 0, line: 0, start: [0; SHOWN], started: 0 }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// The line that was malformed, as it is shown.
    pub(crate) fn line(&self) -> impl fmt::Display {
        self.start[..usize::from(self.started)].escape_ascii()
    }

    /// Appends the data in `bytes` to `out`; how many bytes belong to the body.
    pub(crate) fn decode(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<usize, Malformed> {
        let mut at = 0;
        while at < bytes.len() {
            match self.state {
                State::Done => break,
                State::Data => {
                    let here = usize::try_from(self.left).unwrap_or(usize::MAX);
                    let piece = &bytes[at..][..here.min(bytes.len() - at)];
                    out.extend_from_slice(piece);
                    at += piece.len();
                    self.left -= piece.len() as u64;
                    if self.left == 0 {
                        self.state = State::DataEnd;
                    }
                }
                _ => {
                    self.state = self.step(bytes[at])?;
                    at += 1;
                }
            }
        }
        Ok(at)
    }

    fn step(&mut self, byte: u8) -> Result<State, Malformed> {
        if let State::Start | State::DataEnd | State::TrailerStart = self.state {
            self.started = 0;
        }
        if let Some(free) = self.start.get_mut(usize::from(self.started)) {
            *free = byte;
            self.started += 1;
        }
        self.line += 1;
        if self.line > LONGEST_TRAILERS {
            return Err("its trailers are too long");
        }
        if self.line > LONGEST_LINE && matches!(self.state, State::Blank | State::Extension) {
            return Err("the line of a chunk's size is too long");
        }
        Ok(match (self.state, byte) {
            (State::Start | State::Size, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                if self.left >> 60 != 0 {
                    return Err("the size of a chunk is too great");
                }
                let digit = char::from(byte).to_digit(16).unwrap_or_default();
                self.left = self.left << 4 | u64::from(digit);
                State::Size
            }
            (State::Size | State::Blank, b' ' | b'\t') => State::Blank,
            (State::Size | State::Blank, b';') => State::Extension,
            (State::Size | State::Blank | State::Extension, b'\r') => State::SizeEnd,
            (State::Extension, b'\n') => return Err("the line of a chunk's size ends without CR"),
            (State::Extension, _) => State::Extension,
            (State::Start | State::Size | State::Blank, _) => {
                return Err("the size of a chunk is not a hexadecimal number");
            }
            (State::SizeEnd, b'\n') => {
                self.line = 0;
                if self.left == 0 { State::TrailerStart } else { State::Data }
            }
            (State::DataEnd, b'\r') => State::DataEndLf,
            (State::DataEndLf, b'\n') => {
                self.line = 0;
                State::Start
            }
            (State::DataEnd | State::DataEndLf, _) => {
                return Err("a chunk is longer than its size says");
            }
            (State::TrailerStart, b'\r') => State::LastEnd,
            (State::Trailer, b'\r') => State::TrailerEnd,
            (State::TrailerStart | State::Trailer, b'\n') => {
                return Err("a trailer ends without CR");
            }
            (State::TrailerStart | State::Trailer, _) => State::Trailer,
            (State::TrailerEnd, b'\n') => State::TrailerStart,
            (State::LastEnd, b'\n') => State::Done,
            (State::SizeEnd | State::TrailerEnd | State::LastEnd, _) => {
                return Err("a line of its chunks has a CR without LF");
            }
            (State::Data | State::Done, _) => unreachable!("these are not taken byte by byte"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The data and how many bytes were taken, cut into two at every place.
    fn decode(text: &[u8]) -> Result<Option<(Vec<u8>, usize)>, Malformed> {
        let whole = decode_pieces(&[text]);
        for at in 0..text.len() {
            assert_eq!(decode_pieces(&[&text[..at], &text[at..]]), whole, "cut at {at}");
        }
        let bytes: Vec<_> = text.chunks(1).collect();
        assert_eq!(decode_pieces(&bytes), whole);
        whole
    }

    fn decode_pieces(pieces: &[&[u8]]) -> Result<Option<(Vec<u8>, usize)>, Malformed> {
        let (mut chunks, mut out, mut taken) = (Chunks::new(), Vec::new(), 0);
        for piece in pieces {
            taken += chunks.decode(piece, &mut out)?;
        }
        Ok(chunks.is_done().then_some((out, taken)))
    }

    #[test]
    fn chunks_come_apart_wherever_they_are_cut() {
        for (text, data, rest) in [
            (&b"0\r\n\r\n"[..], &b""[..], 0),
            (b"5\r\nhello\r\n0\r\n\r\n", b"hello", 0),
            (b"3\r\na\0b\r\n00A\r\n0123456789\r\n000\r\n\r\n", b"a\0b0123456789", 0),
            (b"1;a=b;c=\"d e\"\r\nx\r\n0;last\r\n\r\n", b"x", 0),
            (b"1 \t;a\r\nx\r\n1 \r\n\r\r\n0\r\n\r\n", b"x\r", 0),
            (b"1\r\nx\r\n0\r\nA: 1\r\nB: 2\r\n\r\nHTTP", b"x", 4),
        ] {
            assert_eq!(decode(text), Ok(Some((data.to_vec(), text.len() - rest))));
        }
        assert_eq!(decode(b"5\r\nhello\r\n0\r\n"), Ok(None));
        assert_eq!(decode(b"ffffffffffffffff\r\nx"), Ok(None));
    }

    #[test]
    fn what_is_malformed_is_refused() {
        for (text, why) in [
            (&b"x\r\n"[..], "hexadecimal"),
            (b"\r\n", "hexadecimal"),
            (b" 5\r\nhello", "hexadecimal"),
            (b"-5\r\nhello", "hexadecimal"),
            (b"0x5\r\nhello", "hexadecimal"),
            (b"5 5\r\nhello", "hexadecimal"),
            (b"5\nhello", "hexadecimal"),
            (b"10000000000000000\r\n", "too great"),
            (b"5\rhello", "CR without LF"),
            (b"5;a\nhello", "without CR"),
            (b"4\r\nhello\r\n", "longer than its size"),
            (b"5\r\nhello\n", "longer than its size"),
            (b"0\r\nA: 1\n\r\n", "without CR"),
            (b"0\r\nA: 1\rB", "CR without LF"),
            (b"0\r\n\rA", "CR without LF"),
        ] {
            let found = decode(text).unwrap_err();
            assert!(found.contains(why), "{}: {found}", text.escape_ascii());
        }
        let mut chunks = Chunks::new();
        for piece in [&b"2\r\nab\r\n5;"[..], b"a\nhello"] {
            let _ = chunks.decode(piece, &mut Vec::new());
        }
        assert_eq!(chunks.line().to_string(), r"5;a\n");
        let long = |start: &[u8], n| decode_pieces(&[start, &vec![b'a'; n]]);
        assert_eq!(long(b"5;", 16_000), Ok(None));
        assert!(long(b"5;", 17_000).unwrap_err().contains("too long"));
        assert!(long(b"0\r\n", 66_000).unwrap_err().contains("trailers"));
    }
}
