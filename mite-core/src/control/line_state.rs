//! What each line asks for, window by window, until it ends.

use std::collections::VecDeque;

use super::arrival_state::{Arrivals, sealer};
use super::line::{Demand, Line};
use super::order::{Answer, Ended};
use super::steps::Steps;
use super::unmet::Unmet;
use super::windows::{Window, Windows};
use crate::ids::{LineId, TestTime};
use crate::volume::{StopVolumeModel, VolumeModel};

/// One line of the scenario, and how it fares.
pub(super) struct LineState {
    pub(super) id: LineId,
    source: Source,
    /// The stock that it takes its items from, if it takes any.
    pub(super) stock: Option<usize>,
    /// Its place among those who take items from there.
    pub(super) seat: usize,
    /// Whether a runner may start again with an item that it has.
    pub(super) reuses: bool,
    /// Journeys at once, now, and what is to come of them in this window.
    pub(super) volume: u32,
    steps: Steps,
    /// The same, as its model says, and what it is multiplied by.
    asked: u32,
    factor: f64,
    /// The most that it has asked for, and whether it was told that it asks.
    pub(super) peak: u32,
    pub(super) begun: bool,
    /// Why it starts nothing more, and whether that was told.
    pub(super) ended: Option<Ended>,
    pub(super) stopped: bool,
    /// Whether nothing of it runs or is leased any more.
    pub(super) over: bool,
    /// Starts by runners that are gone.
    pub(super) started_before: u64,
    /// Its arrivals, if it is of the open model.
    pub(super) arrivals: Option<Arrivals>,
    pub(super) unmet: Unmet,
}

enum Source {
    Model(Box<dyn VolumeModel>),
    Asked(Asked),
    Tickets(Tickets),
    /// See [`LineState::arrivals`].
    Arrivals,
}

/// Single journeys.
struct Tickets {
    /// When those that are to come are due, in order.
    to_come: VecDeque<TestTime>,
    /// Of those that were due, such as no runner has.
    left: u64,
}

/// A model that is asked elsewhere.
#[derive(Default)]
struct Asked {
    /// The next window to ask about.
    next: u64,
    /// The window that it is asked about now.
    open: Option<Window>,
    /// What it said of windows to come, in order.
    ahead: VecDeque<(Window, Answer)>,
    /// Windows that began before it had answered.
    late: u64,
}

/// How many windows a model is asked ahead.
const AHEAD: u64 = 3;

impl LineState {
    pub(super) fn new(line: Line, stock: Option<usize>, reuses: bool, seed: u64) -> Self {
        let mut arrivals = None;
        let source = match line.demand {
            Demand::Level(model) => Source::Model(model),
            Demand::Asked => Source::Asked(Asked::default()),
            Demand::Rate { model, poisson, at_most } => {
                arrivals = Some(Arrivals::new(model, sealer(seed, line.id, poisson), at_most));
                Source::Arrivals
            }
            Demand::Tickets(due) => Source::Tickets(Tickets { to_come: due.into(), left: 0 }),
        };
        Self {
            id: line.id,
            source,
            stock,
            seat: 0,
            reuses,
            volume: 0,
            steps: Steps::default(),
            asked: 0,
            factor: 1.0,
            peak: 0,
            begun: false,
            ended: None,
            stopped: false,
            over: false,
            started_before: 0,
            arrivals,
            unmet: Unmet::default(),
        }
    }

    /// Whether journeys may still be started.
    pub(super) fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// A window has begun.
    pub(super) fn begin(&mut self, window: Window) {
        if self.ended.is_some() {
            return;
        }
        match &mut self.source {
            Source::Model(model) => {
                let answer = model.pieces(window.start, window.end);
                self.put(window, window.start, Ok(answer));
            }
            Source::Asked(asked) => {
                match asked.ahead.pop_front_if(|(of, _)| of.index <= window.index) {
                    Some((of, answer)) => self.put(of, window.start, answer),
                    // Until it has answered the volume stays as it is. The first window
                    // begins when it is first asked.
                    None => asked.late += u64::from(window.index > 0),
                }
            }
            Source::Tickets(_) | Source::Arrivals => {}
        }
    }

    /// The window that its model should be asked about now, if there is one. One
    /// that has passed meanwhile is left out: it would be answered for nobody, and
    /// a model that is too slow would fall behind for ever.
    pub(super) fn ask(&mut self, windows: &Windows) -> Option<Window> {
        if self.ended.is_none()
            && let Some(arrivals) = &mut self.arrivals
        {
            return arrivals.ask(windows);
        }
        let Source::Asked(asked) = &mut self.source else { return None };
        let next = asked.next.max(windows.begun().saturating_sub(1));
        if self.ended.is_some() || asked.open.is_some() || next >= windows.begun() + AHEAD {
            return None;
        }
        let window = windows.get(next);
        (asked.next, asked.open) = (next + 1, Some(window));
        Some(window)
    }

    /// Its model has answered what it was asked.
    pub(super) fn answered(&mut self, now: TestTime, windows: &Windows, answer: Answer) {
        let Source::Asked(asked) = &mut self.source else { return };
        let Some(window) = asked.open.take() else { return };
        if window.index < windows.begun() {
            self.put(window, now, answer);
        } else {
            asked.ahead.push_back((window, answer));
        }
    }

    /// Puts what its model said of `window` into effect.
    fn put(&mut self, window: Window, now: TestTime, answer: Answer) {
        if self.ended.is_some() {
            return;
        }
        match answer {
            Ok(Ok(pieces)) => self.steps = Steps::of(window, &pieces),
            Ok(Err(StopVolumeModel)) => self.end(Ended::Stopped),
            Err(text) => self.end(Ended::InvalidVolume(text)),
        }
        self.step(now);
    }

    /// When what it asks for changes next within the window.
    pub(super) fn next_step(&self) -> Option<TestTime> {
        let tickets = match &self.source {
            Source::Tickets(tickets) if self.is_open() => tickets.to_come.front().copied(),
            _ => None,
        };
        self.steps.next().into_iter().chain(tickets).min()
    }

    /// What changes within the window changes as far as it is due.
    pub(super) fn step(&mut self, now: TestTime) {
        while let Some(volume) = self.steps.take(now) {
            match volume {
                Ok(asked) => {
                    self.asked = asked;
                    self.volume = self.throttled();
                }
                Err(why) => self.end(why),
            }
        }
        if let Source::Tickets(tickets) = &mut self.source {
            while tickets.to_come.pop_front_if(|due| *due <= now).is_some() {
                tickets.left += 1;
            }
        }
    }

    /// Of tickets, those that are due and not over are what it asks for: such as no
    /// runner has, and what runners have.
    pub(super) fn count(&mut self, leased: u32) {
        if let (Source::Tickets(tickets), None) = (&self.source, &self.ended) {
            let left = u32::try_from(tickets.left).unwrap_or(u32::MAX);
            self.volume = if self.factor > 0.0 { left.saturating_add(leased) } else { 0 };
        }
    }

    /// Windows that began before its model had answered.
    pub(super) fn late_windows(&self) -> u64 {
        if let Source::Asked(asked) = &self.source { asked.late } else { 0 }
    }

    /// Starts nothing more, for this reason unless there was one before.
    pub(super) fn end(&mut self, why: Ended) {
        self.ended.get_or_insert(why);
        (self.volume, self.asked) = (0, 0);
        self.steps = Steps::default();
    }

    /// From now on it is what its model says times `factor`.
    pub(super) fn throttle(&mut self, factor: f64) {
        self.factor = factor;
        if !matches!(self.source, Source::Tickets(_)) {
            self.volume = self.throttled();
        }
    }

    fn throttled(&self) -> u32 {
        // Exact where nothing is changed; `as` saturates.
        if self.factor == 1.0 {
            self.asked
        } else {
            (f64::from(self.asked) * self.factor).round() as u32
        }
    }

    /// Why it ends, if it has nothing left to start with.
    pub(super) fn nothing_left(&self) -> Ended {
        match &self.source {
            Source::Tickets(Tickets { to_come, left: 0 }) if to_come.is_empty() => Ended::Complete,
            _ => Ended::Exhausted,
        }
    }

    /// How many items it may still take.
    pub(super) fn allowance(&self) -> u64 {
        match (&self.source, &self.ended) {
            (_, Some(_)) => 0,
            (Source::Model(_) | Source::Asked(_) | Source::Arrivals, None) => u64::MAX,
            (Source::Tickets(tickets), None) => tickets.left,
        }
    }

    /// Whether it will take no more items.
    pub(super) fn is_spent(&self) -> bool {
        let to_come = match &self.source {
            Source::Tickets(tickets) => !tickets.to_come.is_empty(),
            Source::Model(_) | Source::Asked(_) | Source::Arrivals => true,
        };
        !self.is_open() || (self.allowance() == 0 && !to_come)
    }

    /// Notes that it was given items, or that it gave some back unused.
    pub(super) fn took(&mut self, items: u32) {
        if let Source::Tickets(tickets) = &mut self.source {
            tickets.left = tickets.left.saturating_sub(items.into());
        }
    }

    /// See [`took`](Self::took).
    pub(super) fn gave_back(&mut self, items: u32) {
        if let Source::Tickets(tickets) = &mut self.source {
            tickets.left += u64::from(items);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use super::*;
    use crate::volume::{Constant, Piece, secs, volume_fn};

    fn level(model: impl VolumeModel) -> LineState {
        line(Demand::Level(Box::new(model)))
    }

    fn line(demand: Demand) -> LineState {
        LineState::new(Line { id: 1, demand, pool: 0 }, None, false, 0)
    }

    #[test]
    fn windows_are_contiguous_and_each_is_asked_once() {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        let mut line = level(volume_fn(move |start: Duration, end: Duration| {
            seen.lock().unwrap().push((start.as_millis(), end.as_millis()));
            1
        }));
        let mut windows = Windows::new(Duration::from_millis(300));
        for now in [0, 0, 299, 1000, 1000, 1199, 1200] {
            while let Some(window) = windows.next(Duration::from_millis(now)) {
                line.begin(window);
            }
        }
        let expected: Vec<_> = (0..5).map(|i| (i * 300, (i + 1) * 300)).collect();
        assert_eq!(*asked.lock().unwrap(), expected);
        assert_eq!(windows.next_start(), Duration::from_millis(1500));
    }

    #[test]
    fn volumes_are_truncated_and_nonsense_ends_the_line() {
        let mut n = [2.9, 0.5, 1e20, -1.0, 5.0].into_iter();
        let mut line = level(volume_fn(move |_, _| n.next().unwrap_or(f64::NAN)));
        let mut windows = Windows::new(Duration::from_secs(1));
        let mut ask = || {
            line.begin(windows.get(0));
            (line.volume, line.ended.clone())
        };
        assert_eq!(ask(), (2, None));
        assert_eq!(ask(), (0, None));
        assert_eq!(ask(), (u32::MAX, None));
        let text =
            "the volume is -1; journeys at once cannot be negative (in the window from 0ns to 1s)";
        let ended = (0, Some(Ended::InvalidVolume(text.to_owned())));
        assert_eq!(ask(), ended);
        assert_eq!(ask(), ended, "it is not asked again");
        assert_eq!(windows.next(Duration::ZERO), Some(windows.get(0)));
    }

    #[test]
    fn a_model_that_stops_ends_its_line() {
        let windows = Windows::new(Duration::from_secs(1));
        let mut line = level(volume_fn(|_, _| Err::<u8, _>(StopVolumeModel)));
        line.begin(windows.get(0));
        assert_eq!(line.ended, Some(Ended::Stopped));
    }

    /// A line whose model is asked elsewhere, and the windows.
    struct Elsewhere(LineState, Windows);

    impl Elsewhere {
        fn new() -> Self {
            Self(line(Demand::Asked), Windows::new(Duration::from_secs(1)))
        }

        /// Window number `n` begins.
        fn begin(&mut self, n: u64) -> u32 {
            while let Some(window) = self.1.next(Duration::from_secs(n)) {
                self.0.begin(window);
            }
            self.0.volume
        }

        fn ask(&mut self) -> Option<u64> {
            self.0.ask(&self.1).map(|window| window.index)
        }

        fn answer(&mut self, n: f64) -> u32 {
            self.say(Ok(Ok(n)));
            self.0.volume
        }

        fn say(&mut self, answer: Result<Result<f64, StopVolumeModel>, String>) {
            let (now, for_ever) = (self.1.get(self.1.begun() - 1).start, Duration::MAX);
            let piece = |n| vec![Piece::constant(TestTime::ZERO, for_ever, n)];
            self.0.answered(now, &self.1, answer.map(|answer| answer.map(piece)));
        }
    }

    #[test]
    fn a_model_is_asked_ahead_one_window_at_a_time() {
        let mut line = Elsewhere::new();
        assert_eq!(line.begin(0), 0);
        assert_eq!((line.ask(), line.ask()), (Some(0), None), "it has not answered");
        assert_eq!(line.answer(5.0), 5, "the window has begun");
        for n in [1, 2, 3] {
            assert_eq!(line.ask(), Some(n));
            assert_eq!(line.answer(5.0 + n as f64), 5);
        }
        assert_eq!(line.ask(), None, "three ahead are enough");
        assert_eq!(line.begin(1), 6);
        assert_eq!(line.ask(), Some(4));
        assert_eq!((line.begin(2), line.begin(3), line.begin(4)), (7, 8, 8), "it stays");
        assert_eq!((line.answer(9.0), line.0.late_windows()), (9, 1));
    }

    #[test]
    fn windows_that_have_passed_are_not_asked() {
        let mut line = Elsewhere::new();
        line.begin(0);
        line.ask();
        line.begin(7);
        assert_eq!(line.answer(3.0), 3, "what it says late is the best that is known");
        assert_eq!(line.ask(), Some(7));
        assert_eq!(line.0.late_windows(), 7);
        line.say(Err("it panicked".into()));
        assert_eq!(line.0.ended, Some(Ended::InvalidVolume("it panicked".into())));
        assert_eq!(line.ask(), None);
    }

    #[test]
    fn a_volume_changes_within_its_window() {
        let mut line = level(Constant::new(2, secs(0.3)) + Constant::new(5, secs(0.1)));
        line.begin(Windows::new(secs(1)).get(0));
        assert_eq!((line.volume, line.next_step()), (2, Some(secs(0.3))));
        line.step(secs(0.299));
        assert_eq!(line.volume, 2);
        line.step(secs(0.3));
        assert_eq!((line.volume, line.next_step()), (5, Some(secs(0.4))));
        line.step(secs(0.4));
        assert_eq!((line.volume, line.ended.clone()), (0, Some(Ended::Stopped)));
        assert_eq!(line.next_step(), None);
    }

    #[test]
    fn tickets_are_there_when_they_are_due() {
        let mut line = line(Demand::Tickets(vec![secs(0), secs(5), secs(5)]));
        assert_eq!((line.allowance(), line.next_step()), (0, Some(secs(0))));
        line.step(secs(4));
        line.count(0);
        assert_eq!((line.allowance(), line.volume, line.next_step()), (1, 1, Some(secs(5))));
        line.took(1);
        line.count(1);
        assert_eq!((line.allowance(), line.volume, line.is_spent()), (0, 1, false));
        line.count(0);
        assert_eq!((line.volume, line.is_spent()), (0, false), "more are to come");
        line.step(secs(5));
        line.took(2);
        line.gave_back(1);
        line.count(1);
        assert_eq!((line.allowance(), line.volume, line.is_spent()), (1, 2, false));
        line.took(1);
        assert_eq!((line.is_spent(), line.next_step()), (true, None));
    }
}
