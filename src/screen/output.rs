//! The screen as an output of a run, and the thread that draws it.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mite_core::error::Result;
use mite_core::stats::{RunInfo, Snapshot, Summary};

use super::drawing::Drawing;
use super::shared::{ScreenSettings, Shared};
use crate::output::{LineOutput, Output, ProgressOutput};
use crate::terminal::alternate;
use crate::terminal::console;

/// How long the end waits for a screen that cannot be drawn.
const PATIENCE: Duration = Duration::from_secs(1);

/// A full-screen terminal; lines and a bar where there is no room for it.
pub(crate) struct ScreenOutput {
    settings: Option<ScreenSettings>,
    lines: Option<LineOutput>,
    bar: ProgressOutput,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl ScreenOutput {
    /// With `lines` for a terminal that is too small, if they are wanted at all.
    pub(crate) fn new(settings: ScreenSettings, lines: Option<LineOutput>) -> Self {
        Self {
            settings: Some(settings),
            lines,
            bar: ProgressOutput,
            shared: Arc::default(),
            thread: None,
        }
    }

    /// Leaves the screen; what it kept is written where it stays.
    fn close(&mut self) {
        self.shared.is_closed.store(true, Ordering::Release);
        let until = Instant::now() + PATIENCE;
        if let Some(thread) = self.thread.take() {
            // One that is inside the terminal ends with the process.
            while !thread.is_finished() && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        alternate::close();
        console::release();
    }
}

impl Output for ScreenOutput {
    fn name(&self) -> &'static str {
        "screen"
    }

    fn start(&mut self, info: &RunInfo) -> Result {
        let Some(settings) = self.settings.take() else { return Ok(()) };
        let (shared, info) = (self.shared.clone(), Arc::new(info.clone()));
        let draw = move || {
            let drawing = Drawing::new(settings, info, shared.clone());
            // A fault of the screen costs the screen: the terminal is restored, and lines
            // take its place.
            let done = mite_core::caught(|| drawing.go_on());
            shared.is_lines.store(true, Ordering::Release);
            if let Err(panic) = done {
                alternate::close();
                console::release();
                console::note(format_args!(
                    "the screen failed: {} ({}); lines from here on",
                    panic.message(),
                    panic.location()
                ));
            }
        };
        self.thread = Some(std::thread::Builder::new().name("draw".into()).spawn(draw)?);
        Ok(())
    }

    fn show(&mut self, snapshot: &Arc<Snapshot>) -> io::Result<()> {
        let mut inbox = self.shared.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        *inbox = Some(snapshot.clone());
        drop(inbox);
        if self.shared.is_lines.load(Ordering::Acquire) {
            self.bar.show(snapshot)?;
            if let Some(lines) = &mut self.lines {
                lines.show(snapshot)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        self.close();
        self.bar.finish(summary)
    }
}

impl Drop for ScreenOutput {
    /// A run that breaks off leaves no screen behind.
    fn drop(&mut self) {
        self.close();
    }
}
