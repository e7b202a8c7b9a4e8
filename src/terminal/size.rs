//! How large the terminal is.

use std::io::IsTerminal;

/// Rows and columns of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) rows: u16,
    pub(crate) columns: u16,
}

/// Of the terminal behind standard error; `None` if there is none, or it does not say.
pub(crate) fn of_stderr() -> Option<Size> {
    of(&std::io::stderr())
}

/// Columns of the terminal behind standard output; `None` if there is none: what is
/// written to a file or a pipe has lines of any length.
pub(crate) fn columns_of_stdout() -> Option<usize> {
    let out = std::io::stdout();
    if !out.is_terminal() {
        return None;
    }
    of(&out).map(|size| usize::from(size.columns))
}

#[cfg(unix)]
pub(super) fn of(terminal: &impl std::os::fd::AsFd) -> Option<Size> {
    let size = rustix::termios::tcgetwinsize(terminal).ok()?;
    (size.ws_row > 0 && size.ws_col > 0).then_some(Size { rows: size.ws_row, columns: size.ws_col })
}

#[cfg(not(unix))]
fn of<T>(_terminal: &T) -> Option<Size> {
    None
}

/// Whether the terminal knows more than text: `TERM` names it, and not as `dumb`.
pub(crate) fn moves_cursor() -> bool {
    let term = std::env::var("TERM").unwrap_or_default();
    !term.is_empty() && term != "dumb"
}
