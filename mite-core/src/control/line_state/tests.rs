//! Windows, models that are asked, tickets.

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
