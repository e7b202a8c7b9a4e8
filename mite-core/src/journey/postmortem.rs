//! Stopping everything at the first failure, to look at it: `--debugging` and
//! [`breakpoint`].

use std::cell::RefCell;
use std::fmt::Write as _;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::error::Error;
use crate::journey::Context;

/// The command that is run while everything is stopped; `{pid}` in it is this
/// process.
pub const COMMAND_VARIABLE: &str = "MITE_POSTMORTEM";

static STOPPED: AtomicBool = AtomicBool::new(false);
/// Held by the one that stopped everything, until the process ends.
static STOPPER: Mutex<()> = Mutex::new(());

thread_local! {
    /// The execution that this thread is polling.
    static CURRENT: RefCell<Option<Context>> = const { RefCell::new(None) };
}

/// Notes whose journey is being polled; returns what to give to [`leave`].
pub(crate) fn enter(ctx: &Context) -> Option<Context> {
    CURRENT.replace(Some(ctx.clone()))
}

pub(crate) fn leave(outer: Option<Context>) {
    CURRENT.set(outer);
}

/// Whether some journey has stopped everything: nothing more should be shown.
pub fn is_stopped() -> bool {
    STOPPED.load(Ordering::Acquire)
}

/// Blocks this thread for good if another one has stopped everything.
pub(crate) fn wait_while_stopped() {
    if is_stopped() {
        let _ended_with_the_process = STOPPER.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            std::thread::park();
        }
    }
}

/// Shows what there is to know of a failed journey, and ends the process.
pub(crate) fn journey_failed(ctx: &Context, error: &Error) -> ! {
    let mut text = format!("journey {} failed\n\n{error:?}\n", ctx.journey());
    if error.reported_in().is_none() && error.type_name() != "panic" {
        text.push_str("(it was not in a transaction)\n");
    }
    stop(ctx, text, error.reported_in().map(|t| t.as_str()))
}

/// A journey panics while its stack is still there: the best moment to look.
pub(crate) fn on_panic(error: &Error) {
    let debugged = CURRENT.with_borrow(|current| {
        current.as_ref().filter(|ctx| ctx.execution.host.debugging).cloned()
    });
    if let Some(ctx) = debugged {
        journey_failed(&ctx, error);
    }
}

/// Stops the whole process inside the calling journey, as `--debugging` does at
/// the first failure: shows the transactions, the arguments, the last messages
/// and exchanges, runs the command in `MITE_POSTMORTEM` (with `{pid}` replaced),
/// and exits with code 1. Outside a journey it only says so.
///
/// ```no_run
/// # use mite_core::journey::Context;
/// # use mite_core::error::Result;
/// # async fn suspicious() -> bool { true }
/// async fn journey(ctx: &Context) -> Result {
///     if suspicious().await {
///         mite_core::breakpoint();
///     }
///     Ok(())
/// }
/// ```
#[track_caller]
pub fn breakpoint() {
    let at = std::panic::Location::caller();
    match CURRENT.with_borrow(Clone::clone) {
        Some(ctx) => stop(&ctx, format!("breakpoint in journey {} at {at}\n", ctx.journey()), None),
        None => eprintln!("breakpoint at {at}: not inside a journey, nothing to show"),
    }
}

fn stop(ctx: &Context, what: String, transaction: Option<&str>) -> ! {
    // The first one wins; whoever comes later waits here for the end.
    let _held = STOPPER.lock().unwrap_or_else(PoisonError::into_inner);
    STOPPED.store(true, Ordering::Release);
    eprintln!("\nstopped: {}", describe(ctx, &what, transaction));
    if let Ok(command) = std::env::var(COMMAND_VARIABLE)
        && !command.trim().is_empty()
    {
        let command = command.replace("{pid}", &std::process::id().to_string());
        eprintln!("running {COMMAND_VARIABLE}: {command}");
        match Command::new("sh").arg("-c").arg(&command).status() {
            Ok(status) => eprintln!("{COMMAND_VARIABLE} ended: {status}"),
            Err(e) => eprintln!("{COMMAND_VARIABLE} could not be run: {command}: {e}"),
        }
    }
    std::process::exit(1)
}

fn describe(ctx: &Context, what: &str, transaction: Option<&str>) -> String {
    let mut text = what.to_owned();
    let Some(journal) = &ctx.execution.journal else {
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
    let stack = match transaction {
        Some(name) => vec![name.to_owned()],
        None => journal.open.iter().map(|t| t.as_str().to_owned()).collect(),
    };
    section("transactions", stack);
    section("arguments", journal.arguments());
    section("last messages", journal.messages.iter().map(|m| m.to_string()).collect());
    section("last exchanges", journal.exchanges.iter().cloned().collect());
    text
}
