//! A whole test.
//!
//! It has two halves that meet at a transport. The controller's half plans, decides,
//! adds up what was counted, shows it and judges it ([`monitor`]); the runners' half
//! runs journeys and keeps their messages ([`runners`]). Where the runners are is the
//! matter of a [`Site`](site::Site): in this process, or elsewhere.

use mite_core::error::Error;
use mite_core::event_loop::EventLoop;
use mite_core::stats::Summary;

mod background;
pub(crate) mod build;
mod dropped;
mod in_process;
pub(crate) mod listeners;
mod load;
mod monitor;
mod plan;
pub(crate) mod processors;
mod request;
pub(crate) mod resources;
pub(crate) mod runners;
mod schedule;
pub(crate) mod screen;
pub(crate) mod settings;
pub(crate) mod shutdown;
pub(crate) mod site;
mod stages;
mod start;
mod status;
mod telling;
pub(crate) mod threads;
mod watchdog;

pub(crate) use background::Background;
pub(crate) use in_process::ThisProcess;
pub(crate) use plan::forecast;
#[cfg(feature = "nats")]
pub(crate) use plan::lines_of_runners;
pub(crate) use request::{RunError, RunRequest};
use site::Site;

use crate::terminal::logger;

/// Runs a test to its end, in this process.
///
/// # Errors
/// If it cannot start.
pub(crate) fn run(request: RunRequest) -> Result<Summary, RunError> {
    run_at(request, ThisProcess::default())
}

/// Runs a test to its end, with the runners of `site`.
///
/// # Errors
/// If it cannot start.
pub(crate) fn run_at<S: Site>(mut request: RunRequest, site: S) -> Result<Summary, RunError> {
    let background = request.background.take();
    let faults = background.as_ref().map(|b| b.faults.clone()).unwrap_or_default();
    let _answers = faults.of_this_thread();
    let events = EventLoop::of_run(request.virtual_time, &faults).map_err(|e| {
        RunError::Start(Error::new(format!("the control thread cannot start: {e}")))
    })?;
    let summary = events.run(async {
        let (request, plan, _pools) =
            plan::plan(request, &faults).await.map_err(RunError::Usage)?;
        let mut run = start::start(request, plan, &faults, site).await?;
        run.watch().await;
        let remarks = run.end().await;
        logger::finish();
        let summary = run.judge(remarks);
        Ok(run.show_all(summary).await)
    });
    // A pool of the user's own may still be inside a check-out.
    events.end();
    drop(background);
    summary
}
