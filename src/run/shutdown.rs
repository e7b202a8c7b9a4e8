//! When a test ends: by itself, by its duration, or because somebody says so.

use std::time::Duration;

use mite_core::dispatch::Command;
#[cfg(feature = "nats")]
use mite_core::event_loop::EventLoop;
use mite_core::stats::Finding;
use tokio::time::Instant;

#[cfg(feature = "nats")]
use super::request::RunError;
use crate::output::RunControl;
use crate::terminal::log::{self, Level};

/// How long the end may take once everything was told to end.
pub(super) const LAST_WAIT: Duration = Duration::from_secs(2);

/// Why a test is asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// `--duration` is over.
    Duration,
    /// Ctrl-C, a request to terminate, or the terminal is gone: the signal's number.
    Signal(u8),
    /// Nothing succeeds, and all fails in the same way.
    Hopeless,
    /// A limit that says so is broken.
    Limit,
    /// Something that the run stands on is lost.
    Broken,
    /// Every line of the scenario has ended; only journeys in flight remain.
    Lines,
}

/// Steps towards the end: drain, then cancel, then leave.
#[derive(Debug)]
pub(super) struct Shutdown {
    start: Instant,
    /// When the test ends by itself, if that is known.
    planned: Option<Duration>,
    graceful_stop: Duration,
    /// Why it is ending.
    cause: Option<Cause>,
    /// The signal that ended it, and when.
    interrupted: Option<(u8, Duration)>,
    step: Step,
    /// Since when nothing was in flight, as far as is known.
    idle: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Until the duration is over, if there is one.
    Running(Option<Instant>),
    Draining(Instant),
    Cancelling(Instant),
    Left,
}

impl Shutdown {
    /// Of a test that starts at `start`, and is `planned` to end by itself.
    pub(super) fn new(
        start: Instant,
        duration: Option<Duration>,
        planned: Option<Duration>,
        graceful_stop: Duration,
    ) -> Self {
        Self {
            start,
            planned,
            graceful_stop,
            cause: None,
            interrupted: None,
            step: Step::Running(duration.map(|d| start + d)),
            idle: None,
        }
    }

    /// When something must happen next if nothing else does.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.step {
            Step::Running(until) => until,
            Step::Draining(until) | Step::Cancelling(until) => Some(until),
            Step::Left => None,
        }
    }

    /// Why load is not asked for any more; none while it is.
    pub(super) fn cause(&self) -> Option<Cause> {
        self.cause
    }

    /// Whether to wait no longer.
    pub(super) fn has_left(&self) -> bool {
        self.step == Step::Left
    }

    /// The deadline has passed: what to tell the controller.
    pub(super) fn overdue(&mut self, now: Instant) -> Option<Command> {
        match self.step {
            Step::Running(_) => self.ask(now, Cause::Duration),
            Step::Draining(_) => {
                self.step = Step::Cancelling(now + LAST_WAIT);
                Some(Command::Cancel)
            }
            Step::Cancelling(_) => {
                self.step = Step::Left;
                None
            }
            Step::Left => None,
        }
    }

    /// How things look now and then. The end does not wait for a data pool that
    /// does not answer when nothing is in flight.
    pub(super) fn look(&mut self, now: Instant, idle: bool) -> Option<Command> {
        if !idle || !matches!(self.step, Step::Draining(_)) {
            self.idle = None;
            return None;
        }
        let since = *self.idle.get_or_insert(now);
        if now - since < LAST_WAIT { None } else { self.overdue(now) }
    }

    /// Whether a signal ended the test, and not its plan.
    pub(super) fn interrupted(&self) -> Option<Finding> {
        let (signal, after) = self.interrupted?;
        let planned = self.planned.filter(|planned| after < *planned);
        Some(Finding::Interrupted { signal, after, planned })
    }

    /// Somebody asks for the end: what to tell the controller.
    pub(super) fn ask(&mut self, now: Instant, cause: Cause) -> Option<Command> {
        let drained = now.checked_add(self.graceful_stop);
        match (self.step, cause) {
            (Step::Running(_), _) => {
                self.cause = Some(cause);
                // Where the time overflows there is no deadline.
                self.step = Step::Draining(drained.unwrap_or(now + Duration::from_secs(1 << 32)));
                if let Cause::Signal(signal) = cause {
                    self.interrupted = Some((signal, now.saturating_duration_since(self.start)));
                    log::log(
                        Level::Info,
                        format_args!(
                            "stopping: journeys in flight may finish within {:.0} s; interrupt again to end now",
                            self.graceful_stop.as_secs_f64()
                        ),
                    );
                }
                (cause != Cause::Lines).then_some(Command::Drain)
            }
            (Step::Draining(_), Cause::Signal(_)) => {
                log::log(Level::Info, "ending now: journeys in flight are cancelled");
                self.step = Step::Cancelling(now + LAST_WAIT);
                Some(Command::Cancel)
            }
            (Step::Cancelling(_), Cause::Signal(_)) => {
                self.step = Step::Left;
                None
            }
            _ => None,
        }
    }
}

/// What asks a run to end: signals, and outputs with keys or buttons. Listened to all the
/// time, so that nothing is lost that comes while something else is being done.
pub(crate) struct Signals {
    listening: Option<Listening>,
    control: RunControl,
}

#[cfg(unix)]
struct Listening {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
}

#[cfg(windows)]
struct Listening(tokio::signal::windows::CtrlC);

/// What listened before, until the next one takes it: a signal that comes between two who
/// listen would be taken from the system by any runtime of the process, and be lost.
#[cfg(feature = "nats")]
static BETWEEN: std::sync::Mutex<Option<Listening>> = std::sync::Mutex::new(None);

impl Listening {
    /// What listened before, with what it was not asked for yet; a new one if there is none.
    fn next_or_new() -> std::io::Result<Self> {
        #[cfg(feature = "nats")]
        if let Some(before) = BETWEEN.lock().unwrap_or_else(|e| e.into_inner()).take() {
            return Ok(before);
        }
        Self::new()
    }

    #[cfg(unix)]
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    #[cfg(windows)]
    fn new() -> std::io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) -> u8 {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => 2,
            _ = self.terminate.recv() => 15,
            _ = self.hangup.recv() => 1,
        }
        #[cfg(windows)]
        {
            self.0.recv().await;
            2
        }
    }
}

impl Signals {
    /// Listens to signals, unless the test is inside another program, which has its own way.
    ///
    /// # Errors
    /// If the system does not let it.
    pub(crate) fn new(listening: bool, control: RunControl) -> std::io::Result<Self> {
        Ok(Self { listening: listening.then(Listening::next_or_new).transpose()?, control })
    }

    /// Listens to signals alone: there are no outputs that ask for anything.
    ///
    /// # Errors
    /// If the system does not let it.
    #[cfg(feature = "nats")]
    pub(crate) fn listen() -> std::io::Result<Self> {
        Self::new(true, RunControl::default())
    }

    /// Leaves what it listens with to who listens next.
    #[cfg(feature = "nats")]
    fn hand_on(self) {
        *BETWEEN.lock().unwrap_or_else(|e| e.into_inner()) = self.listening;
    }

    /// The number of the next one; what an output asks for is as an interrupt.
    pub(crate) async fn next(&mut self) -> u8 {
        let signal = async {
            match &mut self.listening {
                Some(listening) => listening.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            signal = signal => signal,
            () = self.control.stopped() => 2,
        }
    }
}

/// Does on this thread what may take long, unless a signal comes before.
///
/// # Errors
/// If it fails, or a signal comes.
#[cfg(feature = "nats")]
pub(crate) fn unless_interrupted<T>(
    doing: impl Future<Output = mite_core::error::Result<T>>,
) -> Result<T, RunError> {
    let cannot = |e: std::io::Error| RunError::Start(e.into());
    let events = EventLoop::new().map_err(cannot)?;
    let done = events.run(async {
        let mut signals = Signals::listen().map_err(cannot)?;
        let done = tokio::select! {
            biased;
            done = doing => done.map_err(RunError::Lost),
            signal = signals.next() => Err(RunError::Cut(signal)),
        };
        signals.hand_on();
        done
    });
    // What is under way on another thread is not waited for.
    events.end();
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn ending(start: Instant, duration: Option<Duration>) -> Shutdown {
        Shutdown::new(start, duration, duration, SECOND * 30)
    }

    #[tokio::test(start_paused = true)]
    async fn the_duration_drains_then_cancels_then_leaves() {
        let start = Instant::now();
        let mut ending = ending(start, Some(SECOND * 10));
        assert_eq!(ending.deadline(), Some(start + SECOND * 10));
        assert_eq!(ending.overdue(start + SECOND * 10), Some(Command::Drain));
        assert_eq!(ending.deadline(), Some(start + SECOND * 40));
        assert_eq!(ending.overdue(start + SECOND * 40), Some(Command::Cancel));
        assert_eq!(ending.deadline(), Some(start + SECOND * 42));
        assert!(!ending.has_left());
        assert_eq!(ending.overdue(start + SECOND * 42), None);
        assert!(ending.has_left());
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_signal_drains_and_the_second_cancels() {
        let now = Instant::now();
        let mut ending = ending(now, None);
        assert_eq!(ending.deadline(), None);
        assert_eq!(ending.ask(now, Cause::Signal(2)), Some(Command::Drain));
        assert_eq!(ending.ask(now, Cause::Lines), None);
        assert_eq!(ending.ask(now, Cause::Signal(2)), Some(Command::Cancel));
        assert_eq!(ending.ask(now, Cause::Signal(2)), None);
        assert!(ending.has_left());
    }

    #[tokio::test(start_paused = true)]
    async fn an_output_asks_for_the_end_as_an_interrupt_does() {
        let control = RunControl::default();
        let mut signals = Signals::new(false, control.clone()).unwrap();
        control.stop();
        assert_eq!(signals.next().await, 2);
        let none = tokio::time::timeout(SECOND, signals.next());
        assert!(none.await.is_err());
    }

    #[cfg(all(unix, feature = "nats"))]
    #[test]
    fn a_signal_between_two_who_listen_is_not_lost() {
        let runtime =
            || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        unless_interrupted(async { Ok(()) }).unwrap();
        // That of a connection, say, which takes it from the system.
        runtime().block_on(async {
            let kind = tokio::signal::unix::SignalKind::hangup();
            let mut taken = tokio::signal::unix::signal(kind).unwrap();
            let own = rustix::process::getpid();
            rustix::process::kill_process(own, rustix::process::Signal::HUP).unwrap();
            taken.recv().await.unwrap();
        });
        let told = runtime().block_on(async {
            let mut signals = Signals::listen().unwrap();
            tokio::time::timeout(SECOND * 10, signals.next()).await
        });
        assert_eq!(told, Ok(1));
    }

    #[tokio::test(start_paused = true)]
    async fn with_nothing_in_flight_the_end_is_not_waited_for() {
        let now = Instant::now();
        let mut ending = ending(now, None);
        assert_eq!(ending.look(now, true), None);
        assert_eq!(ending.look(now + SECOND * 9, true), None);
        ending.ask(now, Cause::Signal(2));
        assert_eq!(ending.look(now, true), None);
        assert_eq!(ending.look(now + SECOND, false), None);
        assert_eq!(ending.look(now + SECOND * 2, true), None);
        assert_eq!(ending.look(now + SECOND * 3, true), None);
        assert_eq!(ending.look(now + SECOND * 4, true), Some(Command::Cancel));
    }

    #[tokio::test(start_paused = true)]
    async fn when_all_lines_have_ended_only_the_deadline_counts() {
        let now = Instant::now();
        let mut ending = ending(now, None);
        assert_eq!(ending.ask(now, Cause::Lines), None);
        assert_eq!(ending.deadline(), Some(now + SECOND * 30));
        assert_eq!(ending.overdue(now + SECOND * 30), Some(Command::Cancel));
    }

    #[tokio::test(start_paused = true)]
    async fn a_signal_before_the_planned_end_is_told_with_its_time() {
        let start = Instant::now();
        let after = SECOND * 4;
        for (planned, told) in
            [(None, None), (Some(SECOND * 10), Some(SECOND * 10)), (Some(after), None)]
        {
            let mut shutdown = Shutdown::new(start, None, planned, SECOND * 30);
            assert_eq!(shutdown.interrupted(), None);
            shutdown.ask(start + after, Cause::Signal(15));
            // The second one ends it sooner, and changes nothing of why.
            shutdown.ask(start + SECOND * 5, Cause::Signal(2));
            let expected = Finding::Interrupted { signal: 15, after, planned: told };
            assert_eq!(shutdown.interrupted(), Some(expected));
        }
        // One that comes while the end is under way does not cut the test.
        let mut shutdown = ending(start, Some(SECOND));
        shutdown.overdue(start + SECOND);
        shutdown.ask(start + SECOND * 2, Cause::Signal(2));
        assert_eq!(shutdown.interrupted(), None);
    }
}
