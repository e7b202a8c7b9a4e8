//! Raw messages for whoever listens in other processes.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mite_core::error::{Error, Result};
use mite_core::message::{Batch, Interest, Wanted};
use mite_nats::{Connection, RawSource, RunName};
use tokio::runtime::Runtime;

use crate::listener::{Listener, Remarks};

/// How often it is looked whether the time is over, while the server takes nothing.
const LOOK: Duration = Duration::from_millis(50);

/// Sends messages to those who listen to the run, and nothing as long as nobody does. What
/// it has no room for is lost to them, and counted.
pub(crate) struct RawLane {
    runtime: Runtime,
    source: Option<RawSource>,
    wanted: Wanted,
    late: Arc<AtomicBool>,
    skipped: u64,
}

impl RawLane {
    /// Of `run`; `process` is another number for each process.
    ///
    /// # Errors
    /// If the connection is closed.
    pub(crate) async fn open(connection: &Connection, run: &RunName, process: u64) -> Result<Self> {
        let source = RawSource::start(connection, run, process).await?;
        let runtime =
            super::runtime().map_err(|e| Error::new(format!("the raw lane cannot start: {e}")))?;
        let wanted = source.wanted();
        Ok(Self { runtime, source: Some(source), wanted, late: Arc::default(), skipped: 0 })
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
        let late = self.late.clone();
        let gives_up = async {
            while !late.load(Ordering::Relaxed) {
                tokio::time::sleep(LOOK).await;
            }
        };
        let sent = self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = source.send(messages) => true,
                () = gives_up => false,
            }
        });
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
            self.runtime.block_on(source.finish());
        }
        // They are told by the name of whoever missed them.
        Remarks::default()
    }
}
