//! The transport within one process: values are handed over as they are.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc, oneshot};

use super::transport::{ControllerEnd, Disconnected, Transport};
use crate::control::{Grant, Progress};
use crate::ids::RunnerId;

/// A runner's end.
pub struct InProcess {
    requests: mpsc::UnboundedSender<Request>,
    nudge: Arc<Notify>,
}

/// A report on its way, with the way back for the answer.
struct Request {
    progress: Progress,
    reply: oneshot::Sender<Grant>,
}

/// The controller's end.
pub struct Hub {
    sender: mpsc::UnboundedSender<Request>,
    receiver: mpsc::UnboundedReceiver<Request>,
    /// By runner, from 1.
    runners: Vec<Link>,
}

#[derive(Default)]
struct Link {
    nudge: Arc<Notify>,
    reply: Option<oneshot::Sender<Grant>>,
}

impl Hub {
    /// For runners 1 to `runners`, whose ends come with it.
    pub fn new(runners: u32) -> (Self, Vec<InProcess>) {
        // Unbounded, but each runner has one request under way at most.
        let (sender, receiver) = mpsc::unbounded_channel();
        let runners: Vec<_> = (0..runners).map(|_| Link::default()).collect();
        let ends = runners
            .iter()
            .map(|link| InProcess { requests: sender.clone(), nudge: link.nudge.clone() })
            .collect();
        (Self { sender, receiver, runners }, ends)
    }

    fn link(&mut self, runner: RunnerId) -> Option<&mut Link> {
        self.runners.get_mut((runner as usize).checked_sub(1)?)
    }
}

impl ControllerEnd for Hub {
    async fn next(&mut self) -> Progress {
        let request = self.receiver.recv().await;
        let Request { progress, reply } = request.expect("the hub holds a sender itself");
        if let Some(link) = self.link(progress.runner) {
            link.reply = Some(reply);
        }
        progress
    }

    fn reply(&mut self, runner: RunnerId, grant: Grant) {
        if let Some(reply) = self.link(runner).and_then(|link| link.reply.take()) {
            let _ = reply.send(grant);
        }
    }

    fn nudge(&mut self, runner: RunnerId) {
        if let Some(link) = self.link(runner) {
            link.nudge.notify_one();
        }
    }

    fn has_runners(&self) -> bool {
        self.sender.strong_count() > 1
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
