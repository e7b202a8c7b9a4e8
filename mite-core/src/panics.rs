//! Panics of a test's code: caught, with the place and the text that the hook saw.

use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::pin::Pin;
use std::sync::{Once, OnceLock};
use std::task::{Context as TaskContext, Poll};

use crate::error::{Error, Place};

thread_local! {
    /// Whether this thread runs code of a test, whose panics are reported by mite.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static CURRENT: RefCell<Option<Error>> = const { RefCell::new(None) };
}

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
                let error = describe(info);
                if let Some(look) = BEFORE_UNWINDING.get() {
                    look(&error);
                }
                CURRENT.set(Some(error));
            } else {
                before(info);
            }
        }));
    });
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
    let result = catch_unwind(AssertUnwindSafe(f));
    INSIDE.set(outer);
    result.map_err(|_| {
        CURRENT.take().unwrap_or_else(|| {
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
