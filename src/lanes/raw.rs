//! Raw messages for whoever listens in other processes.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mite_core::message::{Batch, Interest, Wanted};
use mite_nats::{Net, RawSource};
use tokio::runtime::Runtime;

use super::waiting::runtime;
use crate::listener::{Listener, Remarks};

/// The interval at which the time limit is checked, while the server takes nothing.
const POLL: Duration = Duration::from_millis(50);

/// Publishes messages to the consumers of a run, if there are any. A message that finds the
/// queue full is lost, and counted.
pub(crate) struct RawLane {
    source: Option<RawSource>,
    wanted: Wanted,
    runtime: Option<Runtime>,
    late: Arc<AtomicBool>,
    skipped: u64,
    _net: Arc<Net>,
}

impl RawLane {
    pub(super) fn new(net: Arc<Net>, source: RawSource) -> Self {
        let wanted = source.wanted();
        let late = Arc::default();
        Self { source: Some(source), wanted, runtime: None, late, skipped: 0, _net: net }
    }
}

impl Listener for RawLane {
    fn name(&self) -> Cow<'_, str> {
        "raw lane".into()
    }

    fn interest(&self) -> Interest {
        Interest::Changing(self.wanted.clone())
    }

    fn rest(&self) -> Duration {
        Duration::from_millis(10)
    }

    fn take(&mut self, messages: &Batch) {
        let Some(source) = &mut self.source else { return };
        // Made on the listener's own thread.
        let Some(runtime) = self.runtime.take().or_else(|| runtime().ok()) else {
            self.skipped += messages.len() as u64;
            return;
        };
        let late = self.late.clone();
        let gives_up = async {
            while !late.load(Ordering::Relaxed) {
                tokio::time::sleep(POLL).await;
            }
        };
        let sent = runtime.block_on(async {
            tokio::select! {
                biased;
                () = source.send(messages) => true,
                () = gives_up => false,
            }
        });
        self.runtime = Some(runtime);
        if !sent {
            // Some of them may have been; nobody knows which.
            self.skipped += messages.len() as u64;
        }
    }

    fn late(&self) -> Option<Arc<AtomicBool>> {
        Some(self.late.clone())
    }

    fn finish(&mut self, lost: u64) -> Remarks {
        if let Some(source) = self.source.take() {
            source.lost(lost + self.skipped);
            let runtime = self.runtime.take().or_else(|| runtime().ok());
            if let Some(runtime) = runtime {
                runtime.block_on(source.finish());
            }
        }
        // They are told by the name of whoever missed them.
        Remarks::default()
    }
}
