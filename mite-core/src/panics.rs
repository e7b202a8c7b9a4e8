//! Panics of a test's code: caught, with the place and the text that the hook saw.
//!
//! Code of a test runs guarded: in a journey's poll, a pool, a processor. What panics
//! there is reported by whoever called it. What panics elsewhere on a thread of a run,
//! in a task that a journey spawned, is printed and is a [fault](crate::faults) of the
//! run.

use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::pin::Pin;
use std::sync::{Once, OnceLock};
use std::task::{Context as TaskContext, Poll};

use crate::console::console;
use crate::error::{Error, Place};
use crate::faults;

thread_local! {
    /// Whether this thread runs code of a test, whose panics are reported by mite.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    /// The panic that this thread unwinds from, until it is caught.
    static CURRENT: RefCell<Option<Error>> = const { RefCell::new(None) };
    /// The one before, if it was not caught by mite.
    static BEFORE: RefCell<Option<Error>> = const { RefCell::new(None) };
}

/// What the standard library panics with when a destructor that runs because of a
/// panic panics too. Nothing can catch it.
const DOUBLE_PANIC: &str = "panic in a destructor during cleanup";

/// What looks at a panic while the stack of the code that panics is still there.
static BEFORE_UNWINDING: OnceLock<fn(&Error)> = OnceLock::new();

/// Lets `look` see every panic of a test's code before it unwinds: for a debugger.
pub(crate) fn before_unwinding(look: fn(&Error)) {
    let _ = BEFORE_UNWINDING.set(look);
}

/// Makes the panic hook keep what a test's code panics with, instead of printing it.
/// Other panics are printed as before.
pub(crate) fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if INSIDE.get() {
                inside(info);
            } else {
                outside(info, &mut || before(info));
            }
        }));
    });
}

/// A panic of a test's code. Whoever called that code tells of it, unless it is the
/// second one at a time: then the process is about to abort.
fn inside(info: &PanicHookInfo<'_>) {
    let error = describe(info);
    if error.text() == DOUBLE_PANIC {
        return console().error(&aborting(BEFORE.take().as_ref(), CURRENT.take().as_ref()));
    }
    if let Some(look) = BEFORE_UNWINDING.get() {
        look(&error);
    }
    BEFORE.set(CURRENT.replace(Some(error)));
}

/// A panic that nothing of mite waits for.
fn outside(info: &PanicHookInfo<'_>, print: &mut dyn FnMut()) {
    let error = describe(info);
    // First: to print where it came from takes long, and the run may end meanwhile.
    faults::add_to_this_thread(|| {
        let (place, text) = (error.location(), error.text());
        format!(
            "code of the test panicked outside of any journey (a task or thread that one has started?), at {place}: {text}"
        )
    });
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or("without a name");
    console().panicked(&format!("thread {thread}: {}", error.stacktrace()), print);
}

fn aborting(first: Option<&Error>, second: Option<&Error>) -> String {
    let mut text = "a destructor panicked while a panic was under way: Rust aborts the process at once, without a report; mend the destructor".to_owned();
    for (which, panic) in [("first", first), ("then", second)] {
        if let Some(panic) = panic {
            text.push_str(&format!("\n  {which} at {}: {}", panic.location(), panic.text()));
        }
    }
    text
}

fn describe(info: &PanicHookInfo<'_>) -> Error {
    let text = info.payload_as_str().unwrap_or("a value that is not text").to_owned();
    let place = match info.location() {
        Some(l) => Place { file: l.file().to_owned().into(), line: l.line() },
        None => Place { file: "unknown".into(), line: 0 },
    };
    Error::panic(text, place, Backtrace::capture())
}

/// The panic that this thread is unwinding from.
pub(crate) fn with_current(f: impl FnOnce(&mut Error)) {
    CURRENT.with_borrow_mut(|current| {
        if let Some(error) = current {
            f(error);
        }
    });
}

/// Calls `f`, which is code of a test. A panic in it is an error with its text
/// and place; it is not printed.
///
/// # Errors
/// If `f` panicked.
///
/// ```
/// let error = mite_core::caught(|| panic!("no more")).unwrap_err();
/// assert_eq!(error.text(), "no more");
/// ```
pub fn caught<T>(f: impl FnOnce() -> T) -> Result<T, Error> {
    install_hook();
    guarded(f)
}

fn guarded<T>(f: impl FnOnce() -> T) -> Result<T, Error> {
    let outer = INSIDE.replace(true);
    // Another panic may be under way, if this is called by a destructor.
    let under_way = CURRENT.take();
    let result = catch_unwind(AssertUnwindSafe(f));
    INSIDE.set(outer);
    let panic = CURRENT.replace(under_way.filter(|_| std::thread::panicking()));
    result.map_err(|_| {
        panic.unwrap_or_else(|| {
            Error::panic(
                "a panic without a text".into(),
                Place { file: "unknown".into(), line: 0 },
                Backtrace::disabled(),
            )
        })
    })
}

/// A future whose panics are errors.
pub(crate) struct CatchPanic<F>(pub(crate) F);

impl<F: Future + Unpin> Future for CatchPanic<F> {
    type Output = Result<F::Output, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        match guarded(|| Pin::new(&mut self.0).poll(cx)) {
            Ok(poll) => poll.map(Ok),
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_has_its_text_and_place() {
        assert_eq!(caught(|| 5).unwrap(), 5);
        let line = line!() + 1;
        let error = caught(|| panic!("no {}", "more")).unwrap_err();
        assert_eq!(error.message(), "panic: no more");
        assert_eq!(error.location().to_string(), format!("{}:{line}", file!()));
        // One that was caught outside leaves nothing behind.
        assert!(!INSIDE.get() && CURRENT.take().is_none());
    }
}
