//! What a test run sent, as a test asks for it.

use std::time::Duration;

use mite_core::label::Label;
use mite_core::message::Message;
use mite_core::stats::shown_transaction;

/// One attempt at an HTTP request, as its message says it.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpRecord {
    /// The verb.
    pub method: String,
    /// Where it went.
    pub url: String,
    /// The response's status; 0 without a response.
    pub status: u16,
    /// `ok`, or the kind of failure, such as `connect`.
    pub outcome: String,
    /// From the start of the attempt to its end.
    pub total: Duration,
}

/// The attempts at HTTP requests among `messages`, in the order they ended.
pub(super) fn http(messages: &[Message]) -> Vec<HttpRecord> {
    let total = |m: &Message| Duration::try_from_secs_f64(m.get("total_time")?).ok();
    of_kind(messages, "http_metrics")
        .map(|m| HttpRecord {
            method: m.get("method").unwrap_or_default(),
            url: m.get("effective_url").unwrap_or_default(),
            status: m.get("response_code").unwrap_or_default(),
            outcome: m.get("outcome").unwrap_or_default(),
            total: total(m).unwrap_or_default(),
        })
        .collect()
}

/// The names of the transactions among `messages`, in the order they ended,
/// without the one around each journey.
pub(super) fn transactions(messages: &[Message]) -> Vec<String> {
    of_kind(messages, "txn")
        .filter_map(|m| m.get::<String>("transaction"))
        .map(|name| shown_transaction(Some(&Label::intern(&name))).to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

pub(super) fn of_kind<'a>(
    messages: &'a [Message],
    kind: &str,
) -> impl Iterator<Item = &'a Message> {
    messages.iter().filter(move |m| m.kind() == kind)
}
