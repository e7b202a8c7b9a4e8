//! Stopping everything at the first failure, to look at it: `--debugging` and
//! [`breakpoint`].

use std::cell::RefCell;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::console::{Stop, console};
use crate::error::Error;
use crate::journey::Context;
use crate::label::without_root;
use crate::secret;

static STOPPED: AtomicBool = AtomicBool::new(false);
/// Held by the one that stopped everything, mostly until the process ends.
static STOPPER: Mutex<()> = Mutex::new(());

thread_local! {
    /// The execution that this thread is polling.
    static CURRENT: RefCell<Option<Context>> = const { RefCell::new(None) };
}

/// The context of an execution, swapped with the thread's current one around each poll:
/// a poll inside another one restores it, and no reference is counted.
pub(crate) struct Polled(Option<Context>);

impl Polled {
    pub(crate) fn new(ctx: Context) -> Self {
        Self(Some(ctx))
    }

    /// To be called before a poll and after it.
    pub(crate) fn swap(&mut self) {
        CURRENT.with_borrow_mut(|current| std::mem::swap(current, &mut self.0));
    }
}

/// Whether some journey has stopped everything: nothing more should be shown.
pub fn is_stopped() -> bool {
    STOPPED.load(Ordering::Acquire)
}

/// The journey that this thread is polling, by its registered name, and which
/// execution of its runner it is; for lines of a log.
pub fn current_execution() -> Option<(String, u64)> {
    let current = |current: &RefCell<Option<Context>>| {
        let current = current.try_borrow().ok()?;
        current.as_ref().map(|ctx| (ctx.journey().to_owned(), ctx.id()))
    };
    CURRENT.try_with(current).ok().flatten()
}

/// Blocks this thread while another one has stopped everything: mostly for good.
pub(crate) fn wait_while_stopped() {
    if is_stopped() {
        drop(STOPPER.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// With `--debugging`, a transaction has just failed: it is called from there, so that
/// the journey's own frames are on the stack.
pub(crate) fn on_failure(ctx: &Context, error: &Error) {
    if ctx.execution.host.debugging {
        let text = format!("journey {} failed\n\n{error:?}\n", ctx.journey());
        stop(ctx, text, ctx.transaction_name());
    }
}

/// A journey panics while its stack is still there: the best moment to look.
pub(crate) fn on_panic(error: &Error) {
    if let Ok(Some(ctx)) = CURRENT.try_with(|current| current.borrow().clone())
        && ctx.execution.host.debugging
    {
        let text = format!("journey {} panicked\n\n{error:?}\n", ctx.journey());
        stop(&ctx, text, None);
    }
}

/// Stops the whole process inside the calling journey, as `--debugging` does at
/// the first failure: shows the transactions, the arguments, the last messages
/// and exchanges, lets a debugger have the process, and exits with code 1. Outside
/// a journey it only says so.
///
/// ```no_run
/// # use mite::prelude::*;
/// # async fn suspicious() -> bool { true }
/// #[journey]
/// async fn journey(ctx: &Context) -> mite::Result {
///     if suspicious().await {
///         mite::breakpoint();
///     }
///     Ok(())
/// }
/// ```
#[track_caller]
pub fn breakpoint() {
    let at = std::panic::Location::caller();
    match CURRENT.with_borrow(Clone::clone) {
        Some(ctx) => stop(&ctx, format!("breakpoint in journey {} at {at}\n", ctx.journey()), None),
        None => {
            console().warn(&format!("breakpoint at {at}: not inside a journey, nothing to show"))
        }
    }
}

/// The first one wins; whoever comes later waits here, mostly for the end.
fn stop(ctx: &Context, what: String, transaction: Option<&str>) {
    let held = STOPPER.lock().unwrap_or_else(PoisonError::into_inner);
    STOPPED.store(true, Ordering::Release);
    let report = describe(ctx, &what, transaction);
    let function = ctx.journey().replace(':', "::").replace("::::", "::");
    console().stop(&Stop { report, function });
    STOPPED.store(false, Ordering::Release);
    drop(held);
}

fn describe(ctx: &Context, what: &str, transaction: Option<&str>) -> String {
    let mut text = match secret::are_shown() {
        true => what.to_owned(),
        false => secret::masked(what).into_owned(),
    };
    let Some(journal) = ctx.journal_of_execution() else {
        text.push_str("(run with --debugging to see arguments, messages and exchanges)\n");
        return text;
    };
    let journal = journal.lock().unwrap_or_else(PoisonError::into_inner);
    let mut section = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            let _ = write!(text, "\n{title}\n");
            for line in lines {
                let _ = writeln!(text, "  {line}");
            }
        }
    };
    let shown = |name: &str| match without_root(name) {
        "" => "(the journey)".to_owned(),
        name => name.to_owned(),
    };
    let stack = match transaction {
        Some(name) => vec![shown(name)],
        None => journal.open.iter().map(|t| shown(t.as_str())).collect(),
    };
    section("transactions", stack);
    section("arguments", journal.arguments());
    section("last messages", journal.messages.iter().map(|m| m.to_string()).collect());
    section("last exchanges", journal.exchanges.iter().map(|exchange| exchange.line()).collect());
    text
}
