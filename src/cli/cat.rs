//! `cat` and `uncat`: msgpack to JSON lines and back.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

use mite_core::error::{Error, Result};
use mite_core::message::is_moment;
use mite_core::msgpack::{self, Values};
use mite_core::units;

use crate::store::{from_json, to_json};
use crate::terminal::console;

/// The byte order mark of UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Bytes that are looked at to tell JSON from msgpack.
const HEAD: usize = 1 << 16;

/// Writes each value of a file as a line of JSON.
///
/// # Errors
/// If the file cannot be read, or holds what is not msgpack.
pub(crate) fn cat(path: &Path, prettify_timestamps: bool) -> Result<()> {
    let mut file = BufReader::with_capacity(HEAD, open(path)?);
    // What cannot be read is told with its place below.
    if file.fill_buf().is_ok_and(is_json) {
        return Err(Error::new(format!(
            "{} is JSON, not msgpack: it can be read as it is",
            path.display()
        )));
    }
    let torn = to_lines(file, io::stdout().lock(), prettify_timestamps)
        .map_err(|e| Error::new(format!("{}: {e}", path.display())))?;
    if torn > 0 {
        console::note(format_args!(
            "warning: {} ends in the middle of a value: its last {torn} bytes are left out",
            path.display()
        ));
    }
    Ok(())
}

/// Writes each line of JSON as msgpack.
///
/// # Errors
/// If the file cannot be read, or a line is not JSON.
pub(crate) fn uncat(path: &Path) -> Result<()> {
    from_lines(BufReader::new(open(path)?), io::stdout().lock())
        .map_err(|e| Error::new(format!("{}: {e}", path.display())))
}

/// A file; `-` is standard input.
fn open(path: &Path) -> Result<Box<dyn Read>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    if path.is_dir() {
        let path = path.display();
        return Err(Error::new(format!("{path} is a directory; name a file that is in it")));
    }
    match File::open(path) {
        Ok(file) => Ok(Box::new(file)),
        Err(e) => Err(Error::new(format!("{} cannot be read: {e}", path.display()))),
    }
}

/// Whether what begins with `head` is JSON: an object or a list in text. As
/// msgpack that would be small numbers which happen to spell it.
fn is_json(head: &[u8]) -> bool {
    let head = head.strip_prefix(BYTE_ORDER_MARK.as_bytes()).unwrap_or(head);
    let head = head.trim_ascii_start();
    if !matches!(head, [b'{' | b'[', _, ..]) {
        return false;
    }
    let mut values =
        serde_json::Deserializer::from_slice(head).into_iter::<serde::de::IgnoredAny>();
    match values.next() {
        Some(Ok(_)) => true,
        // So far; a few bytes may be anything.
        Some(Err(e)) => e.is_eof() && head.len() >= 64,
        None => false,
    }
}

/// A reader that has gone (`cat … | head`) has seen enough.
fn unless_gone<T: Default>(done: io::Result<T>) -> io::Result<T> {
    match done {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(T::default()),
        done => done,
    }
}

/// Says how many bytes of a torn last value were left out.
fn to_lines(from: impl Read, to: impl Write, prettify: bool) -> io::Result<usize> {
    let mut values = Values::new(from);
    let mut to = BufWriter::with_capacity(1 << 16, to);
    let mut line = Vec::new();
    let copied = (|| {
        loop {
            let at = values.position();
            let next = values.next();
            let Some(value) = next.map_err(|e| io::Error::other(format!("byte {at}: {e}")))? else {
                to.flush()?;
                return Ok(values.torn());
            };
            line.clear();
            match prettify {
                true => to_json(&with_dates(value), &mut line),
                false => to_json(value, &mut line),
            }
            line.push(b'\n');
            to.write_all(&line)?;
        }
    })();
    // What is in the buffer has nowhere to go either.
    let (_, _) = to.into_parts();
    unless_gone(copied)
}

/// A message with its times as text.
fn with_dates(value: &[u8]) -> Vec<u8> {
    let entries: Vec<_> = msgpack::entries(value).collect();
    if entries.is_empty() {
        return value.to_vec();
    }
    let mut out = Vec::with_capacity(value.len() + 64);
    rmp::encode::write_map_len(&mut out, entries.len() as u32)
        .expect("writing to memory cannot fail");
    for (key, value) in entries {
        out.extend_from_slice(key);
        let name = msgpack::text(key).unwrap_or_default();
        match msgpack::decode::<f64>(value) {
            Ok(seconds) if is_moment(name, seconds) => {
                let date = units::moment(seconds);
                rmp::encode::write_str(&mut out, &date).expect("writing to memory cannot fail");
            }
            _ => out.extend_from_slice(value),
        }
    }
    out
}

const NO_TEXT: &str = "it is not text; to see msgpack, use `cat`";

/// Why a line is no JSON, and what to do about it.
fn advised(line: &str, why: String) -> String {
    match why.starts_with("EOF while parsing") {
        true => format!("{why}; each line must be one value: `jq -c .` makes such lines"),
        false if line.contains(|c: char| c.is_control() && !c.is_ascii_whitespace()) => {
            NO_TEXT.to_owned()
        }
        false => why,
    }
}

fn from_lines(from: impl BufRead, to: impl Write) -> io::Result<()> {
    let mut to = BufWriter::with_capacity(1 << 16, to);
    let copied = (|| {
        for (number, line) in (1..).zip(from.lines()) {
            let wrong = |why: String| io::Error::other(format!("line {number}: {why}"));
            let line = line.map_err(|e| match e.kind() {
                io::ErrorKind::InvalidData => wrong(NO_TEXT.to_owned()),
                _ => wrong(e.to_string()),
            })?;
            let line = match number {
                1 => line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&line),
                _ => &line,
            };
            if !line.trim().is_empty() {
                let value = from_json(line).map_err(|why| wrong(advised(line, why)));
                to.write_all(&value?)?;
            }
        }
        to.flush()
    })();
    match &copied {
        // The lines before it are good.
        Err(e) if e.kind() == io::ErrorKind::Other => to.flush()?,
        _ => {}
    }
    let (_, _) = to.into_parts();
    unless_gone(copied)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mite_core::fields;
    use mite_core::message::Message;

    fn lines(bytes: &[u8], prettify: bool) -> (String, usize) {
        let mut out = Vec::new();
        let torn = to_lines(bytes, &mut out, prettify).unwrap();
        (String::from_utf8(out).unwrap(), torn)
    }

    #[test]
    fn a_file_goes_there_and_back() {
        let bytes: Vec<u8> = (0..3)
            .flat_map(|n| {
                Message::new("m", 1.5, None, None, &fields! { n, list: [n; 2] }).bytes().to_vec()
            })
            .collect();
        let (text, torn) = lines(&bytes, false);
        assert_eq!(torn, 0);
        assert!(
            text.starts_with("{\"type\":\"m\",\"time\":1.5,\"n\":0,\"list\":[0,0]}\n"),
            "{text}"
        );
        let mut back = Vec::new();
        from_lines(format!("\n{text}\n\n").as_bytes(), &mut back).unwrap();
        assert_eq!(back, bytes);
        let (text, torn) = lines(&bytes[..bytes.len() - 2], false);
        assert_eq!((text.lines().count(), torn > 0), (2, true));
    }

    #[test]
    fn times_are_dates_if_asked_for() {
        let message = Message::new(
            "m",
            951_782_399.999_6,
            None,
            None,
            &fields! { start_time: 0, end_time: -1.0, other: 5.0, intended_start_time: "soon" },
        );
        assert_eq!(
            lines(message.bytes(), true).0,
            "{\"type\":\"m\",\"time\":\"2000-02-29T00:00:00.000Z\",\"start_time\":\"1970-01-01T00:00:00.000Z\",\"end_time\":-1.0,\"other\":5.0,\"intended_start_time\":\"soon\"}\n"
        );
        assert_eq!(lines(&[7, 0xa1, b'x'], true).0, "7\n\"x\"\n");
    }

    #[test]
    fn what_cannot_be_read_says_where() {
        let error = to_lines(&[1, 2, 0xc1][..], io::sink(), false).unwrap_err();
        assert_eq!(error.to_string(), "byte 2: expected a msgpack value, found something else");
        let mut out = Vec::new();
        let error = from_lines(&b"1\n\n{]\n"[..], &mut out).unwrap_err();
        assert_eq!(error.to_string(), "line 3: key must be a string, at column 2");
        assert_eq!(out, [1]);
        let why = |text: &[u8]| from_lines(text, io::sink()).unwrap_err().to_string();
        assert_eq!(
            why(b"{\n  \"a\": 1\n}\n"),
            "line 1: EOF while parsing an object, at column 1; each line must be one value: `jq -c .` makes such lines"
        );
        for msgpack in [&b"\x81\xa1a\x01"[..], b"\x01\x02"] {
            assert_eq!(why(msgpack), "line 1: it is not text; to see msgpack, use `cat`");
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_line() {
        let mut out = Vec::new();
        from_lines("\u{feff}[1]\n2\n".as_bytes(), &mut out).unwrap();
        assert_eq!(out, [0x91, 1, 2]);
    }

    #[test]
    fn json_is_told_from_numbers_that_begin_like_it() {
        let long = format!("{{\"text\":\"{}", "x".repeat(100));
        for json in ["{\"a\":1}\n", "{\n  \"a\": 1\n}", "[]", " [1, 2]\n3", "\u{feff}{}", &long] {
            assert!(is_json(json.as_bytes()), "{json}");
        }
        for numbers in [&b""[..], b"{", b"[1", b"{[", b"[\x01\x02]", b"12", &long.as_bytes()[..40]]
        {
            assert!(!is_json(numbers), "{numbers:?}");
        }
    }

    #[test]
    fn a_reader_that_has_gone_is_no_error() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert_eq!(to_lines(&vec![1; 1 << 20][..], Gone, false).unwrap(), 0);
        from_lines("1\n".repeat(1 << 20).as_bytes(), Gone).unwrap();
    }
}
