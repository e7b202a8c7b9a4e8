//! The terminal that a run is shown on: one bar at the bottom, lines above it.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard};

/// The bar that stands on standard error now; empty if there is none.
static BAR: Mutex<String> = Mutex::new(String::new());

fn bar() -> MutexGuard<'static, String> {
    BAR.lock().unwrap_or_else(|e| e.into_inner())
}

const ERASE: &str = "\r\x1b[2K";

/// Writes a line, or several, to standard output. A reader that has gone
/// (`list | head`) has seen enough.
///
/// # Errors
/// If standard output cannot be written for any other reason.
pub(crate) fn print(text: impl Display) -> io::Result<()> {
    match write(text) {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

fn write(text: impl Display) -> io::Result<()> {
    let bar = bar();
    if !bar.is_empty() {
        io::stderr().write_all(ERASE.as_bytes())?;
    }
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()?;
    io::stderr().write_all(bar.as_bytes())
}

/// Writes a line, or several, to standard error. What cannot be written is
/// lost: there is no place left to say so.
pub(crate) fn note(text: impl Display) {
    let bar = bar();
    let erase = if bar.is_empty() { "" } else { ERASE };
    let _ = write!(io::stderr().lock(), "{erase}{text}\n{bar}");
}

/// Puts up a bar in place of the one before; an empty text takes it away.
pub(crate) fn show_bar(text: &str) -> io::Result<()> {
    let mut bar = bar();
    if bar.is_empty() && text.is_empty() {
        return Ok(());
    }
    text.clone_into(&mut bar);
    write!(io::stderr().lock(), "{ERASE}{text}")
}

/// Whether somebody watches a terminal.
pub(crate) fn is_interactive() -> bool {
    io::stdout().is_terminal() && io::stderr().is_terminal()
}
