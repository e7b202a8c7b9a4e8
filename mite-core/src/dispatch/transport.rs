//! How runners reach the controller: one trait, whatever lies between.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::{Notify, mpsc, oneshot};

use crate::control::{Grant, Progress};
use crate::ids::RunnerId;

/// The controller cannot be reached any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disconnected;

/// A runner's line to the controller.
pub trait Transport {
    /// Reports, and gets what to do from now on.
    ///
    /// # Errors
    /// If there is no controller any more.
    fn request(&mut self, progress: Progress) -> impl Future<Output = Result<Grant, Disconnected>>;

    /// Waits until the controller wants to be asked.
    fn nudged(&self) -> impl Future<Output = ()>;
}

/// A report on its way, with the way back for the answer.
pub struct Request {
    /// The report.
    pub progress: Progress,
    /// Where the Grant goes.
    pub reply: oneshot::Sender<Grant>,
}

/// The transport within one process.
pub struct InProcess {
    requests: mpsc::UnboundedSender<Request>,
    nudge: Arc<Notify>,
}

/// The controller's end of all transports within one process.
pub struct Hub {
    sender: mpsc::UnboundedSender<Request>,
    receiver: mpsc::UnboundedReceiver<Request>,
    nudges: Vec<Arc<Notify>>,
}

impl Hub {
    /// For runners 1 to `runners`, whose ends come with it.
    pub fn new(runners: u32) -> (Self, Vec<InProcess>) {
        // Unbounded, but each runner has one request under way at most.
        let (sender, receiver) = mpsc::unbounded_channel();
        let nudges: Vec<_> = (0..runners).map(|_| Arc::new(Notify::new())).collect();
        let ends = nudges
            .iter()
            .map(|nudge| InProcess { requests: sender.clone(), nudge: nudge.clone() })
            .collect();
        (Self { sender, receiver, nudges }, ends)
    }

    /// The next report of any runner.
    pub async fn next(&mut self) -> Request {
        self.receiver.recv().await.expect("the hub holds a sender itself")
    }

    /// Tells a runner to ask.
    pub fn nudge(&self, runner: RunnerId) {
        if let Some(nudge) = self.nudges.get(runner as usize - 1) {
            nudge.notify_one();
        }
    }

    /// Whether no runner is connected.
    pub fn is_deserted(&self) -> bool {
        self.sender.strong_count() == 1
    }
}

impl Transport for InProcess {
    async fn request(&mut self, progress: Progress) -> Result<Grant, Disconnected> {
        let (reply, grant) = oneshot::channel();
        self.requests.send(Request { progress, reply }).map_err(|_| Disconnected)?;
        grant.await.map_err(|_| Disconnected)
    }

    async fn nudged(&self) {
        self.nudge.notified().await;
    }
}
