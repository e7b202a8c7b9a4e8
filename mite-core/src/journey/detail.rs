//! Attempts at requests with all that is known of them, as protocol crates tell it.

use bytes::Bytes;
use tokio::time::Instant;

use crate::journey::Context;
use crate::journey::arrival::Timed;
use crate::journey::journal::masked_arguments;
use crate::message::Writer;
use crate::meta::Parameter;
use crate::secret::masked;
use crate::stats::{Exchange, ExemplarDetail, Phases};

/// For authors of protocols, who count attempts at requests.
impl Context {
    /// Counts one attempt at one request, and sends it as a message of `kind`
    /// with the fields that `detail` writes if anybody listens. For protocol crates.
    pub fn exchange(
        &self,
        kind: &'static str,
        exchange: &Exchange,
        detail: impl FnOnce(&mut Writer<'_>),
    ) {
        self.lanes().counted().exchange(self.journey_label(), self.transaction_label(), exchange);
        self.ended(Timed::Request);
        self.tell(kind, detail);
    }

    /// As [`exchange`](Self::exchange), with where the time went and why it failed: the
    /// slowest attempts and the first that failed are shown one by one, if an output of
    /// the run shows them; `phases` is asked only then. For protocol crates.
    pub fn exchange_in_detail(
        &self,
        kind: &'static str,
        exchange: &Exchange,
        started: Instant,
        phases: impl FnOnce() -> Phases,
        error: Option<&str>,
        detail: impl FnOnce(&mut Writer<'_>),
    ) {
        if !self.execution.host.in_detail {
            return self.exchange(kind, exchange, detail);
        }
        self.count_in_detail(exchange, started, &phases(), error);
        self.ended(Timed::Request);
        self.tell(kind, detail);
    }

    #[inline(never)]
    fn count_in_detail(
        &self,
        exchange: &Exchange,
        started: Instant,
        phases: &Phases,
        error: Option<&str>,
    ) {
        let describe = || ExemplarDetail {
            at: self.wall_time(started),
            arguments: self
                .execution
                .arguments
                .get()
                .map(|(parameters, encoded)| masked_arguments(parameters, encoded).join(", ")),
            text: error.map(|text| masked(text).into_owned()),
            trace: self.trace_id(),
        };
        let (journey, transaction) = (self.journey_label(), self.transaction_label());
        let mut counted = self.lanes().counted();
        counted.exchange_in_detail(journey, transaction, exchange, phases, describe);
    }

    /// An attempt at a request has failed, or its response says that it has: `command`,
    /// asked for the first of its kind only, is one for a shell that sends it again,
    /// without secrets. For protocol crates.
    #[cold]
    pub fn exchange_failed(&self, exchange: &Exchange, command: impl FnOnce() -> Option<String>) {
        let (journey, transaction) = (self.journey_label(), self.transaction_label());
        self.lanes().counted().exchange_failed(journey, transaction, exchange, command);
    }

    /// Keeps what the execution is started with, for exemplars.
    pub(crate) fn hold_arguments(&self, parameters: &'static [Parameter], encoded: &Bytes) {
        // Of one execution it is the same each time.
        let _ = self.execution.arguments.set((parameters, encoded.clone()));
    }

    /// The tags whose values make series of their own. For protocol crates, which
    /// [name](crate::extend::tagged) what they count by them.
    pub fn series_by(&self) -> &[String] {
        &self.execution.host.series_by
    }
}
