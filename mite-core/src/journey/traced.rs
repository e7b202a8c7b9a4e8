//! The numbers of an execution that is traced.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::host::Host;
use crate::label::Label;
use crate::message::Identity;
use crate::span::{Span, SpanIdentity, Spans, TraceNumbers, span_number};

/// Numbers of requests are apart from those of transactions.
const REQUESTS: u64 = 1 << 63;

/// What is kept of an execution that is traced.
pub(super) struct Traced {
    spans: Arc<Spans>,
    numbers: TraceNumbers,
    /// Of each transaction that has not ended, the one around it.
    outer: Mutex<BTreeMap<u64, Option<u64>>>,
    requests: AtomicU64,
}

impl Traced {
    /// If this execution is to be traced.
    pub(super) fn of(host: &Host, identity: &Identity) -> Option<Self> {
        let spans = host.spans.as_ref()?;
        let journey = Label::hash_of(&[identity.journey().as_str()]);
        let execution = [journey, u64::from(identity.runner_id()), identity.context_id()];
        let numbers = spans.trace(host.seed, execution)?;
        let (outer, requests) = (Mutex::default(), AtomicU64::new(REQUESTS));
        Some(Self { spans: spans.clone(), numbers, outer, requests })
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Option<u64>>> {
        self.outer.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// A transaction begins, inside of another one.
    pub(super) fn entered(&self, transaction: u64, outer: Option<u64>) {
        if self.numbers.sampled {
            self.open().insert(transaction, outer);
        }
    }

    /// A transaction has ended: the one around it. None if it is of no sampled trace.
    pub(super) fn left(&self, transaction: u64) -> Option<Option<u64>> {
        self.open().remove(&transaction)
    }

    pub(super) fn is_sampled(&self) -> bool {
        self.numbers.sampled
    }

    /// Its trace, in hexadecimal digits, if that is sampled.
    pub(super) fn trace_id(&self) -> Option<String> {
        let TraceNumbers { trace, sampled } = self.numbers;
        sampled.then(|| format!("{trace:032x}"))
    }

    /// The span of another request.
    pub(super) fn request(&self) -> SpanIdentity {
        self.identity(self.requests.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn push(&self, span: Span) {
        self.spans.push(span);
    }

    pub(super) fn number(&self, n: u64) -> NonZeroU64 {
        span_number(self.numbers.trace, n)
    }

    pub(super) fn identity(&self, n: u64) -> SpanIdentity {
        let TraceNumbers { trace, sampled } = self.numbers;
        SpanIdentity { trace, span: self.number(n), sampled }
    }
}
