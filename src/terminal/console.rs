//! Standard output and standard error, with one writer for all that mite shows.
//!
//! While a test runs, a thread of its own writes, so that a terminal that takes
//! nothing (Ctrl-S, a reader that is stuck) holds up nobody who must go on: lines of
//! the log that find the queue full are dropped and counted. Before and after, and
//! in commands that run nothing, whoever prints writes.

use std::collections::VecDeque;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use mite_core::secret;

use super::bar::{self, Bar};
use super::held::{Held, Kind, Line};
use super::plain::plain;
use super::style;

/// Bytes that wait to be written; who may wait does so beyond that.
const QUEUE: usize = 1 << 20;

/// How long something that is being written is waited for.
#[cfg(all(unix, feature = "terminal"))]
const PATIENCE: Duration = Duration::from_millis(200);

static CONSOLE: Console = Console { state: Mutex::new(State::new()), changed: Condvar::new() };

struct Console {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// Whether there is a thread that writes.
    has_writer: bool,
    /// Whether that thread is writing something that it took from the queue.
    is_writing: bool,
    queue: VecDeque<Text>,
    queued: usize,
    /// The bar that is to stand; empty for none.
    bar: String,
    bar_changed: bool,
    /// Nothing more will be shown.
    is_closed: bool,
    dropped: u64,
    /// Why standard output can no longer be written.
    failed: Option<(io::ErrorKind, String)>,
    /// What is kept while a screen hides the terminal.
    held: Option<Held>,
    /// How many lines have been kept.
    kept: u64,
}

struct Text {
    stream: Stream,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stream {
    Out,
    Err,
}

impl State {
    const fn new() -> Self {
        Self {
            has_writer: false,
            is_writing: false,
            queue: VecDeque::new(),
            queued: 0,
            bar: String::new(),
            bar_changed: false,
            is_closed: false,
            dropped: 0,
            failed: None,
            held: None,
            kept: 0,
        }
    }

    fn push(&mut self, stream: Stream, text: String) {
        self.queued += text.len();
        self.queue.push_back(Text { stream, text });
    }

    fn failure(&self) -> io::Result<()> {
        match &self.failed {
            Some((kind, text)) => Err(io::Error::new(*kind, text.clone())),
            None => Ok(()),
        }
    }
}

fn state() -> MutexGuard<'static, State> {
    CONSOLE.state.lock().unwrap_or_else(|e| e.into_inner())
}

fn wait(state: MutexGuard<'static, State>) -> MutexGuard<'static, State> {
    CONSOLE.changed.wait(state).unwrap_or_else(|e| e.into_inner())
}

/// Starts the thread that writes from now on, if there is none.
///
/// # Errors
/// If it cannot be started.
pub(crate) fn start() -> io::Result<()> {
    let mut state = state();
    if !state.has_writer {
        std::thread::Builder::new().name("terminal".into()).spawn(write_for_ever)?;
        state.has_writer = true;
    }
    Ok(())
}

/// Writes what is queued; ends with the process.
fn write_for_ever() {
    let (mut held, mut bar) = (state(), Bar::default());
    loop {
        while (held.queue.is_empty() && !held.bar_changed) || held.held.is_some() {
            held = wait(held);
        }
        let texts = std::mem::take(&mut held.queue);
        let text = std::mem::take(&mut held.bar_changed).then(|| held.bar.clone());
        held.is_writing = true;
        drop(held);
        // A stopped process is looked at: nothing more is shown.
        while mite_core::is_stopped() {
            std::thread::park();
        }
        let change = text.map(|text| bar.show(&text, bar::size())).unwrap_or_default();
        let written = write(&texts, &change);
        held = state();
        held.is_writing = false;
        held.queued -= texts.iter().map(|text| text.text.len()).sum::<usize>();
        if let Err(e) = written
            && held.failed.is_none()
        {
            held.failed = Some((e.kind(), e.to_string()));
        }
        CONSOLE.changed.notify_all();
    }
}

/// Writes texts, and what changes the bar. What standard error does not take is lost:
/// there is no place left to say so.
fn write(texts: &VecDeque<Text>, change: &str) -> io::Result<()> {
    let mut done = Ok(());
    for Text { stream, text } in texts {
        match stream {
            Stream::Err => drop(io::stderr().write_all(text.as_bytes())),
            Stream::Out if done.is_ok() => done = write_out(text),
            Stream::Out => {}
        }
    }
    let _ = io::stderr().write_all(change.as_bytes());
    done
}

fn write_out(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Writes a line, or several, to standard output; waits for room, but not until it
/// is written.
///
/// # Errors
/// If standard output cannot be written, this or what came before.
pub(crate) fn print(text: impl Display) -> io::Result<()> {
    put(format!("{}\n", plain(&text.to_string())))
}

/// As [`print`], of a text with marks of [styles](style).
///
/// # Errors
/// See [`print`].
pub(crate) fn print_styled(text: &str) -> io::Result<()> {
    put(format!("{}\n", style::painted(text, style::has_colours(&io::stdout()))))
}

fn put(text: String) -> io::Result<()> {
    let mut held = state();
    if !held.has_writer {
        return write_out(&text);
    }
    while held.queued > QUEUE && held.failed.is_none() {
        held = wait(held);
    }
    held.failure()?;
    held.push(Stream::Out, text);
    CONSOLE.changed.notify_all();
    Ok(())
}

/// Waits until all that was printed is written.
///
/// # Errors
/// If some of it cannot be.
pub(crate) fn written() -> io::Result<()> {
    let mut held = state();
    while held.has_writer && (held.is_writing || !held.queue.is_empty()) {
        held = wait(held);
    }
    held.failure()
}

/// Writes a line, or several, to standard error, without secrets; never waits while a
/// test runs.
pub(crate) fn note(text: impl Display) {
    note_line(text, Kind::Urgent);
}

/// As [`note`]; while a screen hides the terminal it is kept, and written afterwards if it
/// is urgent.
pub(crate) fn note_line(text: impl Display, kind: Kind) {
    let text = text.to_string();
    let text = secret::masked(&text);
    let text = plain(&text);
    let mut held = state();
    if !held.has_writer {
        let _ = writeln!(io::stderr().lock(), "{text}");
        return;
    }
    if let Some(hidden) = &mut held.held {
        hidden.keep(Line { text: text.into_owned(), kind });
        held.kept += 1;
        return;
    }
    if held.queued > QUEUE {
        held.dropped += 1;
        return;
    }
    let mut text = format!("{text}\n");
    if let dropped @ 1.. = std::mem::take(&mut held.dropped) {
        let lines = mite_core::units::count(dropped, "line");
        text.insert_str(0, &format!("… {lines} left out: the terminal was too slow\n"));
    }
    held.push(Stream::Err, text);
    CONSOLE.changed.notify_all();
}

/// Whether a thread of its own writes.
pub(crate) fn has_writer() -> bool {
    // Whoever panics may hold the lock.
    CONSOLE.state.try_lock().is_ok_and(|held| held.has_writer)
}

/// Writes a line, or several, to standard error, past everything that waits to be
/// written: for a process that has been stopped and shows nothing else any more.
pub(crate) fn note_now(text: impl Display) {
    leave_screen();
    let gone = bar::take_away();
    let _ = writeln!(io::stderr().lock(), "{gone}{}", plain(&text.to_string()));
}

/// From now on nothing is written: a screen hides the terminal. What is being written is
/// waited for, but not long.
#[cfg(all(unix, feature = "terminal"))]
pub(crate) fn hold() {
    let until = Instant::now() + PATIENCE;
    let mut held = state();
    if !held.has_writer {
        return;
    }
    held.held.get_or_insert_default();
    while held.is_writing && Instant::now() < until {
        held = CONSOLE.changed.wait_timeout(held, PATIENCE).unwrap_or_else(|e| e.into_inner()).0;
    }
}

/// Writes again, and first what should be seen of the time in which nothing was written.
pub(crate) fn release() {
    let mut held = state();
    let Some(Held { kept, left_out, .. }) = held.held.take() else { return };
    if left_out > 0 {
        let lines = mite_core::units::count(left_out, "line");
        held.push(Stream::Err, format!("… {lines} before these\n"));
    }
    for Line { text, kind } in kept {
        let stream = if kind == Kind::Printed { Stream::Out } else { Stream::Err };
        held.push(stream, format!("{text}\n"));
    }
    CONSOLE.changed.notify_all();
}

/// A line that somebody has printed while a screen hides the terminal, or just did.
#[cfg(all(unix, feature = "terminal"))]
pub(crate) fn printed(line: &str) {
    let text = plain(line).into_owned();
    let mut held = state();
    match &mut held.held {
        Some(hidden) => {
            hidden.keep(Line { text, kind: Kind::Printed });
            held.kept += 1;
        }
        None => held.push(Stream::Out, format!("{text}\n")),
    }
    CONSOLE.changed.notify_all();
}

/// Whether a screen hides the terminal.
pub(crate) fn is_held() -> bool {
    CONSOLE.state.try_lock().is_ok_and(|held| held.held.is_some())
}

/// The last lines, if more have come than the `known` ones; and how many came.
#[cfg(all(unix, feature = "terminal"))]
pub(crate) fn lines(known: u64) -> Option<(u64, Vec<Line>)> {
    let held = state();
    if held.kept == known {
        return None;
    }
    let lines = held.held.as_ref().map(|held| held.shown.iter().cloned().collect());
    Some((held.kept, lines.unwrap_or_default()))
}

/// Puts up a bar in place of the one before; an empty text takes it away.
pub(crate) fn show_bar(text: &str) {
    let mut held = state();
    if held.bar != text && !held.is_closed {
        text.clone_into(&mut held.bar);
        held.bar_changed = true;
        CONSOLE.changed.notify_all();
    }
}

/// Gives what is queued up to `limit` to be written; whatever is not may be lost.
pub(crate) fn flush(limit: Duration) {
    let until = Instant::now() + limit;
    let mut held = state();
    while held.has_writer && (held.is_writing || held.bar_changed || !held.queue.is_empty()) {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        held = CONSOLE.changed.wait_timeout(held, left).unwrap_or_else(|e| e.into_inner()).0;
    }
}

/// Takes the screen and the bar away for good, and gives what is queued up to `limit` to be written.
pub(crate) fn close(limit: Duration) {
    leave_screen();
    show_bar("");
    state().is_closed = true;
    flush(limit);
}

/// Leaves the screen for good, if there is one: what is written from here on stays.
pub(crate) fn leave_screen() {
    #[cfg(all(unix, feature = "terminal"))]
    super::alternate::close();
    release();
}

/// Whether somebody watches a terminal.
pub(crate) fn is_interactive() -> bool {
    io::stdout().is_terminal() && io::stderr().is_terminal()
}
