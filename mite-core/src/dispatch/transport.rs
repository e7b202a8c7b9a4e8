//! How runners and the controller reach each other: a trait for each end, whatever
//! lies between.

use std::future::Future;

use tokio::time::Instant;

use crate::control::{Grant, Progress};
use crate::ids::RunnerId;

/// The controller cannot be reached any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disconnected;

/// A runner's end.
pub trait Transport {
    /// Reports, and gets what to do from now on. Where Grants expire, the future is dropped
    /// if no answer comes within a period, and there is a new report.
    ///
    /// # Errors
    /// If there is no controller any more.
    fn request(&mut self, progress: Progress) -> impl Future<Output = Result<Grant, Disconnected>>;

    /// Waits until the controller wants to be asked.
    fn nudged(&self) -> impl Future<Output = ()>;

    /// The zero of test time as it is known by now, if the controller has another clock.
    fn zero(&self) -> Option<Instant> {
        None
    }

    /// Whether the runner is to leave the run in good order: it plays what is scheduled for
    /// it, lets journeys finish, and ends. It is [nudged](Self::nudged) when this turns true.
    fn is_leaving(&self) -> bool {
        false
    }
}

/// The controller's end: of all runners together.
pub trait ControllerEnd {
    /// The next report of any runner. If the future is dropped, no report is lost.
    fn next(&mut self) -> impl Future<Output = Progress>;

    /// Answers the last report of a runner. One that is gone gets nothing.
    fn reply(&mut self, runner: RunnerId, grant: Grant);

    /// Tells a runner to ask now. It may be lost: a runner asks once a period anyway.
    fn nudge(&mut self, runner: RunnerId);

    /// Whether any runner may still report.
    fn has_runners(&self) -> bool;
}
