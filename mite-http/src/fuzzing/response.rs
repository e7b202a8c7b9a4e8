//! Responses of HTTP/1.1: head and body.

use http::header::{self, HeaderMap};
use http::{StatusCode, Version};
use tokio::time::Instant;

use super::{cuts, split};
use crate::error::Kind;
use crate::h1::{Asked, Incoming, Kept};
use crate::held::Limits;
use crate::trace::Trace;

/// What became of a response when the connection ended.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// Only the start of a head has come.
    NoHead,
    Refused(Kind, String),
    Came {
        status: StatusCode,
        version: Version,
        headers: HeaderMap,
        body: Vec<u8>,
        received: u64,
        whole: bool,
        clean: bool,
    },
}

/// A response is the same wherever it is cut; what a server says is not what is
/// reserved; and what was noticed in a head is what its headers say.
pub fn response(input: &[u8]) {
    let Some((choice, bytes)) = split(input) else { return };
    // The start of a longer head is not parsed again.
    let bytes = &bytes[..bytes.len().min(8 * 1024)];
    let asked = [Asked::Other, Asked::Other, Asked::Head, Asked::Connect];
    let asked = asked[usize::from(choice) % 4];
    let kept = [Kept::UpTo(up_to(u64::MAX)), Kept::UpTo(up_to(100)), Kept::Pieces, Kept::Nothing];
    let kept = kept[usize::from(choice / 4) % 4];
    let [whole, singly, pieces] = cuts(choice, bytes).map(|cut| fed(&cut, asked, kept, 8 * 1024));
    assert_eq!(singly, whole, "byte by byte");
    assert_eq!(pieces, whole, "in pieces");
    // One that is not parsed again until its end has come may be refused later.
    let late = fed(&cuts(choice, bytes)[1], asked, kept, 20);
    let unseen = late == Outcome::NoHead && matches!(whole, Outcome::Refused(..));
    assert!(unseen || late == whole, "{late:?} instead of {whole:?}");
}

fn up_to(each: u64) -> Limits {
    Limits { each, ..Limits::NONE }
}

fn fed(pieces: &[&[u8]], asked: Asked, kept: Kept, reparsed: usize) -> Outcome {
    let (mut incoming, mut trace) = (Incoming::new(), Trace::start(Instant::now()));
    incoming.begin(asked, true);
    incoming.set_kept(kept);
    let (mut head, mut body, mut given, mut clean) = (None, Vec::new(), 0, true);
    for piece in pieces {
        given += piece.len();
        let taken = match head {
            None => {
                incoming.take_head_reparsing(piece, &mut trace, reparsed).map(|found| head = found)
            }
            // What comes behind a response is an answer to nothing.
            Some(_) if incoming.is_whole() => {
                clean = false;
                Ok(())
            }
            Some(_) => incoming.take_body(piece, &mut trace),
        };
        if let Err(failure) = taken {
            assert!([Kind::Protocol, Kind::Body].contains(&failure.kind), "{failure:?}");
            // Of the line that is to blame, more or less may have come.
            let why = failure.cause.split(':').next().unwrap_or_default();
            return Outcome::Refused(failure.kind, why.to_owned());
        }
        assert!(incoming.reserved() <= 1024 * 1024 + 4 * given, "{}", incoming.reserved());
        body.extend_from_slice(&incoming.body());
    }
    let Some(head) = head else { return Outcome::NoHead };
    let headers = head.headers().clone();
    assert_eq!(head.noticed.set_cookie, headers.contains_key(header::SET_COOKIE));
    assert_eq!(head.noticed.content_encoding, headers.contains_key(header::CONTENT_ENCODING));
    let whole = incoming.take_end();
    clean &= incoming.is_clean();
    let received = trace.received;
    match kept {
        Kept::Nothing => assert!(body.is_empty()),
        Kept::Pieces => assert_eq!(body.len() as u64, received),
        Kept::UpTo(limits) => {
            assert_eq!(body.len() as u64, received);
            assert!(received <= limits.each);
        }
    }
    let (status, version) = (head.status, head.version);
    Outcome::Came { status, version, headers, body, received, whole, clean }
}
