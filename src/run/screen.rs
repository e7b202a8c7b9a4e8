//! People and tests that watch a run.

use std::borrow::Cow;
use std::time::Duration;

use mite_core::message::{Batch, Interest, Message, MessageRef};
use tokio::sync::mpsc;

use crate::listener::{Listener, Remarks};
use crate::terminal::console;
use crate::terminal::log::{self, Level};

/// Once a second and once at the end, with upstream's fields: `test`, `required` and
/// `actual` (journeys at once by number of line), `num_runners`.
pub(super) const CONTROLLER_REPORT: &str = "controller_report";

/// A journey's way to say something to the person who runs it.
const DEBUG_CONSOLE: &str = "debug_console_message";

/// Whoever watches: the screen, a test.
pub(crate) struct Screen {
    /// Whether every message is printed.
    show: bool,
    capture: Option<mpsc::UnboundedSender<Message>>,
}

impl Screen {
    pub(crate) fn new(show: bool, capture: Option<mpsc::UnboundedSender<Message>>) -> Self {
        Self { show, capture }
    }

    fn hear(&self, message: MessageRef<'_>) {
        // The screen has the run's line for what the controller reports.
        if self.show && message.kind() != CONTROLLER_REPORT {
            // Whoever reads may have gone away.
            let _ = console::print(format_args!("{}", message.to_message()));
        }
        if message.kind() == DEBUG_CONSOLE
            && let Some(text) = message.get::<String>("text").filter(|text| !text.is_empty())
        {
            log::log(Level::Info, format_args!("debug console: {text}"));
        }
        if let Some(capture) = &self.capture {
            // Whoever captures may have stopped looking.
            let _ = capture.send(message.to_message());
        }
    }
}

impl Listener for Screen {
    fn name(&self) -> Cow<'_, str> {
        "screen".into()
    }

    fn interest(&self) -> Interest {
        match !self.show && self.capture.is_none() {
            true => Interest::Kinds(vec![DEBUG_CONSOLE.into()]),
            false => Interest::Everything,
        }
    }

    fn rest(&self) -> Duration {
        Duration::from_millis(10)
    }

    fn take(&mut self, messages: &Batch) {
        messages.iter().for_each(|message| self.hear(message));
    }

    fn finish(&mut self, _lost: u64) -> Remarks {
        Remarks::default()
    }
}
