//! One execution of a journey.

use std::pin::pin;

use crate::error::Result;
use crate::journey::{Context, JourneyEntry, postmortem};
use crate::panics::{self, CatchPanic};

/// The name of the transaction that every journey runs in.
pub const ROOT: &str = "__root__";

/// Runs a journey with its encoded arguments, inside the root transaction.
///
/// # Errors
/// Whatever the journey failed with; a panic is an exception. It has been
/// reported by then.
pub async fn execute(ctx: &Context, journey: &JourneyEntry, arguments: &[u8]) -> Result {
    panics::install_hook();
    panics::before_unwinding(postmortem::on_panic);
    ctx.keep_arguments(journey.parameters, arguments);
    let root =
        pin!(ctx.transaction(ROOT, async |ctx| (journey.start)(ctx.clone(), arguments)?.await));
    CatchPanic(root).await?
}
