//! What each line asks for, window by window, until it ends.

use std::collections::VecDeque;

use super::line::{Demand, Line};
use super::order::Ended;
use super::unmet::Unmet;
use super::windows::{Window, Windows};
use crate::ids::LineId;
use crate::volume::{StopVolumeModel, VolumeModel, number_mistake};

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
    /// Journeys at once, now.
    pub(super) volume: u32,
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
    pub(super) unmet: Unmet,
}

enum Source {
    Model(Box<dyn VolumeModel>),
    Asked(Asked),
    /// Starts that are left.
    Tickets(u64),
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

/// What a model says of a window; an error is the text of what went wrong.
type Answer = Result<Result<f64, StopVolumeModel>, String>;

/// How many windows a model is asked ahead.
const AHEAD: u64 = 3;

impl LineState {
    pub(super) fn new(line: Line, stock: Option<usize>, reuses: bool) -> Self {
        let (source, volume) = match line.demand {
            Demand::Level(model) => (Source::Model(model), 0),
            Demand::Asked => (Source::Asked(Asked::default()), 0),
            Demand::Tickets(due) => {
                let n = due.len() as u64;
                (Source::Tickets(n), u32::try_from(n).unwrap_or(u32::MAX))
            }
        };
        Self {
            id: line.id,
            source,
            stock,
            seat: 0,
            reuses,
            volume,
            peak: 0,
            begun: false,
            ended: None,
            stopped: false,
            over: false,
            started_before: 0,
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
                let answer = model.volume(window.start, window.end);
                self.put(window, Ok(answer));
            }
            Source::Asked(asked) => {
                match asked.ahead.pop_front_if(|(of, _)| of.index <= window.index) {
                    Some((of, answer)) => self.put(of, answer),
                    // Until it has answered the volume stays as it is. The first window
                    // begins when it is first asked.
                    None => asked.late += u64::from(window.index > 0),
                }
            }
            Source::Tickets(_) => {}
        }
    }

    /// The window that its model should be asked about now, if there is one. One
    /// that has passed meanwhile is left out: it would be answered for nobody, and
    /// a model that is too slow would fall behind for ever.
    pub(super) fn ask(&mut self, windows: &Windows) -> Option<Window> {
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
    pub(super) fn answered(&mut self, windows: &Windows, answer: Answer) {
        let Source::Asked(asked) = &mut self.source else { return };
        let Some(window) = asked.open.take() else { return };
        if window.index < windows.begun() {
            self.put(window, answer);
        } else {
            asked.ahead.push_back((window, answer));
        }
    }

    fn put(&mut self, window: Window, answer: Answer) {
        if self.ended.is_some() {
            return;
        }
        let Window { start, end, .. } = window;
        match answer {
            Ok(Ok(n)) => match number_mistake(n) {
                // `as` truncates and saturates, which is what is wanted.
                None => self.volume = n as u32,
                Some(text) => {
                    let text = format!("{text} (in the window from {start:?} to {end:?})");
                    self.end(Ended::InvalidVolume(text));
                }
            },
            Ok(Err(StopVolumeModel)) => self.end(Ended::Stopped),
            Err(text) => self.end(Ended::InvalidVolume(text)),
        }
    }

    /// Windows that began before its model had answered.
    pub(super) fn late_windows(&self) -> u64 {
        if let Source::Asked(asked) = &self.source { asked.late } else { 0 }
    }

    /// Starts nothing more, for this reason unless there was one before.
    pub(super) fn end(&mut self, why: Ended) {
        self.ended.get_or_insert(why);
        self.volume = 0;
    }

    /// Why it ends, if it has nothing left to start with.
    pub(super) fn nothing_left(&self) -> Ended {
        match self.source {
            Source::Tickets(0) => Ended::Complete,
            _ => Ended::Exhausted,
        }
    }

    /// How many items it may still take.
    pub(super) fn allowance(&self) -> u64 {
        match (&self.source, &self.ended) {
            (_, Some(_)) => 0,
            (Source::Model(_) | Source::Asked(_), None) => u64::MAX,
            (Source::Tickets(left), None) => *left,
        }
    }

    /// Notes that it was given items, or that it gave some back unused.
    pub(super) fn took(&mut self, items: u32) {
        if let Source::Tickets(left) = &mut self.source {
            *left = left.saturating_sub(items.into());
        }
    }

    /// See [`took`](Self::took).
    pub(super) fn gave_back(&mut self, items: u32) {
        if let Source::Tickets(left) = &mut self.source {
            *left += u64::from(items);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use super::*;
    use crate::volume::volume_fn;

    fn level(model: impl VolumeModel) -> LineState {
        line(Demand::Level(Box::new(model)))
    }

    fn line(demand: Demand) -> LineState {
        LineState::new(Line { id: 1, demand, pool: 0 }, None, false)
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
            self.0.answered(&self.1, Ok(Ok(n)));
            self.0.volume
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
        line.0.answered(&line.1, Err("it panicked".into()));
        assert_eq!(line.0.ended, Some(Ended::InvalidVolume("it panicked".into())));
        assert_eq!(line.ask(), None);
    }
}
