//! What a test run sent, as a test asks for it.

#[cfg(feature = "http")]
use std::any::Any;
use std::sync::{Arc, Mutex};

use mite_core::journey::{Onlooker, Transcript};
use mite_core::label::Label;
use mite_core::message::Message;
use mite_core::stats::shown_transaction;
#[cfg(feature = "http")]
use mite_http::HttpRecord;

/// The exchanges of a run, in the order they ended.
#[derive(Clone, Default)]
pub(super) struct Exchanges(Arc<Mutex<Vec<Arc<dyn Transcript>>>>);

impl Exchanges {
    /// Who puts them here.
    pub(super) fn onlooker(&self) -> Onlooker {
        let Self(all) = self.clone();
        Arc::new(move |one| all.lock().unwrap_or_else(|e| e.into_inner()).push(one.clone()))
    }

    /// The attempts at HTTP requests among them.
    #[cfg(feature = "http")]
    pub(super) fn http(&self) -> Vec<HttpRecord> {
        let all = self.0.lock().unwrap_or_else(|e| e.into_inner());
        let all = all.iter().map(|one| &**one as &dyn Any);
        all.filter_map(|one| one.downcast_ref::<HttpRecord>().cloned()).collect()
    }
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
