//! Parts of a run: while what was asked for still changed, while it stayed, and after it.

use std::time::Duration;

use serde::Serialize;

use super::snapshot::Window;

/// A part of a run, and what ended in it.
#[derive(Clone, Debug, Serialize)]
pub struct Part {
    /// Which.
    pub kind: PartKind,
    /// Where it begins, counted from the beginning of the test.
    pub from: Duration,
    /// What ended in it, and how long it was.
    pub counted: Window,
}

/// Which part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// Before the controller was started again: what runners counted until it heard of them
    /// first, which belongs to no second.
    Earlier,
    /// Before the steady part.
    RampUp,
    /// The longest stretch in which what was asked for did not change, and was not
    /// nothing.
    Steady,
    /// After the steady part, load still being asked for; all of the load if there is no
    /// steady part.
    Rest,
    /// No load is asked for any more, and what runs may finish.
    Drain,
}

impl PartKind {
    /// What people call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Earlier => "before the restart",
            Self::RampUp => "ramp-up",
            Self::Steady => "steady",
            Self::Rest => "rest of load",
            Self::Drain => "drain",
        }
    }
}

impl Part {
    /// Where it ends.
    pub fn to(&self) -> Duration {
        self.from + self.counted.length
    }
}

/// The parts of a run, from its windows, in memory that does not grow with it.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// What was asked for when the last window ended, line by line.
    asked: Option<Vec<f64>>,
    before: Window,
    steady: Window,
    after: Window,
    /// The windows until now in which nothing has changed.
    current: Window,
    /// Whether the first window is all that there is: of what was asked for at its begin
    /// nothing is known, so it may lie in a ramp.
    only_first: bool,
    drain: Option<Window>,
    /// What ended before its windows begin.
    earlier: Window,
    start: Duration,
    until: Duration,
}

impl Parts {
    /// Of a run whose first time until `start` is counted apart.
    pub(super) fn new(start: Duration) -> Self {
        Self { start, until: start, ..Self::default() }
    }

    /// Windows begin at `now`.
    pub(super) fn resume(&mut self, now: Duration) {
        if now > self.start {
            self.earlier.length = now.saturating_sub(self.start);
            self.until = self.until.max(now);
        }
    }

    /// What ended before windows begin.
    pub(super) fn add_earlier(&mut self, window: &Window) {
        self.earlier.merge(&Window { length: Duration::ZERO, ..window.clone() });
    }

    /// What came until `now`, with the time that it is over.
    fn cut(&mut self, now: Duration, window: &Window) -> Window {
        let length = now.saturating_sub(self.until);
        self.until = self.until.max(now);
        Window { length, ..window.clone() }
    }

    /// A window has ended at `now`, when so much was asked for, line by line.
    pub(super) fn add(&mut self, now: Duration, asked: Vec<f64>, window: &Window) {
        let window = &self.cut(now, window);
        if let Some(drain) = &mut self.drain {
            drain.merge(window);
            return;
        }
        if self.asked.as_ref().is_none_or(|before| *before == asked) {
            self.only_first = self.asked.is_none();
            self.current.merge(window);
        } else if std::mem::take(&mut self.only_first) {
            self.after.merge(&std::mem::take(&mut self.current));
            self.after.merge(window);
        } else {
            // Whether it changed at the window's begin, its end or between is not known.
            self.settle();
            self.after.merge(window);
        }
        self.asked = Some(asked);
    }

    /// The last window of the load has ended at `now`.
    pub(super) fn drain(&mut self, now: Duration, window: &Window) {
        if self.drain.is_none() {
            let window = self.cut(now, window);
            self.current.merge(&window);
            self.drain = Some(Window::default());
        }
    }

    /// What was asked for has changed, or is over.
    fn settle(&mut self) {
        let current = std::mem::take(&mut self.current);
        let is_load = self.asked.as_ref().is_some_and(|asked| asked.iter().any(|n| *n > 0.0));
        if !is_load || current.length <= self.steady.length {
            self.after.merge(&current);
            return;
        }
        self.before.merge(&std::mem::replace(&mut self.steady, current));
        self.before.merge(&std::mem::take(&mut self.after));
    }

    /// All of them in order, without those that are empty.
    pub(super) fn all(&self) -> Vec<Part> {
        let mut last = Self {
            asked: self.asked.clone(),
            before: self.before.clone(),
            steady: self.steady.clone(),
            after: self.after.clone(),
            current: self.current.clone(),
            ..Self::default()
        };
        last.settle();
        let mut from = self.start;
        let parts = [
            (PartKind::Earlier, self.earlier.clone()),
            (PartKind::RampUp, last.before),
            (PartKind::Steady, last.steady),
            (PartKind::Rest, last.after),
            (PartKind::Drain, self.drain.clone().unwrap_or_default()),
        ];
        let placed = parts.map(|(kind, counted)| {
            let part = Part { kind, from, counted };
            from = part.to();
            part
        });
        placed.into_iter().filter(|part| !part.counted.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(n: u64) -> Window {
        let mut window = Window::default();
        (0..n).for_each(|_| window.requests.record(Duration::from_millis(5)));
        window
    }

    /// Seconds that end with so much asked for, one request for each; then the drain.
    fn parts(asked: &[f64]) -> Vec<(PartKind, u64, u64, u64)> {
        let mut parts = Parts::default();
        let at = Duration::from_secs;
        for (n, asked) in (1..).zip(asked) {
            parts.add(at(n), vec![*asked], &requests(*asked as u64));
        }
        let end = at(asked.len() as u64) + Duration::from_millis(500);
        parts.drain(end, &requests(3));
        parts.add(end + at(1), vec![0.0], &requests(7));
        let all = parts.all().into_iter();
        all.map(|p| (p.kind, p.from.as_secs(), p.to().as_secs(), p.counted.requests.count()))
            .collect()
    }

    #[test]
    fn steady_is_the_longest_stretch_without_a_change() {
        use PartKind::{Drain, RampUp, Rest, Steady};
        assert_eq!(parts(&[5.0; 4]), [(Steady, 0, 4, 23), (Drain, 4, 5, 7)]);
        assert_eq!(
            parts(&[1.0, 2.0, 3.0, 3.0, 3.0, 3.0]),
            // The second in which it comes to three is not all three.
            [(RampUp, 0, 3, 6), (Steady, 3, 6, 12), (Drain, 6, 7, 7)]
        );
        // A later and longer one takes its place; what was steady before is on the way.
        assert_eq!(
            parts(&[2.0, 2.0, 2.0, 4.0, 4.0, 4.0, 4.0, 4.0, 1.0, 1.0]),
            [(RampUp, 0, 4, 10), (Steady, 4, 8, 16), (Rest, 8, 10, 5), (Drain, 10, 11, 7)]
        );
        // The first of two that are as long stays.
        assert_eq!(
            parts(&[2.0, 2.0, 2.0, 4.0, 4.0, 4.0, 4.0, 1.0, 1.0]),
            [(Steady, 0, 3, 6), (Rest, 3, 9, 21), (Drain, 9, 10, 7)]
        );
    }

    #[test]
    fn parts_begin_when_the_warm_up_is_over() {
        let mut parts = Parts::new(Duration::from_millis(1_500));
        for n in 1..=3 {
            parts.add(Duration::from_secs(n), vec![5.0], &requests(u64::from(n > 1)));
        }
        let [only] = &parts.all()[..] else { panic!("more than one") };
        assert_eq!((only.kind, only.from), (PartKind::Steady, Duration::from_millis(1_500)));
        assert_eq!((only.to(), only.counted.requests.count()), (Duration::from_secs(3), 2));
    }

    #[test]
    fn what_was_before_a_restart_is_a_part_of_its_own() {
        let mut parts = Parts::default();
        parts.resume(Duration::from_secs(7));
        parts.add_earlier(&requests(500));
        (8..=10).for_each(|n| parts.add(Duration::from_secs(n), vec![5.0], &requests(5)));
        let all = parts.all().into_iter();
        let all: Vec<_> =
            all.map(|p| (p.kind, p.from, p.to(), p.counted.requests.count())).collect();
        let at = Duration::from_secs;
        assert_eq!(
            all,
            [(PartKind::Earlier, at(0), at(7), 500), (PartKind::Steady, at(7), at(10), 15)]
        );
    }

    #[test]
    fn nothing_asked_for_is_not_steady() {
        use PartKind::{Drain, RampUp, Steady};
        assert_eq!(
            parts(&[0.0, 0.0, 0.0, 5.0, 5.0]),
            [(RampUp, 0, 4, 5), (Steady, 4, 5, 8), (Drain, 5, 6, 7)]
        );
    }

    #[test]
    fn a_load_that_always_changes_is_no_other_part() {
        let mut parts = Parts::default();
        for n in 1..=5 {
            parts.add(Duration::from_secs(n), vec![n as f64, 1.0], &requests(1));
        }
        let all = parts.all();
        let kinds: Vec<_> = all.iter().map(|p| (p.kind, p.counted.requests.count())).collect();
        assert_eq!(kinds, [(PartKind::Rest, 5)]);
    }
}
