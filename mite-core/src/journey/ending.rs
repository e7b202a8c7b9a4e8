//! The end of an execution and of a runner: extensions are ended, and waited for.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::clock::ClockHold;
use crate::error::Result;
use crate::journey::extensions::{End, UnderWay};
use crate::journey::{Context, Host};

/// How long the end of one extension may take.
const END_LIMIT: Duration = Duration::from_secs(10);

/// How long a runner that ends waits for extensions: a run waits two seconds for its
/// runners.
const LAST_LIMIT: Duration = Duration::from_millis(1_500);

/// An execution that has not ended. Dropped before, it was cancelled: what extensions
/// there are end on their own then.
pub(crate) struct Unended<'a> {
    ctx: &'a Context,
    /// What is being ended.
    work: Option<Pin<Box<dyn Future<Output = Result> + Send>>>,
}

impl<'a> Unended<'a> {
    pub(crate) fn new(ctx: &'a Context) -> Self {
        Self { ctx, work: None }
    }

    /// Ends what the execution used.
    ///
    /// # Errors
    /// The first failure of an extension's end. It has been reported by then.
    pub(crate) async fn end(mut self) -> Result {
        if !self.ctx.execution.extensions.has_ends() {
            return Ok(());
        }
        let ends = self.ctx.execution.extensions.take_ends();
        let work = self.work.insert(Box::pin(end_all(self.ctx.clone(), ends, END_LIMIT)));
        let result = work.await;
        self.work = None;
        result
    }
}

impl Drop for Unended<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.work.is_some() || self.ctx.execution.extensions.has_ends() {
            self.end_apart();
        }
    }
}

impl Unended<'_> {
    /// Ends on its own what the execution that was cancelled has left.
    #[cold]
    fn end_apart(&mut self) {
        let ends = self.ctx.execution.extensions.take_ends();
        let under_way = self.work.take();
        // Without a runtime, as when that itself is dropped, nothing can be awaited.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let waited_for = UnderWay::of(&self.ctx.execution.host.endings);
        let rest = end_all(self.ctx.clone(), ends, LAST_LIMIT);
        runtime.spawn(async move {
            if let Some(under_way) = under_way {
                // Failures have been reported.
                let _ = under_way.await;
            }
            let _ = rest.await;
            drop(waited_for);
        });
    }
}

async fn end_all(ctx: Context, ends: Vec<End>, limit: Duration) -> Result {
    let _hold = ctx.hold_clock(limit * ends.len() as u32);
    let mut first = Ok(());
    for end in ends {
        if let Err(mut error) = end.run(limit).await {
            ctx.report(&mut error);
            first = first.and(Err(error));
        }
    }
    first
}

impl Host {
    /// Waits for what cancelled executions still end, and ends what all shared. Takes no
    /// longer than a run waits for its runners.
    #[doc(hidden)]
    pub async fn end(&self) {
        let until = tokio::time::Instant::now() + LAST_LIMIT;
        let _hold = ClockHold::new(self.virtual_time, LAST_LIMIT);
        // Slots that were cancelled are dropped at their next turn.
        tokio::task::yield_now().await;
        if tokio::time::timeout_at(until, self.endings.over()).await.is_err() {
            self.faults.add(format!(
                "what cancelled journeys used did not end within {} s",
                LAST_LIMIT.as_secs_f64()
            ));
        }
        for end in self.extensions.take_ends() {
            let left = until.saturating_duration_since(tokio::time::Instant::now());
            if let Err(error) = end.run(left.max(LAST_LIMIT / 10)).await {
                self.faults.add(format!("at the end of runner {}: {}", self.runner, error.text()));
            }
        }
    }
}
