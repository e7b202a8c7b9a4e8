//! What an output with keys or buttons may ask of the run.

use std::sync::{Arc, Mutex};

use mite_core::error::{Error, Result};
use tokio::sync::Notify;
use tokio::time::Instant;

/// Marks that may wait for the run to take them, which it does once a second.
const MOST: usize = 200;

/// Asks things of a run from outside of it, from whatever thread: clones ask the same
/// run. Made before the run, handed to whoever may ask, and to the run itself
/// ([`RunRequest::control`](crate::run::RunRequest)).
#[derive(Clone, Debug, Default)]
pub(crate) struct RunControl(Arc<Asked>);

#[derive(Debug, Default)]
struct Asked {
    marks: Mutex<Vec<(Instant, String)>>,
    stop: Notify,
}

impl RunControl {
    /// Marks this moment in the course of the run: with the next tick it is in the log
    /// and in [`Snapshot::marks`](mite_core::stats::Snapshot::marks).
    ///
    /// # Errors
    /// If there is no text, or more than anybody can want.
    #[cfg_attr(
        not(any(feature = "terminal", feature = "web")),
        allow(dead_code, reason = "for keys and pages")
    )]
    pub(crate) fn mark(&self, text: &str) -> Result {
        if text.trim().is_empty() {
            return Err(Error::new("a mark needs a text, such as `deployed v2`"));
        }
        let mut marks = self.0.marks.lock().unwrap_or_else(|e| e.into_inner());
        if marks.len() >= MOST {
            return Err(Error::new(format!("there were {MOST} marks within a second")));
        }
        marks.push((Instant::now(), text.to_owned()));
        Ok(())
    }

    /// Asks the run to end, as Ctrl-C does: the first time journeys may finish, the second
    /// time they are cancelled, and so on.
    #[cfg_attr(
        not(any(feature = "terminal", feature = "web")),
        allow(dead_code, reason = "for keys and pages")
    )]
    pub(crate) fn stop(&self) {
        self.0.stop.notify_one();
    }

    /// The marks that came since this was asked before.
    pub(crate) fn take_marks(&self) -> Vec<(Instant, String)> {
        std::mem::take(&mut self.0.marks.lock().unwrap_or_else(|e| e.into_inner()))
    }

    /// Until somebody asks the run to end.
    pub(crate) async fn stopped(&self) {
        self.0.stop.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn marks_are_taken_once_with_their_time() {
        let control = RunControl::default();
        let start = Instant::now();
        control.mark("deployed v2").unwrap();
        tokio::time::advance(std::time::Duration::from_secs(3)).await;
        control.clone().mark("rolled back").unwrap();
        let taken = control.take_marks();
        let taken: Vec<_> = taken.iter().map(|(at, t)| ((*at - start).as_secs(), &**t)).collect();
        assert_eq!(taken, [(0, "deployed v2"), (3, "rolled back")]);
        assert_eq!(control.take_marks(), []);
        assert!(control.mark(" \n").unwrap_err().text().contains("a mark needs a text"));
        (0..MOST).for_each(|_| control.mark("again").unwrap());
        assert!(control.mark("again").unwrap_err().text().contains("200 marks within a second"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_that_nobody_waits_for_yet_is_not_lost() {
        let control = RunControl::default();
        control.clone().stop();
        control.stopped().await;
        let again = tokio::time::timeout(std::time::Duration::from_secs(9), control.stopped());
        assert!(again.await.is_err(), "it was asked for once");
    }
}
