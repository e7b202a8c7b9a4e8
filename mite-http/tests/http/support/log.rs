//! What journeys log.

use std::sync::{Mutex, PoisonError};

use mite_core::__private::inventory;
use mite_core::console::{Console, Line, Registered};

/// The lines of all tests of this process.
static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Log;

impl Console for Log {
    fn log(&self, line: &Line<'_>) {
        LINES.lock().unwrap_or_else(PoisonError::into_inner).push(line.text.to_string());
    }
}

inventory::submit! { Registered(&Log) }

/// The lines so far that have this in them.
pub(crate) fn logged(text: &str) -> Vec<String> {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    lines.iter().filter(|line| line.contains(text)).cloned().collect()
}
