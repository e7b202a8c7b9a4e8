//! What the thread that draws does: takes keys and snapshots, and draws.

use std::io::IsTerminal;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use mite_core::stats::RunInfo;

use super::canvas::Canvas;
use super::keyboard::Keyboard;
use super::layout::LEAST;
use super::look::Look;
use super::model::Model;
use super::painter;
use super::scene::Scene;
use super::shared::{ScreenSettings, Shared};
use super::state::{Act, State};
use super::view;
use crate::output::RunControl;
use crate::terminal::held::Line;
use crate::terminal::log::{self, Level};
use crate::terminal::size::Size;
use crate::terminal::{alternate, console};

/// The time limit of each wait for a key; then snapshots, the log and the size are polled.
const POLL: Duration = Duration::from_millis(100);

/// The least time between two frames.
const FRAME: Duration = Duration::from_millis(250);

/// The interval at which everything is drawn anew: a journey may have printed into it.
const ANEW: Duration = Duration::from_secs(5);

/// A longer time between two polls means that the process was stopped (Ctrl-Z).
const STOOD_STILL: Duration = Duration::from_secs(2);

/// The thread that draws.
pub(super) struct Drawing {
    shared: Arc<Shared>,
    control: RunControl,
    look: Look,
    model: Model,
    state: State,
    keyboard: Option<Keyboard>,
    log: (u64, Vec<Line>),
    drawn: Option<Canvas>,
    /// When the last frame was drawn, and the last that was drawn anew.
    drawn_at: Option<Instant>,
    anew_at: Instant,
    is_stale: bool,
    marks: u32,
    has_told: bool,
}

impl Drawing {
    pub(super) fn new(settings: ScreenSettings, info: Arc<RunInfo>, shared: Arc<Shared>) -> Self {
        let ScreenSettings { ascii, page, control } = settings;
        Self {
            shared,
            control,
            look: Look::of_environment(ascii),
            model: Model::of(info),
            state: State::new(page),
            // What comes out of a pipe was not typed.
            keyboard: std::io::stdin().is_terminal().then(Keyboard::default),
            log: (0, Vec::new()),
            drawn: None,
            drawn_at: None,
            anew_at: Instant::now(),
            is_stale: true,
            marks: 0,
            has_told: false,
        }
    }

    /// Draws until the run is over or the terminal is gone.
    pub(super) fn go_on(mut self) {
        let mut looked = Instant::now();
        while !self.shared.is_closed.load(Ordering::Acquire) {
            // A stopped process belongs to whoever looks at it.
            while mite_core::is_stopped() {
                std::thread::park();
            }
            if looked.elapsed() > STOOD_STILL {
                self.drawn = None;
                if alternate::stands()
                    && alternate::is_ours()
                    && alternate::enter(console::printed).is_err()
                {
                    break;
                }
            }
            looked = Instant::now();
            let size = alternate::size().filter(|_| alternate::is_ours());
            self.take_snapshot();
            if !self.takes_place(size) {
                std::thread::sleep(POLL);
                continue;
            }
            self.take_keys();
            self.take_log();
            if let Some(size) = size
                && self.draw(size).is_err()
            {
                // The terminal is gone, and whoever was there with it.
                break;
            }
        }
        alternate::leave();
        console::release();
    }

    /// Enters the screen where there is room for it, and leaves it where there is none.
    fn takes_place(&mut self, size: Option<Size>) -> bool {
        let has_room = size.is_some_and(|size| {
            usize::from(size.columns) >= LEAST.0 && usize::from(size.rows) >= LEAST.1
        });
        match (has_room, alternate::stands()) {
            (true, false) => {
                console::show_bar("");
                console::hold();
                self.drawn = None;
                self.shared.is_lines.store(false, Ordering::Release);
                alternate::enter(console::printed).is_ok()
            }
            (false, stands) => {
                if stands {
                    alternate::leave();
                    console::release();
                }
                self.shared.is_lines.store(true, Ordering::Release);
                if let Some(Size { rows, columns }) = size.filter(|_| !self.has_told) {
                    self.has_told = true;
                    log::log(
                        Level::Info,
                        format_args!(
                            "the terminal has {columns} columns and {rows} rows, and the screen needs {} and {}: lines instead",
                            LEAST.0, LEAST.1
                        ),
                    );
                }
                false
            }
            (true, true) => true,
        }
    }

    fn take_snapshot(&mut self) {
        let inbox = &self.shared.inbox;
        let snapshot = inbox.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(snapshot) = snapshot {
            self.model.take(&snapshot, (self.state.sort, self.state.opened()));
            self.is_stale = true;
        }
    }

    fn take_keys(&mut self) {
        let Some(keyboard) = &mut self.keyboard else { return std::thread::sleep(POLL) };
        let Some(bytes) = alternate::typed(POLL) else {
            // There is none, or it is gone; signals still come.
            self.keyboard = None;
            return;
        };
        let keys = match bytes.is_empty() {
            true => keyboard.rest().into_iter().collect(),
            false => keyboard.read(&bytes),
        };
        for key in keys {
            self.is_stale = true;
            match self.state.press(key, &self.model) {
                Some(Act::Stop) => {
                    self.control.stop();
                    self.state.said =
                        Some("draining: journeys in flight may finish; q again ends now".into());
                }
                Some(Act::Mark) => {
                    self.marks += 1;
                    let text = format!("mark {}", self.marks);
                    self.state.said = Some(match self.control.mark(&text) {
                        Ok(()) => format!("marked: {text}"),
                        Err(e) => e.text().to_owned(),
                    });
                }
                Some(Act::Redraw) => self.drawn = None,
                Some(Act::Suspend) => {
                    alternate::suspend();
                    self.drawn = None;
                    return;
                }
                None => {}
            }
        }
    }

    fn take_log(&mut self) {
        if let Some(log) = console::lines(self.log.0) {
            self.log = log;
            self.is_stale = true;
        }
    }

    fn draw(&mut self, size: Size) -> std::io::Result<()> {
        let now = Instant::now();
        if self.drawn_at.is_some_and(|at| now - at < FRAME) || !alternate::stands() {
            return Ok(());
        }
        let has_changed = self.drawn.as_ref().is_none_or(|drawn| {
            (drawn.width, drawn.height) != (size.columns.into(), size.rows.into())
        });
        if now - self.anew_at >= ANEW
            && let Some(drawn) = &mut self.drawn
        {
            drawn.forget();
            (self.is_stale, self.anew_at) = (true, now);
        }
        if !self.is_stale && !has_changed && self.drawn.is_some() {
            return Ok(());
        }
        if self.drawn.is_none() {
            self.anew_at = now;
        }
        let model = self.state.frozen.as_deref().unwrap_or(&self.model);
        let scene = Scene { model, state: &self.state, look: &self.look, log: &self.log.1 };
        let canvas = view::draw(&scene, size);
        let text = painter::difference(self.drawn.as_ref(), &canvas, self.look.colours);
        self.drawn = Some(canvas);
        self.drawn_at = Some(now);
        self.is_stale = false;
        match text.is_empty() {
            true => Ok(()),
            false => alternate::draw(&text),
        }
    }
}
