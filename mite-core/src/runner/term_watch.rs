//! Sees that a runner stops when the term of what it was granted is over.

use std::rc::Rc;

use tokio::task::JoinHandle;

use super::shared::Shared;

/// The task that looks when a term is half over, and over; it ends when this is dropped. A
/// loop that was stopped may poll journeys before it: these look for themselves.
pub(super) struct TermWatch(Option<JoinHandle<()>>);

impl TermWatch {
    /// Watches a runner whose Grants expire; there is nothing to watch of another.
    pub(super) fn start(shared: &Rc<Shared>) -> Self {
        let watched = || tokio::task::spawn_local(watch(shared.clone()));
        Self(shared.is_fenced().then(watched))
    }
}

impl Drop for TermWatch {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

async fn watch(shared: Rc<Shared>) {
    loop {
        shared.look();
        match shared.next_look() {
            Some(left) => tokio::time::sleep(left).await,
            None => shared.renewed.notified().await,
        }
    }
}
