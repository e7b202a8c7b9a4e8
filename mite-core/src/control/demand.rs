//! What each line asks for, window by window, until it ends.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::{Ended, Line, Unmet};
use crate::control::LineId;
use crate::ids::TestTime;
use crate::volume::{VolumeKind, VolumeModel, number_mistake};

/// One line of the scenario, and how it fares.
pub(super) struct Demand {
    pub(super) id: LineId,
    wish: Wish,
    /// The stock that it takes its items from, if it takes any.
    pub(super) stock: Option<usize>,
    /// Whether a runner may start again with an item that it has.
    pub(super) reuses: bool,
    /// Journeys at once, now.
    pub(super) volume: u32,
    /// Why it starts nothing more.
    pub(super) ended: Option<Ended>,
    /// Whether nothing of it runs or is leased any more.
    pub(super) over: bool,
    /// Starts by runners that are gone.
    pub(super) started_before: u64,
    pub(super) unmet: Unmet,
}

enum Wish {
    Level(Box<dyn VolumeModel>),
    /// Starts that are left.
    Tickets(u64),
}

impl Demand {
    pub(super) fn new(line: Line, stock: Option<usize>, reuses: bool) -> Self {
        let (wish, volume) = match line.volume {
            VolumeKind::Level(model) => (Wish::Level(model), 0),
            VolumeKind::Tickets(n) => (Wish::Tickets(n), u32::try_from(n).unwrap_or(u32::MAX)),
        };
        Self {
            id: line.id,
            wish,
            stock,
            reuses,
            volume,
            ended: None,
            over: false,
            started_before: 0,
            unmet: Unmet::default(),
        }
    }

    /// Whether journeys may still be started.
    pub(super) fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// Asks the model about a window.
    pub(super) fn seal(&mut self, start: TestTime, end: TestTime) {
        let Wish::Level(model) = &mut self.wish else { return };
        if self.ended.is_some() {
            return;
        }
        // The model is the user's code; its panic must not end the control plane.
        match catch_unwind(AssertUnwindSafe(|| model.volume(start, end))) {
            Ok(Ok(n)) => match number_mistake(n) {
                // `as` truncates and saturates, which is what is wanted.
                None => self.volume = n as u32,
                Some(text) => {
                    let text = format!("{text} (in the window from {start:?} to {end:?})");
                    self.end(Ended::InvalidVolume(text));
                }
            },
            Ok(Err(_)) => self.end(Ended::Stopped),
            Err(panic) => {
                let said = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
                let said = said.or_else(|| panic.downcast_ref::<String>().cloned());
                let said = said.unwrap_or_else(|| "a value that is not text".to_owned());
                self.end(Ended::InvalidVolume(format!(
                    "the volume model panicked in the window from {start:?} to {end:?}: {said}"
                )));
            }
        }
    }

    /// Starts nothing more, for this reason unless there was one before.
    pub(super) fn end(&mut self, why: Ended) {
        self.ended.get_or_insert(why);
        self.volume = 0;
    }

    /// How many items it may still take.
    pub(super) fn allowance(&self) -> u64 {
        match (&self.wish, &self.ended) {
            (_, Some(_)) => 0,
            (Wish::Level(_), None) => u64::MAX,
            (Wish::Tickets(left), None) => *left,
        }
    }

    /// Notes that it was given items, or that it gave some back unused.
    pub(super) fn took(&mut self, items: u32) {
        if let Wish::Tickets(left) = &mut self.wish {
            *left = left.saturating_sub(items.into());
        }
    }

    /// See [`took`](Self::took).
    pub(super) fn gave_back(&mut self, items: u32) {
        if let Wish::Tickets(left) = &mut self.wish {
            *left += u64::from(items);
        }
    }
}

/// Windows `[i × period, (i + 1) × period)`, each once and in order.
pub(super) struct Windows {
    period: Duration,
    sealed: u64,
}

impl Windows {
    pub(super) fn new(period: Duration) -> Self {
        Self { period, sealed: 0 }
    }

    /// The next window, if it has begun by `now`.
    pub(super) fn next(&mut self, now: TestTime) -> Option<(TestTime, TestTime)> {
        let window = (self.boundary(self.sealed), self.boundary(self.sealed + 1));
        (window.0 <= now).then(|| {
            self.sealed += 1;
            window
        })
    }

    /// When the next one begins.
    pub(super) fn next_start(&self) -> TestTime {
        self.boundary(self.sealed)
    }

    fn boundary(&self, i: u64) -> TestTime {
        let nanos = self.period.as_nanos().saturating_mul(i.into());
        TestTime::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::volume::{StopVolumeModel, volume_fn};

    fn level(model: impl VolumeModel) -> Demand {
        let volume = VolumeKind::Level(Box::new(model));
        Demand::new(Line { id: 1, volume, pool: 0 }, None, false)
    }

    #[test]
    fn windows_are_contiguous_and_each_is_asked_once() {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        let mut demand = level(volume_fn(move |start: Duration, end: Duration| {
            seen.lock().unwrap().push((start.as_millis(), end.as_millis()));
            1
        }));
        let mut windows = Windows::new(Duration::from_millis(300));
        for now in [0, 0, 299, 1000, 1000, 1199, 1200] {
            while let Some((start, end)) = windows.next(Duration::from_millis(now)) {
                demand.seal(start, end);
            }
        }
        let expected: Vec<_> = (0..5).map(|i| (i * 300, (i + 1) * 300)).collect();
        assert_eq!(*asked.lock().unwrap(), expected);
        assert_eq!(windows.next_start(), Duration::from_millis(1500));
    }

    #[test]
    fn volumes_are_truncated_and_nonsense_ends_the_line() {
        let mut n = [2.9, 0.5, 1e20, -1.0, 5.0].into_iter();
        let mut demand = level(volume_fn(move |_, _| n.next().unwrap_or(f64::NAN)));
        let mut ask = || {
            demand.seal(Duration::ZERO, Duration::from_secs(1));
            (demand.volume, demand.ended.clone())
        };
        assert_eq!(ask(), (2, None));
        assert_eq!(ask(), (0, None));
        assert_eq!(ask(), (u32::MAX, None));
        let text =
            "the volume is -1; journeys at once cannot be negative (in the window from 0ns to 1s)";
        let ended = (0, Some(Ended::InvalidVolume(text.to_owned())));
        assert_eq!(ask(), ended);
        assert_eq!(ask(), ended, "it is not asked again");
    }

    #[test]
    fn a_model_that_stops_or_panics_ends_its_line() {
        let mut demand = level(volume_fn(|_, _| Err::<u8, _>(StopVolumeModel)));
        demand.seal(Duration::ZERO, Duration::from_secs(1));
        assert_eq!(demand.ended, Some(Ended::Stopped));
        let mut demand = level(volume_fn(|_, _| -> u8 { panic!("no {}", "idea") }));
        demand.seal(Duration::ZERO, Duration::from_secs(1));
        assert_eq!(
            demand.ended,
            Some(Ended::InvalidVolume(
                "the volume model panicked in the window from 0ns to 1s: no idea".to_owned()
            ))
        );
    }
}
