//! Spans of the journeys that a process of runners runs: each process sends its own.

use std::sync::Arc;

use mite_core::clock::Epoch;
use mite_core::control::Welcome;
use mite_core::error::Result;
use mite_core::extend::Spans;
use mite_core::stats::{Board, RunInfo, RunStatus};
use tokio::time::Instant;

use crate::output::Output;

/// Which journeys are traced, and what sends their spans.
#[cfg_attr(not(feature = "traces"), allow(dead_code, reason = "nobody makes one then"))]
pub(crate) struct Traces {
    spans: Arc<Spans>,
    output: Box<dyn Output>,
}

impl Traces {
    /// Of those spans, which that sends.
    #[cfg(feature = "traces")]
    pub(crate) fn new(spans: Arc<Spans>, output: impl Output + 'static) -> Self {
        Self { spans, output: Box::new(output) }
    }

    /// Where spans go.
    pub(super) fn spans(&self) -> Arc<Spans> {
        self.spans.clone()
    }

    /// Begins to send them, unless that has begun: a process that joins its run anew goes on.
    ///
    /// # Errors
    /// If it cannot.
    pub(super) fn start(&mut self, welcome: &Welcome, epoch: Epoch) -> Result {
        self.output.start(&RunInfo {
            test: welcome.test.clone(),
            seed: welcome.seed,
            started: epoch.wall(Instant::now()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            schedule: Vec::new(),
        })
    }

    /// Sends what is left, not for long.
    pub(super) fn finish(&mut self) {
        // It says itself what was lost; what was counted the controller knows.
        let _ = self.output.finish(&Board::default().summary(RunStatus::default()));
    }
}
