//! What HTTP/2's errors mean.

use std::error::Error as StdError;
use std::io::ErrorKind;

use h2::{Error, Reason};

use super::pulse::Pulse;
use crate::error::{Failure, Kind};

/// A failure without a response, and whether the server surely has not acted on
/// the request (RFC 9113, section 8.7).
pub(super) fn before_head(error: Error, pulse: &Pulse) -> (Failure, bool) {
    let reason = error.reason().unwrap_or(Reason::NO_ERROR);
    let (kind, cause) = if let Some(failure) = pulse.failure() {
        failure
    } else if error.is_go_away() && error.is_remote() {
        (Kind::Closed, format!("the server closes the connection: {}", described(reason)))
    } else if error.is_reset() && error.is_remote() {
        (Kind::Closed, format!("the server reset the stream: {}", described(reason)))
    } else if error.is_io() {
        (Kind::Closed, "the server closed the connection without an answer".to_owned())
    } else if error.is_library() {
        (Kind::Protocol, format!("the answer is not HTTP/2: {}", described(reason)))
    } else {
        (Kind::Closed, error.to_string())
    };
    let unprocessed = error.is_remote() && (error.is_go_away() || reason == Reason::REFUSED_STREAM);
    (Failure { kind, cause, source: source(error) }, unprocessed)
}

/// A failure after the head of the response.
pub(super) fn in_body(error: Error, pulse: &Pulse) -> Failure {
    let cause = match (pulse.failure(), error.reason()) {
        (Some((_, why)), _) => format!("the body was cut short: {why}"),
        (None, Some(reason)) => format!("the body was cut short: {}", described(reason)),
        (None, None) => "the body was cut short".to_owned(),
    };
    Failure { kind: Kind::Body, cause, source: source(error) }
}

/// What the failure came of. That TLS ended without a word says no more than the
/// failure, and its text is of the manual of rustls.
fn source(error: Error) -> Option<Box<dyn StdError + Send + Sync>> {
    let is_end = error.get_io().is_some_and(|io| io.kind() == ErrorKind::UnexpectedEof);
    (!is_end).then(|| Box::new(error) as _)
}

/// `REFUSED_STREAM`, as the standard names it.
fn described(reason: Reason) -> String {
    format!("{reason:?}")
}
