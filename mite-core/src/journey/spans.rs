//! The spans of an execution that is traced, as they end.

use std::num::NonZeroU64;

use tokio::time::Instant;

use super::arrival::Begun;
use super::context::Context;
use super::traced::Traced;
use crate::error::Error;
use crate::secret::masked;
use crate::span::{Exception, Span, SpanIdentity, SpanKind, SpanValue};
use crate::stats::End;

/// For authors of protocols, who tell of attempts at requests.
impl Context {
    /// A span of its own for an attempt at a request that is about to start, if this
    /// execution is traced. For protocol crates.
    pub fn begin_span(&self) -> Option<SpanIdentity> {
        Some(self.traced()?.request())
    }

    /// The attempt that [began](Self::begin_span) has ended; `describe` says what is known
    /// of it, if it is sampled. For protocol crates.
    pub fn end_span(
        &self,
        identity: SpanIdentity,
        begun: &Begun,
        end: Instant,
        describe: impl FnOnce(&mut Span),
    ) {
        let Some(traced) = self.traced().filter(|traced| traced.is_sampled()) else { return };
        let parent = self.transaction.as_ref().map(|t| traced.number(t.id));
        let mut span = self.open_span(identity, parent, SpanKind::Client, begun, end);
        describe(&mut span);
        traced.push(span);
    }
}

impl Context {
    fn traced(&self) -> Option<&Traced> {
        self.execution.observed.as_ref()?.traced.as_ref()
    }

    /// The span of the current transaction, if this execution is traced: what a protocol
    /// that mite does not speak tells its service. Its text is the value of a `traceparent`.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # fn publish(ctx: &Context) {
    /// if let Some(span) = ctx.span() {
    ///     ctx.send("published", fields! { traceparent: span.to_string() });
    /// }
    /// # }
    /// # assert!(Context::for_test().span().is_none());
    /// ```
    pub fn span(&self) -> Option<SpanIdentity> {
        let transaction = self.transaction.as_ref()?.id;
        Some(self.traced()?.identity(transaction))
    }

    /// The trace of this execution, if it is sampled.
    pub(super) fn trace_id(&self) -> Option<String> {
        self.traced()?.trace_id()
    }

    /// A transaction has ended.
    pub(super) fn transaction_traced(
        &self,
        begun: &Begun,
        end: Instant,
        how: End,
        error: Option<&Error>,
    ) {
        let Some((traced, transaction)) = self.traced().zip(self.transaction.as_ref()) else {
            return;
        };
        let Some(outer) = traced.left(transaction.id) else { return };
        let parent = outer.map(|outer| traced.number(outer));
        let identity = traced.identity(transaction.id);
        let mut span = self.open_span(identity, parent, SpanKind::Internal, begun, end);
        let full = transaction.name.as_str();
        if outer.is_none() && transaction.name == self.execution.host.root {
            let test = self.execution.host.test.as_str();
            span.name = format!("journey.{}", self.journey());
            span.attributes.extend([
                ("mite.journey.name", self.journey().into()),
                ("mite.journey.execution", self.id().into()),
                ("mite.runner", u64::from(self.execution.identity.runner_id()).into()),
                ("mite.test", test.into()),
            ]);
        } else {
            let own = full.rsplit(" :: ").next().unwrap_or(full);
            span.name = format!("transaction.{own}");
            span.attributes.push(("mite.transaction.name", own.into()));
        }
        span.failed = how == End::Failed;
        if how == End::Cancelled {
            span.attributes.push(("mite.cancelled", true.into()));
        }
        span.exception = error.map(|error| Exception {
            kind: error.type_name().to_owned(),
            message: masked(error.text()).into_owned(),
        });
        traced.push(span);
    }

    fn open_span(
        &self,
        identity: SpanIdentity,
        parent: Option<NonZeroU64>,
        kind: SpanKind,
        begun: &Begun,
        end: Instant,
    ) -> Span {
        let nanos = |at| (self.wall_time(at) * 1e9) as u64;
        let mut attributes: Vec<(&'static str, SpanValue)> = Vec::new();
        if let Some(intended) = begun.intended() {
            attributes.push(("mite.intended_start_time", self.wall_time(intended).into()));
        }
        let (start, end) = (nanos(begun.start()), nanos(end));
        let name = String::new();
        Span {
            identity,
            parent,
            name,
            kind,
            start,
            end,
            attributes,
            failed: false,
            exception: None,
        }
    }
}
