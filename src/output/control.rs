//! What an output with keys or buttons may ask of the run.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use mite_core::control::{ByHand, Throttle};
use mite_core::error::{Error, Result};
use mite_core::stats::Finding;
use mite_core::units;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Marks that may wait for the run to take them, which it does once a second.
const MOST: usize = 200;

/// Asks things of a run from outside of it, from whatever thread: clones ask the same
/// run. Made before the run, handed to whoever may ask, and to the run itself
/// ([`RunRequest::control`](crate::run::RunRequest)).
#[derive(Clone, Debug, Default)]
pub(crate) struct RunControl(Arc<Asked>);

#[derive(Debug, Default)]
struct Asked {
    marks: Mutex<Vec<(Instant, String)>>,
    stop: Notify,
    changes: Mutex<VecDeque<Change>>,
    changed: Notify,
    /// What the load is once all that was asked has happened.
    wanted: Mutex<Throttle>,
    by_hand: Mutex<ByHand>,
}

/// How load is to change while it runs.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(
    not(any(feature = "nats", feature = "web")),
    allow(dead_code, reason = "for pages and commands")
)]
pub(crate) enum Change {
    /// Start nothing until it goes on.
    Pause,
    /// Go on.
    Resume,
    /// Multiply what the scenario asks for; twice ×1.5 is ×1.5.
    Scale(f64),
}

/// Greatest factor: what is more is a slip of the finger.
const LARGEST: f64 = 1_000.0;

impl Change {
    /// Reads a factor, such as `×1.5`, `x1.5`, `1.5` or `150%`.
    ///
    /// # Errors
    /// If it is none; the text says what is.
    #[cfg_attr(
        not(any(feature = "nats", feature = "web")),
        allow(dead_code, reason = "for pages and commands")
    )]
    pub(crate) fn scale(text: &str) -> Result<Self, String> {
        let number = text.trim().trim_start_matches(['×', 'x', 'X', '*']).trim();
        let factor = match number.strip_suffix('%') {
            Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
            None => number.parse(),
        };
        match factor {
            Ok(0.0) => Err("×0 would be no load at all; pause it instead".to_owned()),
            Ok(factor) if (0.0..=LARGEST).contains(&factor) => Ok(Self::Scale(factor)),
            _ => Err(format!(
                "`{}` is no factor of the load; give one such as ×1.5, 0.5 or 150%, ×{LARGEST} at most",
                text.trim()
            )),
        }
    }

    /// What the load is with it.
    fn of(self, throttle: Throttle) -> Throttle {
        match self {
            Self::Pause => Throttle { paused: true, ..throttle },
            Self::Resume => Throttle { paused: false, ..throttle },
            Self::Scale(factor) => Throttle { factor, ..throttle },
        }
    }

    /// What is said of it once it is asked for, and the load is that with it.
    fn answer(self, wanted: Throttle) -> String {
        match self {
            Self::Scale(factor) if wanted.paused => {
                format!("the load is paused; it is ×{factor} of what is planned once it goes on")
            }
            Self::Pause => {
                "the load is paused: what runs may finish, nothing new starts".to_owned()
            }
            Self::Resume => "the load goes on".to_owned(),
            Self::Scale(factor) => format!("the load is ×{factor} of what is planned from now on"),
        }
    }
}

impl RunControl {
    /// Marks this moment in the course of the run: with the next tick it is in the log
    /// and in [`Snapshot::marks`](mite_core::stats::Snapshot::marks).
    ///
    /// # Errors
    /// If there is no text, or more than anybody can want.
    #[cfg_attr(
        not(any(feature = "terminal", feature = "web")),
        allow(dead_code, reason = "for keys and pages")
    )]
    pub(crate) fn mark(&self, text: &str) -> Result {
        if text.trim().is_empty() {
            return Err(Error::new("a mark needs a text, such as `deployed v2`"));
        }
        let mut marks = self.0.marks.lock().unwrap_or_else(|e| e.into_inner());
        if marks.len() >= MOST {
            return Err(Error::new(format!("there were {MOST} marks within a second")));
        }
        marks.push((Instant::now(), text.to_owned()));
        Ok(())
    }

    /// Asks the run to end, as Ctrl-C does: the first time journeys may finish, the second
    /// time they are cancelled, and so on.
    #[cfg_attr(
        not(any(feature = "terminal", feature = "web")),
        allow(dead_code, reason = "for keys and pages")
    )]
    pub(crate) fn stop(&self) {
        self.0.stop.notify_one();
    }

    /// Changes the load, and says so in words. It is marked in the course of the run when
    /// that has happened.
    #[cfg_attr(
        not(any(feature = "nats", feature = "web")),
        allow(dead_code, reason = "for pages and commands")
    )]
    pub(crate) fn change(&self, change: Change) -> String {
        let mut wanted = lock(&self.0.wanted);
        *wanted = change.of(*wanted);
        lock(&self.0.changes).push_back(change);
        self.0.changed.notify_one();
        change.answer(*wanted)
    }

    /// The next change that somebody asks for. May be dropped and asked again.
    pub(crate) async fn changed(&self) -> Change {
        loop {
            if let Some(change) = lock(&self.0.changes).pop_front() {
                return change;
            }
            self.0.changed.notified().await;
        }
    }

    /// Says what is made of the load from that time of the test on, and marks it.
    pub(crate) fn is_throttled(&self, at: Duration, throttle: Throttle) {
        let mut by_hand = lock(&self.0.by_hand);
        *by_hand = by_hand.turned(at, throttle);
        // Past the bound on those of people: there are not so many.
        lock(&self.0.marks).push((Instant::now(), load(throttle)));
    }

    /// Knows what was made of the load, as the controller says.
    pub(crate) fn follow(&self, by_hand: ByHand) {
        *lock(&self.0.by_hand) = by_hand;
    }

    /// The run was led by another controller until now, and its load is what that one was
    /// asked for: marks that, unless it is as planned.
    pub(crate) fn take_up(&self, by_hand: ByHand) {
        let ByHand { throttle, since, .. } = by_hand;
        self.follow(by_hand);
        *lock(&self.0.wanted) = throttle;
        if throttle != Throttle::default() {
            let text = format!("{}, since {} of the test", load(throttle), units::clock(since));
            lock(&self.0.marks).push((Instant::now(), text));
        }
    }

    /// For how long load was paused until that time of the test.
    pub(crate) fn paused(&self, until: Duration) -> Duration {
        lock(&self.0.by_hand).until(until).paused
    }

    /// What was made by hand of a load that ended at that time of the test.
    pub(crate) fn changed_by_hand(&self, end: Duration) -> Option<Finding> {
        let ByHand { paused, scaled, least, most, .. } = lock(&self.0.by_hand).until(end);
        let changed = !paused.is_zero() || !scaled.is_zero();
        changed.then_some(Finding::LoadChanged { paused, scaled, least, most })
    }

    /// What was made of the load, in words.
    #[cfg_attr(not(feature = "nats"), allow(dead_code, reason = "for commands"))]
    pub(crate) fn load(&self) -> String {
        load(lock(&self.0.by_hand).throttle)
    }

    /// The marks that came since this was asked before.
    pub(crate) fn take_marks(&self) -> Vec<(Instant, String)> {
        std::mem::take(&mut self.0.marks.lock().unwrap_or_else(|e| e.into_inner()))
    }

    /// Until somebody asks the run to end.
    pub(crate) async fn stopped(&self) {
        self.0.stop.notified().await;
    }
}

fn load(throttle: Throttle) -> String {
    match throttle {
        Throttle { paused: true, factor: 1.0 } => "load is paused".to_owned(),
        Throttle { paused: true, factor } => {
            format!("load is paused; ×{factor} of what is planned once it goes on")
        }
        Throttle { factor: 1.0, .. } => "load is as planned".to_owned(),
        Throttle { factor, .. } => format!("load is ×{factor} of what is planned"),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn marks_are_taken_once_with_their_time() {
        let control = RunControl::default();
        let start = Instant::now();
        control.mark("deployed v2").unwrap();
        tokio::time::advance(std::time::Duration::from_secs(3)).await;
        control.clone().mark("rolled back").unwrap();
        let taken = control.take_marks();
        let taken: Vec<_> = taken.iter().map(|(at, t)| ((*at - start).as_secs(), &**t)).collect();
        assert_eq!(taken, [(0, "deployed v2"), (3, "rolled back")]);
        assert_eq!(control.take_marks(), []);
        assert!(control.mark(" \n").unwrap_err().text().contains("a mark needs a text"));
        (0..MOST).for_each(|_| control.mark("again").unwrap());
        assert!(control.mark("again").unwrap_err().text().contains("200 marks within a second"));
    }

    #[test]
    fn a_factor_is_read_as_people_write_it() {
        for text in ["×1.5", "x1.5", "1.5", " * 1.5", "150%", "150 %"] {
            assert_eq!(Change::scale(text), Ok(Change::Scale(1.5)), "{text}");
        }
        for text in ["", "-1", "×", "NaN", "inf", "1001", "fast"] {
            assert!(
                Change::scale(text).unwrap_err().contains("is no factor of the load"),
                "{text}"
            );
        }
        assert_eq!(
            Change::scale("0%").unwrap_err(),
            "×0 would be no load at all; pause it instead"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn changes_come_in_order_and_what_came_of_them_is_marked() {
        let control = RunControl::default();
        control.change(Change::Pause);
        control.clone().change(Change::Scale(2.0));
        assert_eq!(control.changed().await, Change::Pause);
        assert_eq!(control.changed().await, Change::Scale(2.0));
        let none = tokio::time::timeout(std::time::Duration::from_secs(9), control.changed());
        assert!(none.await.is_err());
        assert_eq!(control.load(), "load is as planned");
        let second = Duration::from_secs;
        control.is_throttled(second(1), Throttle { paused: true, factor: 2.0 });
        control.is_throttled(second(2), Throttle { paused: false, factor: 2.0 });
        assert_eq!(control.load(), "load is ×2 of what is planned");
        let marks: Vec<_> = control.take_marks().into_iter().map(|(_, text)| text).collect();
        let paused = "load is paused; ×2 of what is planned once it goes on";
        assert_eq!(marks, [paused, "load is ×2 of what is planned"]);
    }

    #[test]
    fn whoever_changes_a_paused_load_is_told_that_it_stays_paused() {
        let control = RunControl::default();
        let answers = [Change::Scale(2.0), Change::Pause, Change::Scale(0.1), Change::Resume]
            .map(|change| control.change(change));
        assert_eq!(
            answers,
            [
                "the load is ×2 of what is planned from now on",
                "the load is paused: what runs may finish, nothing new starts",
                "the load is paused; it is ×0.1 of what is planned once it goes on",
                "the load goes on",
            ]
        );
    }

    #[test]
    fn how_long_the_load_was_changed_by_hand_is_known_and_its_end_is_the_loads() {
        let control = RunControl::default();
        let second = Duration::from_secs;
        let turn = |at, paused, factor| {
            control.is_throttled(second(at), Throttle { paused, factor });
        };
        assert_eq!(control.changed_by_hand(second(3)), None);
        turn(3, true, 1.0);
        let paused = |seconds| {
            let (paused, scaled) = (second(seconds), Duration::ZERO);
            Some(Finding::LoadChanged { paused, scaled, least: 1.0, most: 1.0 })
        };
        assert_eq!(control.changed_by_hand(second(7)), paused(4));
        assert_eq!(control.changed_by_hand(second(5)), paused(2), "it ended before");
        turn(7, true, 0.5);
        turn(7, false, 0.5);
        turn(12, false, 3.0);
        turn(18, false, 1.0);
        let (paused, scaled) = (second(4), second(11));
        let changed = Finding::LoadChanged { paused, scaled, least: 0.5, most: 3.0 };
        assert_eq!(control.changed_by_hand(second(25)), Some(changed));
    }

    #[test]
    fn what_was_made_of_a_load_before_its_controller_came_goes_on_and_is_marked() {
        let control = RunControl::default();
        control.take_up(ByHand::default());
        assert_eq!(control.take_marks(), []);
        let second = Duration::from_secs;
        let throttle = Throttle { paused: true, factor: 1.0 };
        control.take_up(
            ByHand { paused: second(2), ..ByHand::default() }.turned(second(63), throttle),
        );
        let marks: Vec<_> = control.take_marks().into_iter().map(|(_, text)| text).collect();
        assert_eq!(marks, ["load is paused, since 01:03 of the test"]);
        assert_eq!(control.paused(second(70)), second(9));
        let answer = control.change(Change::Scale(0.5));
        assert_eq!(answer, "the load is paused; it is ×0.5 of what is planned once it goes on");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_that_nobody_waits_for_yet_is_not_lost() {
        let control = RunControl::default();
        control.clone().stop();
        control.stopped().await;
        let again = tokio::time::timeout(std::time::Duration::from_secs(9), control.stopped());
        assert!(again.await.is_err(), "it was asked for once");
    }
}
