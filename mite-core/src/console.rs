//! Output for people, through a trait that the facade implements.
//!
//! The crate itself writes to no terminal and ends no process: the facade does, which
//! knows whether a progress bar is up and what to do when a reader has gone.

use std::fmt::Display;
use std::panic::Location;
use std::sync::OnceLock;

/// Where this crate's output for people goes. By default every method does nothing, as
/// in a program that links this crate alone.
///
/// A facade [registers](Registered) its own by being linked, not by being called:
/// `Context::for_test()` prints under `cargo test`, where no `main` of mite's has run.
pub trait Console: Sync {
    /// A line of standard output: a message that a context of a test was sent.
    fn print(&self, line: &dyn Display) {
        let _ = line;
    }

    /// A line that a journey writes to the log.
    fn log(&self, line: &Line<'_>) {
        let _ = line;
    }

    /// A warning, such as that a data file was cut off.
    fn warn(&self, text: &str) {
        let _ = text;
    }

    /// An error, such as a destructor that panics.
    fn error(&self, text: &str) {
        let _ = text;
    }

    /// A panic of code that nothing of mite waits for. `print` shows it as Rust does by
    /// default, on standard error.
    fn panicked(&self, text: &str, print: &mut dyn FnMut()) {
        let _ = text;
        print();
    }

    /// A breakpoint, or a failure under `--debugging`, has stopped the run: shows it,
    /// lets a debugger attach, and ends the process. If it returns, the run goes on.
    fn stop(&self, stop: &Stop) {
        let _ = stop;
    }
}

/// A line that a journey writes to the log.
pub struct Line<'a> {
    /// Which journey, by its registered name.
    pub journey: &'a str,
    /// Which execution of its runner.
    pub id: u64,
    /// The line of the code that writes it.
    pub place: &'static Location<'static>,
    /// What it says.
    pub text: &'a dyn Display,
}

/// A journey at which the run has stopped; shown on its own thread, inside its own
/// stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// What happened, and everything that is known of the journey, in lines.
    pub report: String,
    /// The journey's function, as a debugger knows it: `shop::login::signin`.
    pub function: String,
}

/// The console of a program: `inventory::submit! { Registered(&MINE) }`.
pub struct Registered(pub &'static dyn Console);

inventory::collect!(Registered);

struct Silent;

impl Console for Silent {}

/// The console that was registered.
pub(crate) fn console() -> &'static dyn Console {
    static CONSOLE: OnceLock<&'static dyn Console> = OnceLock::new();
    *CONSOLE.get_or_init(|| {
        let registered = inventory::iter::<Registered>().next();
        registered.map_or(&Silent as &dyn Console, |Registered(console)| *console)
    })
}
