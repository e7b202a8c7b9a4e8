//! The engine's output for people, beside the progress bar.

use std::fmt::Display;
use std::time::Duration;

use mite_core::__private::inventory;
use mite_core::console::{Console, Line, Registered, Stop};

use super::log::{self, Level};
use super::{console, logger, postmortem};

/// How long a panic waits to be written.
const PATIENCE: Duration = Duration::from_millis(200);

struct Speaker;

inventory::submit! {
    Registered(&Speaker)
}

impl Console for Speaker {
    fn print(&self, line: &dyn Display) {
        // Not written as all else is: a test's own lines are for its harness to capture.
        println!("{line}");
    }

    fn log(&self, line: &Line<'_>) {
        logger::journey(line);
    }

    fn warn(&self, text: &str) {
        log::log(Level::Warn, text);
    }

    fn error(&self, text: &str) {
        log::log(Level::Error, text);
        // The process is about to end.
        console::leave_screen();
        console::flush(PATIENCE);
    }

    fn panicked(&self, text: &str, print: &mut dyn FnMut()) {
        // Without a terminal of ours, as under `cargo test`, it is for others to print.
        match console::has_writer() {
            true => {
                log::log(Level::Error, text);
                // A second panic at once ends the process.
                if !console::is_held() {
                    console::flush(PATIENCE);
                }
            }
            false => print(),
        }
    }

    fn stop(&self, stop: &Stop) {
        postmortem::stop(stop)
    }
}
