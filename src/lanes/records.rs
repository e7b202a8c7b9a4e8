//! Records, on their way to the server that keeps them.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use mite_core::error::{Error, Result};
use mite_core::message::{Batch, Interest};
use mite_core::stats::Finding;
use mite_core::units;
use mite_nats::{Connection, RecordSource, RunName};
use tokio::runtime::Runtime;

use crate::listener::{Listener, Remarks};
use crate::terminal::log::{self, Level};

/// Has what journeys record kept by the server, in the order in which it was recorded: it
/// is not lost once the server has said so. As long as the server cannot be reached, it
/// waits here, in bounded room.
pub(crate) struct RecordLane {
    runtime: Runtime,
    source: RecordSource,
    late: Arc<AtomicBool>,
    kept: u64,
    given_up: u64,
}

impl RecordLane {
    /// Of `run`; `process` is another number for each process.
    ///
    /// # Errors
    /// If the system does not let it.
    pub(crate) fn open(connection: &Connection, run: &RunName, process: u64) -> Result<Self> {
        let runtime = super::runtime()
            .map_err(|e| Error::new(format!("the lane of records cannot start: {e}")))?;
        let source = RecordSource::new(connection, run, process);
        Ok(Self { runtime, source, late: Arc::default(), kept: 0, given_up: 0 })
    }
}

impl Listener for RecordLane {
    fn name(&self) -> Cow<'_, str> {
        "lane of records".into()
    }

    fn interest(&self) -> Interest {
        Interest::from(["data_created", "purge_data"])
    }

    /// What gathers meanwhile is stored at once.
    fn rest(&self) -> Duration {
        Duration::from_millis(20)
    }

    fn take(&mut self, messages: &Batch) {
        let tell = |why: &str| log::log(Level::Warn, format_args!("{why}; it is tried again"));
        let stored = self.source.store(messages, &self.late, tell);
        let given_up = self.runtime.block_on(stored);
        self.given_up += given_up;
        self.kept += messages.len() as u64 - given_up;
    }

    fn late(&self) -> Option<Arc<AtomicBool>> {
        Some(self.late.clone())
    }

    fn keeps(&self) -> bool {
        true
    }

    fn finish(&mut self, lost: u64) -> Remarks {
        let mut remarks = Remarks { lost, ..Remarks::default() };
        if self.kept > 0 {
            let kept = units::count(self.kept, "record");
            remarks.notes.push(format!("{kept} kept by the NATS server, for `recorder`"));
        }
        if lost > 0 {
            remarks.findings.push(Finding::RecordsLost { records: lost });
        }
        if self.given_up > 0 {
            remarks.findings.push(Finding::RecordsUnwritten {
                why: "the NATS server, which did not take them in time".to_owned(),
                written: self.kept,
                unwritten: self.given_up,
            });
        }
        remarks
    }
}
