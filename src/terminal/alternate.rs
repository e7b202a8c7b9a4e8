//! The alternate screen of the terminal, and its keyboard key by key.
//!
//! It is left whatever ends the process by itself, from whatever thread: what the
//! keyboard was is kept, and leaving twice does nothing. Signals stay signals: Ctrl-C
//! interrupts, also if nobody can draw because nobody reads the terminal.

use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, TryLockError};
use std::time::{Duration, Instant};

use super::printed as print;
use super::size::{self, Size};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp,
    tcsetattr,
};

/// The alternate screen, without a cursor.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[0m\x1b[H\x1b[2J";

/// Plain text, all rows scroll, the cursor is seen, the screen from before.
const LEAVE: &str = "\x1b[0m\x1b[r\x1b[?25h\x1b[?1049l";

/// The time limit for leaving it, on a terminal that takes no more bytes.
const PATIENCE: Duration = Duration::from_millis(500);

/// A character that is none (`_POSIX_VDISABLE`).
const NONE: u8 = if cfg!(target_os = "linux") { 0 } else { 0xff };

/// The terminal itself, whatever standard error is meanwhile.
static TERMINAL: OnceLock<OwnedFd> = OnceLock::new();

/// Whether it stands; held while something is written to it.
static STANDS: Mutex<bool> = Mutex::new(false);

/// How the keyboard was before.
static KEYBOARD: Mutex<Option<Termios>> = Mutex::new(None);

/// It is left for good.
static CLOSED: AtomicBool = AtomicBool::new(false);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

/// The terminal behind standard error.
fn terminal() -> io::Result<&'static OwnedFd> {
    if let Some(terminal) = TERMINAL.get() {
        return Ok(terminal);
    }
    let own = io::stderr().as_fd().try_clone_to_owned()?;
    Ok(TERMINAL.get_or_init(|| own))
}

/// How large it is.
pub(crate) fn size() -> Option<Size> {
    size::of(terminal().ok()?)
}

/// Whether the terminal is this process's to draw on, and not that of another in the
/// foreground.
pub(crate) fn is_ours() -> bool {
    if CLOSED.load(Ordering::Acquire) {
        return false;
    }
    let group = terminal().ok().and_then(|terminal| tcgetpgrp(terminal).ok());
    // Whoever has no terminal of its own cannot be in its background.
    group.is_none_or(|group| group == rustix::process::getpgrp())
}

/// Enters it, or does so again after the process stood still. What is printed meanwhile
/// goes to `printed`, line by line.
///
/// # Errors
/// If the terminal cannot be written.
pub(crate) fn enter(printed: fn(&str)) -> io::Result<()> {
    let mut stands = lock(&STANDS);
    if CLOSED.load(Ordering::Acquire) {
        return Ok(());
    }
    let keyboard = io::stdin();
    if keyboard.is_terminal()
        && let Ok(before) = tcgetattr(&keyboard)
    {
        let mut modes = before.clone();
        modes.local_modes -=
            LocalModes::ICANON | LocalModes::ECHO | LocalModes::ECHONL | LocalModes::IEXTEN;
        modes.input_modes -= InputModes::ICRNL | InputModes::INLCR | InputModes::IXON;
        // Ctrl-Z must leave the screen first; Ctrl-\ would leave it as it is.
        modes.special_codes[SpecialCodeIndex::VSUSP] = NONE;
        modes.special_codes[SpecialCodeIndex::VQUIT] = NONE;
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        lock(&KEYBOARD).get_or_insert(before);
        let _ = tcsetattr(&keyboard, OptionalActions::Now, &modes);
    }
    *stands = true;
    // Whoever prints meanwhile would print over it; without a pipe, it does.
    let _ = print::capture(printed);
    write(ENTER)
}

/// Whether it stands.
pub(crate) fn stands() -> bool {
    *lock(&STANDS)
}

/// Writes to it, if it stands.
///
/// # Errors
/// If the terminal cannot be written: it is gone.
pub(crate) fn draw(text: &str) -> io::Result<()> {
    let stands = lock(&STANDS);
    if *stands && !CLOSED.load(Ordering::Acquire) { write(text) } else { Ok(()) }
}

/// Leaves it, if it stands. On a terminal that takes no more bytes only the keyboard is
/// restored.
pub(crate) fn leave() {
    let until = Instant::now() + PATIENCE;
    let stands = loop {
        match STANDS.try_lock() {
            Ok(stands) => break Some(stands),
            Err(TryLockError::Poisoned(stands)) => break Some(stands.into_inner()),
            Err(TryLockError::WouldBlock) if Instant::now() >= until => break None,
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    if let Some(mut stands) = stands
        && std::mem::take(&mut *stands)
        && is_writable()
    {
        let _ = write(LEAVE);
    }
    print::restore();
    if let Some(before) = lock(&KEYBOARD).take() {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
    }
}

/// Leaves it for good: nothing is drawn any more.
pub(crate) fn close() {
    CLOSED.store(true, Ordering::Release);
    leave();
}

/// Whether the terminal takes something at once.
fn is_writable() -> bool {
    let limit = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
    let Ok(own) = terminal() else { return false };
    let mut terminal = [PollFd::new(own, PollFlags::OUT)];
    matches!(poll(&mut terminal, Some(&limit)), Ok(1..))
        && terminal[0].revents().contains(PollFlags::OUT)
}

/// Past the locks of the standard library: a thread that prints an error must not wait for
/// a terminal that takes no more bytes.
fn write(text: &str) -> io::Result<()> {
    let terminal = terminal()?;
    let mut left = text.as_bytes();
    while !left.is_empty() {
        match rustix::io::write(terminal, left) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => left = &left[n..],
            Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}

/// What was typed, waited for until `limit`; nothing if there is no keyboard, `None` if
/// it is gone.
pub(crate) fn typed(limit: Duration) -> Option<Vec<u8>> {
    let keyboard = io::stdin();
    let limit = Timespec { tv_sec: 0, tv_nsec: i64::from(limit.subsec_nanos()) };
    let mut keys = [PollFd::new(&keyboard, PollFlags::IN)];
    match poll(&mut keys, Some(&limit)) {
        Ok(0) | Err(rustix::io::Errno::INTR) => return Some(Vec::new()),
        Ok(_) => {}
        Err(_) => return None,
    }
    let mut bytes = [0; 256];
    match rustix::io::read(&keyboard, &mut bytes) {
        Ok(n @ 1..) => Some(bytes[..n].to_vec()),
        Err(rustix::io::Errno::INTR) => Some(Vec::new()),
        Ok(0) | Err(_) => None,
    }
}

/// Stops this process and all of its group, as Ctrl-Z does, until it may go on.
pub(crate) fn suspend() {
    leave();
    let _ = rustix::process::kill_current_process_group(rustix::process::Signal::TSTP);
    // The signal may reach another thread first.
    std::thread::sleep(Duration::from_millis(100));
}
