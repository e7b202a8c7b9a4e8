//! One execution of a journey.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context as TaskContext, Poll};

use crate::error::Result;
use crate::journey::ending::Unended;
use crate::journey::{Context, JourneyEntry, postmortem};
use crate::meta::LocalFuture;
use crate::panics::{self, CatchPanic};

pub use crate::label::ROOT;

/// Runs a journey with its encoded arguments, inside the root transaction, and ends
/// the extensions that it used.
///
/// # Errors
/// Whatever the journey failed with; a panic is an exception. It has been
/// reported by then.
pub async fn execute(ctx: &Context, journey: &JourneyEntry, arguments: &[u8]) -> Result {
    panics::install_hook();
    panics::before_unwinding(postmortem::on_panic);
    ctx.keep_arguments(journey.parameters, arguments);
    let unended = Unended::new(ctx);
    let root = pin!(ctx.root_transaction(async |ctx| {
        let future = Some((journey.start)(ctx.clone(), arguments)?);
        Body { ctx, future }.await
    }));
    let result = CatchPanic(root).await.flatten();
    result.and(unended.end().await)
}

/// What the user wrote. If it is dropped before its end, it is cancelled, and a panic
/// in one of its destructors is reported as any other panic of the journey.
struct Body<'a> {
    ctx: &'a Context,
    future: Option<LocalFuture<'static, Result>>,
}

impl Future for Body<'_> {
    type Output = Result;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let future = self.future.as_mut().expect("it is not polled after its end");
        let poll = future.as_mut().poll(cx);
        if poll.is_ready() {
            self.future = None;
        }
        poll
    }
}

impl Drop for Body<'_> {
    fn drop(&mut self) {
        if let Some(future) = self.future.take()
            && let Err(mut error) = panics::caught(|| drop(future))
        {
            self.ctx.report(&mut error);
        }
    }
}
