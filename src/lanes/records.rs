//! Records, on their way to the server that keeps them.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use mite_core::message::{Batch, Interest};
use mite_core::stats::Finding;
use mite_core::units;
use mite_nats::{Net, RecordSource, RunName};
use tokio::runtime::Runtime;

use super::waiting::runtime;
use crate::listener::{Listener, Remarks};
use crate::terminal::log::{self, Level};

/// Has what journeys record kept by the server, in the order in which it was recorded: it
/// is not lost once the server has said so. As long as the server cannot be reached, it
/// waits here, in bounded room.
pub(crate) struct RecordLane {
    source: RecordSource,
    runtime: Option<Runtime>,
    late: Arc<AtomicBool>,
    kept: u64,
    given_up: u64,
    _net: Arc<Net>,
}

impl RecordLane {
    /// Of `run`; `process` is another number for each process.
    pub(super) fn new(net: Arc<Net>, run: &RunName, process: u64) -> Self {
        let source = {
            // What waits for the server's answers lives there.
            let _there = net.handle().enter();
            RecordSource::new(net.connection(), run, process)
        };
        Self { source, runtime: None, late: Arc::default(), kept: 0, given_up: 0, _net: net }
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
        // Made on the listener's own thread.
        let Some(runtime) = self.runtime.take().or_else(|| runtime().ok()) else {
            self.given_up += messages.len() as u64;
            return;
        };
        let given_up = runtime.block_on(self.source.store(messages, &self.late, tell));
        self.runtime = Some(runtime);
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
