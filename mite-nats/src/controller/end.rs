//! What the dispatch has of the wire: reports in, Grants out.

use mite_core::control::{Grant, Progress};
use mite_core::dispatch::ControllerEnd;
use mite_core::ids::RunnerId;
use tokio::sync::mpsc;

/// The controller's end of the transport.
pub struct NatsEnd {
    pub(super) progress: mpsc::UnboundedReceiver<Progress>,
    pub(super) out: mpsc::UnboundedSender<Out>,
    /// Whether there are runners, or there were some not long ago.
    pub(super) has_runners: Box<dyn Fn() -> bool + Send>,
}

/// What the controller has to say.
pub(super) enum Out {
    Grant(RunnerId, Grant),
    Nudge(RunnerId),
    /// Asks processes what they have counted, for that time.
    Ask(u64),
}

impl ControllerEnd for NatsEnd {
    async fn next(&mut self) -> Progress {
        match self.progress.recv().await {
            Some(progress) => progress,
            // The thread of the connection is gone, and nobody will report any more.
            None => std::future::pending().await,
        }
    }

    fn reply(&mut self, runner: RunnerId, grant: Grant) {
        let _ = self.out.send(Out::Grant(runner, grant));
    }

    fn nudge(&mut self, runner: RunnerId) {
        let _ = self.out.send(Out::Nudge(runner));
    }

    fn has_runners(&self) -> bool {
        (self.has_runners)()
    }
}
