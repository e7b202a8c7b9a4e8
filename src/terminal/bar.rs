//! A bar in the last row of the terminal, which does not scroll with the others.
//!
//! Whoever prints while it stands (a journey's `println!`, a library, a program that
//! was started) prints into the rows above it, wherever the cursor is, and need not
//! know of it: the terminal's scroll region (DECSTBM) ends above the bar, and the
//! cursor is put back after each drawing. What is drawn is one write, which no other
//! can get into.

use std::sync::atomic::{AtomicBool, Ordering};

use super::size::{self, Size};

/// Makes all rows scroll, and clears the last one. The terminal takes 999 for its last.
const TAKE_AWAY: &str = "\x1b7\x1b[r\x1b[999;1H\x1b[2K\x1b8";

/// Makes all rows scroll, and leaves the cursor outside of the last: down a row, which
/// scrolls at the end of the screen, and up again. A vertical tab keeps the column.
const MAKE_ROOM: &str = "\x1b7\x1b[r\x1b8\x0b\x1b[A";

/// A terminal of fewer rows has none to spare.
const FEWEST_ROWS: u16 = 4;

/// Whether a bar stands in the terminal.
static STANDS: AtomicBool = AtomicBool::new(false);

/// How large the terminal is, if a bar can stand in it: not if that is not known, and
/// not in one that knows no more than text.
pub(crate) fn size() -> Option<Size> {
    if !size::moves_cursor() {
        return None;
    }
    size::of_stderr().filter(|size| size.rows >= FEWEST_ROWS)
}

/// What has to be written for a bar to stand, to change and to go.
#[derive(Default)]
pub(super) struct Bar {
    /// The size of the terminal when room was made.
    made_for: Option<Size>,
}

impl Bar {
    /// Shows `text` in place of what stands; an empty text takes the bar away.
    pub(super) fn show(&mut self, text: &str, size: Option<Size>) -> String {
        let Some(size @ Size { rows, .. }) = size.filter(|_| !text.is_empty()) else {
            self.made_for = None;
            return take_away().to_owned();
        };
        let room = match self.made_for.replace(size) == Some(size) {
            true => "",
            false => MAKE_ROOM,
        };
        STANDS.store(true, Ordering::Release);
        // The region again each time: others may have reset the terminal.
        format!("{room}\x1b7\x1b[1;{}r\x1b[{rows};1H\x1b[0m\x1b[2K{text}\x1b8", rows - 1)
    }
}

/// What has to be written for the bar to be gone: nothing if none stands.
pub(super) fn take_away() -> &'static str {
    if STANDS.swap(false, Ordering::AcqRel) { TAKE_AWAY } else { "" }
}
