//! Which journey a runner's loop is inside, for whoever watches from outside.

use std::cell::Cell;
use std::fs::File;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// A sign of life that another thread may read: which poll of which journey the
/// loop is in. A loop that is in the same poll for long is blocked.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    poll: AtomicU64,
    /// Where the system tells how the thread fares.
    schedule: OnceLock<File>,
}

/// How a thread has spent its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreTime {
    /// On a core.
    pub cpu: Duration,
    /// Able to run, without a core.
    pub waited: Duration,
}

const LINE_BITS: u32 = 16;

impl Pulse {
    /// The poll that the loop is in: its number and the index of the journey, counted over all lines.
    /// `None` between polls.
    pub fn read(&self) -> Option<(u64, usize)> {
        match self.0.poll.load(Ordering::Relaxed) {
            0 => None,
            n => Some((n >> LINE_BITS, (n & ((1 << LINE_BITS) - 1)) as usize - 1)),
        }
    }

    /// How the runner's thread has spent its time so far; none where the system does
    /// not say (`/proc/…/schedstat` of Linux does).
    pub fn core_time(&self) -> Option<CoreTime> {
        core_time(self.0.schedule.get()?)
    }

    /// On the runner's own thread: others may ask how it fares from now on.
    pub(super) fn open(&self) {
        if let Ok(file) = File::open("/proc/thread-self/schedstat") {
            let _ = self.0.schedule.set(file);
        }
    }
}

#[cfg(unix)]
fn core_time(file: &File) -> Option<CoreTime> {
    use std::os::unix::fs::FileExt;
    let mut text = [0; 64];
    let length = file.read_at(&mut text, 0).ok()?;
    parse(std::str::from_utf8(&text[..length]).ok()?)
}

#[cfg(not(unix))]
fn core_time(_file: &File) -> Option<CoreTime> {
    None
}

/// Nanoseconds on a core, nanoseconds without one, and how often it got one.
#[cfg(unix)]
fn parse(text: &str) -> Option<CoreTime> {
    let mut numbers = text.split_whitespace().map(|n| n.parse().map(Duration::from_nanos));
    let (cpu, waited) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    Some(CoreTime { cpu, waited })
}

/// The writing end, on the runner's own thread.
pub(super) struct Pulsing {
    pulse: Pulse,
    polls: Cell<u64>,
}

impl Pulsing {
    pub(super) fn new(pulse: Pulse) -> Self {
        Self { pulse, polls: Cell::new(0) }
    }

    pub(super) fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    pub(super) fn enter(&self, line: usize) {
        let n = self.polls.get() + 1;
        self.polls.set(n);
        self.pulse.0.poll.store(n << LINE_BITS | (line as u64 + 1), Ordering::Relaxed);
    }

    pub(super) fn leave(&self) {
        self.pulse.0.poll.store(0, Ordering::Relaxed);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_of_a_thread_is_read() {
        let read = parse("420578 355399 6\n");
        let time = |cpu, waited| CoreTime {
            cpu: Duration::from_nanos(cpu),
            waited: Duration::from_nanos(waited),
        };
        assert_eq!(read, Some(time(420_578, 355_399)));
        assert_eq!((parse(""), parse("7"), parse("x 7 1")), (None, None, None));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn time_on_a_core_grows_with_work() {
        let pulse = Pulse::default();
        assert_eq!(pulse.core_time(), None);
        pulse.open();
        let before = pulse.core_time().expect("Linux says it");
        let mut n = 0u64;
        while pulse.core_time().expect("still").cpu < before.cpu + Duration::from_millis(20) {
            n = std::hint::black_box(n + 1);
        }
        assert!(n > 0);
    }
}
