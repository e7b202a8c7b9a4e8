//! Reads the head of a response: what it says, and how its body ends.

use std::mem::MaybeUninit;

use http::{Method, StatusCode, Version};

use super::blame;
use crate::error::{Failure, Kind};
use crate::head::{self, Head, MOST_HEADERS, Noticed};

/// Most bytes that a head may have.
pub(crate) const LONGEST: usize = 256 * 1024;

/// Enough headers for nearly all; the others are parsed again with more room.
const USUAL_HEADERS: usize = 32;

/// What a request means for the response to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Asked {
    #[default]
    Other,
    Head,
    Connect,
}

impl Asked {
    pub(crate) fn by(method: &Method) -> Self {
        match *method {
            Method::HEAD => Self::Head,
            Method::CONNECT => Self::Connect,
            _ => Self::Other,
        }
    }
}

/// How the body of a response ends, by RFC 9112 section 6.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// After so many bytes.
    After(u64),
    /// With its last chunk.
    WithLastChunk,
    /// With the connection.
    WithConnection,
}

/// A whole head.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) status: StatusCode,
    pub(super) version: Version,
    pub(super) noticed: Noticed,
    /// How many bytes it takes.
    pub(super) length: usize,
    pub(super) ends: Ends,
    /// Whether the connection may be used for another request.
    pub(super) keep: bool,
}

impl Parsed {
    /// Whether the response is yet to come. Switched protocols are an answer.
    pub(super) fn is_informational(&self) -> bool {
        self.status.is_informational() && self.status != StatusCode::SWITCHING_PROTOCOLS
    }

    pub(super) fn head(&self, bytes: &[u8]) -> Head {
        Head::of_h1(self.status, self.version, self.noticed, bytes[..self.length].into())
    }
}

/// Reads a head; none if `bytes` are only its start.
///
/// # Errors
/// If that is not HTTP/1, or does not say clearly how the body ends.
pub(super) fn parse(bytes: &[u8], asked: Asked) -> Result<Option<Parsed>, Failure> {
    let mut headers = [const { MaybeUninit::uninit() }; USUAL_HEADERS];
    match parse_with(&httparse::ParserConfig::default(), bytes, asked, &mut headers) {
        // It has many headers, or lines that are folded.
        Err(Wrong::Parse(httparse::Error::TooManyHeaders | httparse::Error::HeaderName)) => {
            parse_unusual(bytes, asked)
        }
        result => result,
    }
    .map_err(|wrong| wrong.into_failure(bytes))
}

#[cold]
fn parse_unusual(bytes: &[u8], asked: Asked) -> Result<Option<Parsed>, Wrong> {
    let mut headers = [const { MaybeUninit::uninit() }; MOST_HEADERS];
    parse_with(&head::parser(), bytes, asked, &mut headers)
}

enum Wrong {
    Parse(httparse::Error),
    /// Why, and the headers that say it.
    Framing(&'static str, &'static [&'static str]),
    TooLong,
}

const LENGTH: &[&str] = &["Content-Length"];
const CODING: &[&str] = &["Transfer-Encoding"];

impl Wrong {
    /// With the line that is to blame.
    #[cold]
    fn into_failure(self, bytes: &[u8]) -> Failure {
        let cause = match self {
            Self::Parse(httparse::Error::TooManyHeaders) => {
                format!("the answer has more than {MOST_HEADERS} headers")
            }
            Self::Parse(error) => {
                let cause = format!("the answer is not HTTP/1.1: {}", blame::syntax(bytes, error));
                return Failure { kind: Kind::Protocol, cause, source: Some(Box::new(error)) };
            }
            Self::Framing(why, names) => {
                let lines = blame::lines_of(bytes, names);
                format!("the answer is not clear about its body: {why}: {lines}")
            }
            Self::TooLong => format!("the head of the answer has more than {LONGEST} bytes"),
        };
        Failure::new(Kind::Protocol, cause)
    }
}

fn parse_with<'b>(
    parser: &httparse::ParserConfig,
    bytes: &'b [u8],
    asked: Asked,
    headers: &mut [MaybeUninit<httparse::Header<'b>>],
) -> Result<Option<Parsed>, Wrong> {
    let mut response = httparse::Response::new(&mut []);
    let parsed = parser.parse_response_with_uninit_headers(&mut response, bytes, headers);
    let length = match parsed {
        Ok(httparse::Status::Complete(length)) if length <= LONGEST => length,
        Ok(httparse::Status::Partial) if bytes.len() < LONGEST => return Ok(None),
        Ok(_) => return Err(Wrong::TooLong),
        Err(error) => return Err(Wrong::Parse(error)),
    };
    let code = response.code.unwrap_or_default();
    let status = StatusCode::from_u16(code).map_err(|_| Wrong::Parse(httparse::Error::Status))?;
    let old = response.version == Some(0);
    let mut said = Said::default();
    for header in &*response.headers {
        said.take(header.name, header.value)?;
    }
    let ends = said.ends(status, asked, old)?;
    let keep = ends != Ends::WithConnection
        && status != StatusCode::SWITCHING_PROTOCOLS
        && !said.close
        && (!old || said.keep_alive);
    Ok(Some(Parsed {
        status,
        version: if old { Version::HTTP_10 } else { Version::HTTP_11 },
        noticed: said.noticed,
        length,
        ends,
        keep,
    }))
}

/// What the headers say about the body and the connection.
#[derive(Default)]
struct Said {
    length: Option<u64>,
    transfer_encoding: bool,
    chunked: bool,
    /// What is wrong with the transfer codings.
    wrong: Option<&'static str>,
    close: bool,
    keep_alive: bool,
    noticed: Noticed,
}

impl Said {
    // Names are told apart by their length first: most are none of these.
    fn take(&mut self, name: &str, value: &[u8]) -> Result<(), Wrong> {
        match name.len() {
            10 if is(name, "connection", "Connection") => {
                // What nearly all servers say, and what is true without it.
                if value == b"keep-alive" {
                    self.keep_alive = true;
                    return Ok(());
                }
                for token in tokens(value) {
                    self.close |= token.eq_ignore_ascii_case(b"close");
                    self.keep_alive |= token.eq_ignore_ascii_case(b"keep-alive");
                }
            }
            10 if is(name, "set-cookie", "Set-Cookie") => self.noticed.set_cookie = true,
            14 if is(name, "content-length", "Content-Length") => {
                let length = content_length(value)
                    .ok_or(Wrong::Framing("its Content-Length is no number of bytes", LENGTH))?;
                if self.length.is_some_and(|other| other != length) {
                    return Err(Wrong::Framing("it has two different Content-Length", LENGTH));
                }
                self.length = Some(length);
            }
            16 if is(name, "content-encoding", "Content-Encoding") => {
                self.noticed.content_encoding = true
            }
            17 if is(name, "transfer-encoding", "Transfer-Encoding") => {
                self.transfer_encoding = true;
                // What nearly all servers say.
                if value == b"chunked" && !self.chunked {
                    self.chunked = true;
                    return Ok(());
                }
                // Several lines are one list.
                tokens(value).for_each(|coding| self.take_coding(coding));
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes the next transfer coding. What curl undoes though nobody asked for it
    /// (`TE`) is undone; `identity` is none.
    fn take_coding(&mut self, coding: &[u8]) {
        let is = |name: &str| coding.eq_ignore_ascii_case(name.as_bytes());
        match () {
            () if is("identity") => {}
            () if self.chunked => {
                self.wrong = Some("chunked is not the last of its transfer codings");
            }
            () if is("chunked") => self.chunked = true,
            () if ["gzip", "x-gzip", "deflate"].into_iter().any(is) => {
                self.noticed.transfer_coding = true;
            }
            () => self.wrong = Some("it has a transfer coding that nobody asked for"),
        }
    }

    fn ends(&self, status: StatusCode, asked: Asked, old: bool) -> Result<Ends, Wrong> {
        if asked == Asked::Connect && status.is_success() {
            return Ok(Ends::WithConnection);
        }
        let bodiless = status.is_informational()
            || status == StatusCode::NO_CONTENT
            || status == StatusCode::NOT_MODIFIED;
        if bodiless || asked == Asked::Head {
            return Ok(Ends::After(0));
        }
        match (self.transfer_encoding, self.length) {
            (true, Some(_)) => Err(Wrong::Framing(
                "it has both a Transfer-Encoding and a Content-Length",
                &["Transfer-Encoding", "Content-Length"],
            )),
            (true, None) if old => Err(Wrong::Framing("HTTP/1.0 has no Transfer-Encoding", CODING)),
            (true, None) => match self.wrong {
                Some(why) => Err(Wrong::Framing(why, CODING)),
                None if self.chunked => Ok(Ends::WithLastChunk),
                None => Ok(Ends::WithConnection),
            },
            (false, Some(length)) => Ok(Ends::After(length)),
            (false, None) => Ok(Ends::WithConnection),
        }
    }
}

/// Compared with the usual spellings first: that takes a few instructions.
fn is(name: &str, lower: &str, usual: &str) -> bool {
    name == usual || name == lower || name.eq_ignore_ascii_case(lower)
}

fn tokens(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|b| *b == b',').map(<[u8]>::trim_ascii).filter(|token| !token.is_empty())
}

/// A number, or the same number several times.
fn content_length(value: &[u8]) -> Option<u64> {
    if !value.is_empty() && value.iter().all(u8::is_ascii_digit) {
        let zeros = value.iter().take_while(|b| **b == b'0').count();
        let number = &value[zeros..];
        let length = || number.iter().fold(0, |n, digit| n * 10 + u64::from(digit - b'0'));
        return (number.len() < 20).then(length);
    }
    // One that is folded has its line break still.
    if value.trim_ascii().len() < value.len() {
        return content_length(value.trim_ascii());
    }
    if !value.contains(&b',') {
        return None;
    }
    let mut numbers = value.split(|b| *b == b',').map(|part| content_length(part.trim_ascii()));
    let first = numbers.next()??;
    numbers.all(|n| n == Some(first)).then_some(first)
}

/// Whether `bytes` have the empty line that ends a head.
pub(super) fn has_end(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|w| w == b"\n\n") || bytes.windows(3).any(|w| w == b"\n\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(head: &str, asked: Asked) -> Result<(Ends, bool), Kind> {
        match parse(head.as_bytes(), asked) {
            Ok(parsed) => {
                let parsed = parsed.unwrap();
                assert_eq!(parsed.length, head.len());
                Ok((parsed.ends, parsed.keep))
            }
            Err(failure) => Err(failure.kind),
        }
    }

    fn of(headers: &str) -> Result<(Ends, bool), Kind> {
        verdict(&format!("HTTP/1.1 200 OK\r\n{headers}\r\n"), Asked::Other)
    }

    #[test]
    fn the_body_ends_as_rfc_9112_says() {
        assert_eq!(of("Content-Length: 5\r\n"), Ok((Ends::After(5), true)));
        assert_eq!(of("content-length: 5\r\nContent-Length: 5\r\n"), Ok((Ends::After(5), true)));
        assert_eq!(of("Content-Length: 5, 5\r\n"), Ok((Ends::After(5), true)));
        let zeros = "0".repeat(1000);
        let folded = "\r\n 5,\r\n\t5";
        for right in [&format!("{zeros}5"), &format!("{zeros}5, 5"), folded] {
            let header = format!("Content-Length: {right}\r\n");
            assert_eq!(of(&header), Ok((Ends::After(5), true)), "{right}");
        }
        let most = u64::MAX / 2;
        assert_eq!(of(&format!("Content-Length: {most}\r\n")), Ok((Ends::After(most), true)));
        for wrong in ["5, 6", "+5", "-1", "", "5 5", "0x5", "5,", "99999999999999999999", "5\r\n 5"]
        {
            assert_eq!(
                of(&format!("Content-Length: {wrong}\r\n")),
                Err(Kind::Protocol),
                "{wrong:?}"
            );
        }
        assert_eq!(of("Content-Length: 5\r\nContent-Length: 6\r\n"), Err(Kind::Protocol));
        for chunked in [
            "chunked",
            "CHUNKED",
            "gzip, chunked",
            "gzip\r\nTransfer-Encoding: chunked",
            "chunked\r\nTransfer-Encoding:",
            "gzip,\r\n chunked",
        ] {
            let header = format!("Transfer-Encoding: {chunked}\r\n");
            assert_eq!(of(&header), Ok((Ends::WithLastChunk, true)), "{chunked}");
        }
        for open in ["gzip", "identity"] {
            let header = format!("Transfer-Encoding: {open}\r\n");
            assert_eq!(of(&header), Ok((Ends::WithConnection, false)), "{open}");
        }
        for wrong in ["chunked, gzip", "chunked, chunked", "lzma, chunked", "chunked;q=1"] {
            assert_eq!(of(&format!("Transfer-Encoding: {wrong}\r\n")), Err(Kind::Protocol));
        }
        assert_eq!(of("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), Err(Kind::Protocol));
        assert_eq!(of(""), Ok((Ends::WithConnection, false)));
        let old = "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(verdict(old, Asked::Other), Err(Kind::Protocol));
    }

    #[test]
    fn some_answers_have_no_body_whatever_they_say() {
        for status in ["204 No Content", "304 Not Modified", "100 Continue", "103 Early Hints"] {
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: 9\r\n\r\n");
            assert_eq!(verdict(&head, Asked::Other), Ok((Ends::After(0), true)), "{status}");
        }
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(verdict(head, Asked::Head), Ok((Ends::After(0), true)));
        assert_eq!(verdict(head, Asked::Connect), Ok((Ends::WithConnection, false)));
        let head = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
        assert_eq!(verdict(head, Asked::Other), Ok((Ends::After(0), false)));
    }

    #[test]
    fn connections_are_kept_as_their_version_and_headers_say() {
        let keeps = |version: &str, connection: &str| {
            let head = format!("HTTP/{version} 200 OK\r\nContent-Length: 0\r\n{connection}\r\n");
            verdict(&head, Asked::Other).unwrap().1
        };
        assert!(keeps("1.1", ""));
        assert!(!keeps("1.1", "Connection: Close\r\n"));
        assert!(!keeps("1.1", "Connection: upgrade\r\nConnection: x, close\r\n"));
        assert!(!keeps("1.0", ""));
        assert!(keeps("1.0", "Connection: Keep-Alive\r\n"));
        assert!(!keeps("1.0", "Connection: keep-alive, close\r\n"));
    }

    #[test]
    fn what_is_not_a_head_is_refused_and_what_is_too_long_too() {
        let refused = |head: &str| match parse(head.as_bytes(), Asked::Other) {
            Err(failure) => Some(failure.cause),
            Ok(_) => None,
        };
        for wrong in [
            "SSH-2.0-OpenSSH\r\n",
            "HTTP/2.0 200 OK\r\n\r\n",
            "HTTP/1.1 099 Low\r\n\r\n",
            "HTTP/1.1 2000 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            "HTTP/1.1 200 OK\r\nspace : x\r\n\r\n",
            "HTTP/1.1 200 OK\r\n folded: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\na: \0\r\n\r\n",
        ] {
            assert!(refused(wrong).unwrap().starts_with("the answer is not HTTP/1.1"), "{wrong:?}");
        }
        let many = |n| format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(n));
        assert_eq!(refused(&many(256)), None);
        assert!(refused(&many(257)).unwrap().contains("256 headers"));
        let long = |n| format!("HTTP/1.1 200 OK\r\na: {}\r\n\r\n", "b".repeat(n - 24));
        assert_eq!(refused(&long(LONGEST)), None);
        assert!(refused(&long(LONGEST + 1)).unwrap().contains("bytes"));
        assert!(refused(&long(LONGEST + 9)[..LONGEST]).unwrap().contains("bytes"));
    }
}
