//! Volume models: how many journeys to run at once, as a function of time.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use crate::error::Place;
use crate::ids::TestTime;
use crate::stats::Search;

mod chain;
mod constant;
mod find_max;
mod number;
mod once;
mod piece;
mod ramp;
mod rate;
#[cfg(test)]
mod tests;

pub use chain::{Chain, ChainPart};
pub use constant::{Constant, Nothing};
pub use find_max::FindMax;
pub use number::Number;
pub use once::Once;
pub use piece::Piece;
pub use ramp::Ramp;
pub use rate::{Arrivals, PerSecond, Rate};

/// What a volume model returns when it has nothing more to ask for: its
/// scenario line ends, and what runs still finishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopVolumeModel;

impl fmt::Display for StopVolumeModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the volume model has ended")
    }
}

impl std::error::Error for StopVolumeModel {}

/// A number of journeys running at once, as a function of time.
///
/// It is asked once for each window, in order, up to three windows ahead; windows
/// are contiguous, the first begins at zero, and times count from the beginning of
/// the test, after the start delay. The number is truncated to whole journeys, and in
/// force for the whole window; mite's own models are followed within it, too: a chain at
/// its joints, a ramp in tenths of the window.
///
/// A model of your own is asked on a thread of its own. Until it has answered, the
/// line holds the volume that it has, and a window that has passed meanwhile is not
/// asked any more. One that takes 5 s or longer is named on screen and fails the
/// run; after 60 s its line ends.
///
/// ```
/// use mite::prelude::*;
/// use std::time::Duration;
///
/// /// Ten more every minute.
/// struct Stairs;
///
/// impl VolumeModel for Stairs {
///     fn volume(&mut self, start: Duration, _end: Duration) -> Result<f64, StopVolumeModel> {
///         Ok(10.0 * (start.as_secs() / 60 + 1) as f64)
///     }
/// }
/// assert_eq!(Stairs.volume(Duration::from_secs(61), Duration::from_secs(62)), Ok(20.0));
/// ```
#[doc(alias("executor", "LoadTestShape", "load_shape", "injection", "inject"))]
pub trait VolumeModel: Send + 'static {
    /// The volume for the window from `start` to `end`, or the end of this line.
    ///
    /// # Errors
    /// [`StopVolumeModel`], when there is nothing more to run.
    fn volume(&mut self, start: Duration, end: Duration) -> Result<f64, StopVolumeModel>;

    /// The same, as it changes within the window: its pieces, one after another from
    /// `start`. They end before `end` where the model does. By default it is one number
    /// for the whole window.
    #[doc(hidden)]
    fn pieces(&mut self, start: Duration, end: Duration) -> Result<Vec<Piece>, StopVolumeModel> {
        let n = self.volume(start, end)?;
        let end = self.duration().map_or(end, |duration| end.min(duration.max(start)));
        Ok(vec![Piece::constant(start, end, n)])
    }

    /// When single journeys are due, if that is what it is.
    #[doc(hidden)]
    fn tickets(&self) -> Option<Vec<TestTime>> {
        None
    }

    /// The search that says its numbers, if it is one.
    #[doc(hidden)]
    fn search(&self) -> Option<Search> {
        None
    }

    /// How long it lasts, if it knows: for progress bars. By default it does not.
    fn duration(&self) -> Option<Duration> {
        None
    }

    /// The most that it will ask for, if it knows.
    #[doc(hidden)]
    fn peak(&self) -> Option<f64> {
        None
    }

    /// Whether it answers at once whatever it is asked, as mite's own do. Others are
    /// asked on a thread of their own, ahead of time.
    #[doc(hidden)]
    fn answers_at_once(&self) -> bool {
        false
    }

    /// What is wrong with it; a scenario with mistakes does not start. By
    /// default nothing is.
    fn mistakes(&self) -> Vec<Mistake> {
        Vec::new()
    }
}

/// A model made of a closure, which returns a number or a
/// `Result<number, StopVolumeModel>`.
///
/// ```
/// use mite::prelude::*;
/// let mut ten_for_a_minute = volume_fn(|start, _end| {
///     if start > secs(60) { Err(StopVolumeModel) } else { Ok(10) }
/// });
/// assert_eq!(ten_for_a_minute.volume(secs(0), secs(1)), Ok(10.0));
/// assert_eq!(ten_for_a_minute.volume(secs(61), secs(62)), Err(StopVolumeModel));
/// ```
pub fn volume_fn<F, N>(f: F) -> impl VolumeModel
where
    F: FnMut(Duration, Duration) -> N + Send + 'static,
    N: VolumeNumber,
{
    struct Function<F>(F);
    impl<F, N> VolumeModel for Function<F>
    where
        F: FnMut(Duration, Duration) -> N + Send + 'static,
        N: VolumeNumber,
    {
        fn volume(&mut self, start: Duration, end: Duration) -> Result<f64, StopVolumeModel> {
            (self.0)(start, end).number()
        }
    }
    Function(f)
}

/// The same number for ever.
struct Always(f64);

impl VolumeModel for Always {
    fn volume(&mut self, _start: Duration, _end: Duration) -> Result<f64, StopVolumeModel> {
        Ok(self.0)
    }

    fn peak(&self) -> Option<f64> {
        Some(self.0)
    }

    fn answers_at_once(&self) -> bool {
        true
    }
}

/// What the closure of [`volume_fn`] may return: a number, or a
/// `Result` of one.
pub trait VolumeNumber {
    /// The number.
    ///
    /// # Errors
    /// [`StopVolumeModel`], if that is what the closure returned.
    fn number(self) -> Result<f64, StopVolumeModel>;
}

impl<N: VolumeNumber> VolumeNumber for Result<N, StopVolumeModel> {
    fn number(self) -> Result<f64, StopVolumeModel> {
        self?.number()
    }
}

/// Something wrong with a volume model, found when it was written down.
#[derive(Clone, Debug, PartialEq)]
#[doc(hidden)]
pub struct Mistake {
    /// What is wrong and what to do about it.
    pub text: String,
    /// The line of the test that says so.
    pub place: Place,
}

impl Mistake {
    fn lasts_no_time(place: &Place) -> Self {
        let text = "this volume lasts no time: give it a duration, as in `secs(60)`".to_owned();
        Self { text, place: place.clone() }
    }

    fn beside_once(place: &Place) -> Self {
        let text = "`Once` does not go with journeys at once in one chain: give it a line of its own, after `Nothing` for as long".to_owned();
        Self { text, place: place.clone() }
    }
}

/// A volume as the controller needs it.
#[doc(hidden)]
pub struct Volume {
    /// What it is.
    pub kind: VolumeKind,
    /// How long it lasts, if it says so: for progress bars.
    pub duration: Option<Duration>,
    /// What is wrong with it; a scenario with mistakes does not start.
    pub mistakes: Vec<Mistake>,
}

/// Levels or rates over time, or tickets.
#[doc(hidden)]
pub enum VolumeKind {
    /// Journeys at once.
    Level(Box<dyn VolumeModel>),
    /// Journeys per second.
    Rate(Rate),
    /// One journey for each, when it is due; sorted.
    Tickets(Vec<TestTime>),
}

impl Volume {
    /// A volume without mistakes.
    pub fn new(kind: VolumeKind, duration: Option<Duration>) -> Self {
        Self { kind, duration, mistakes: Vec::new() }
    }
}

impl fmt::Debug for Volume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            VolumeKind::Level(_) => "level",
            VolumeKind::Rate(_) => "rate",
            VolumeKind::Tickets(_) => "tickets",
        };
        f.debug_struct("Volume")
            .field("kind", &kind)
            .field("duration", &self.duration)
            .field("mistakes", &self.mistakes)
            .finish()
    }
}

/// What a scenario line takes as its volume: a number, a model, a `+` chain of
/// models, [`PerSecond`] of one of these, or [`Once`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a volume",
    note = "a volume is a number (`10`), a model (`Constant::new(10, secs(60))`), a chain of them with `+`, `volume_fn(|start, end| …)`, `PerSecond` of one of these, or `Once::new()`"
)]
pub trait IntoVolume<M> {
    /// The volume; `line` is where it was given.
    fn into_volume(self, line: &'static Location<'static>) -> Volume;
}

/// Marks volumes that are models.
#[doc(hidden)]
pub struct AsModel;

/// Marks volumes that are something else.
#[doc(hidden)]
pub struct AsVolume;

impl<V: VolumeModel> IntoVolume<AsModel> for V {
    fn into_volume(self, _line: &'static Location<'static>) -> Volume {
        let (duration, mistakes) = (self.duration(), self.mistakes());
        let kind = match self.tickets() {
            Some(due) => VolumeKind::Tickets(due),
            None => VolumeKind::Level(Box::new(self)),
        };
        Volume { kind, duration, mistakes }
    }
}

macro_rules! numbers {
    ($($t:ty)*) => { $(
        impl VolumeNumber for $t {
            fn number(self) -> Result<f64, StopVolumeModel> {
                Ok(self as f64)
            }
        }

        impl IntoVolume<AsVolume> for $t {
            fn into_volume(self, line: &'static Location<'static>) -> Volume {
                let n = self as f64;
                let mut volume = Volume::new(VolumeKind::Level(Box::new(Always(n))), None);
                if let Some(text) = number_mistake(n) {
                    volume.mistakes.push(Mistake { text, place: Place::of(line) });
                }
                volume
            }
        }
    )* };
}
numbers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize f32 f64);

/// Why `n` is not a number of journeys at once, if it is not.
#[doc(hidden)]
pub fn number_mistake(n: f64) -> Option<String> {
    Measure::AtOnce.mistake(n)
}

/// What a number of journeys is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub enum Measure {
    /// Journeys at once.
    AtOnce,
    /// Journeys that are started in a second.
    PerSecond,
}

impl Measure {
    /// Why `n` is none of it, if it is not.
    pub fn mistake(self, n: f64) -> Option<String> {
        let journeys = self.journeys();
        if n.is_nan() || n.is_infinite() {
            Some(format!("the volume is {n}, not a number of {journeys}"))
        } else if n < 0.0 {
            Some(format!("the volume is {n}; {journeys} cannot be negative"))
        } else {
            None
        }
    }

    /// What was said of journeys at once, of this.
    fn instead(self, text: &str) -> String {
        text.replace(Self::AtOnce.journeys(), self.journeys())
    }

    fn journeys(self) -> &'static str {
        match self {
            Self::AtOnce => "journeys at once",
            Self::PerSecond => "journeys per second",
        }
    }
}

/// So many seconds.
///
/// ```
/// # use mite::prelude::*;
/// assert_eq!(secs(60), mins(1));
/// assert_eq!(secs(0.5), std::time::Duration::from_millis(500));
/// ```
pub fn secs(n: impl Number) -> Duration {
    duration(n.into_f64())
}

/// So many minutes.
///
/// ```
/// # use mite::prelude::*;
/// assert_eq!(mins(60), hours(1));
/// ```
pub fn mins(n: impl Number) -> Duration {
    duration(n.into_f64() * 60.0)
}

/// So many hours.
///
/// ```
/// # use mite::prelude::*;
/// assert_eq!(hours(1), secs(3600));
/// ```
pub fn hours(n: impl Number) -> Duration {
    duration(n.into_f64() * 3600.0)
}

/// Times are for configuration, so nonsense is clamped rather than a panic.
fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(if seconds > 0.0 {
        Duration::MAX
    } else {
        Duration::ZERO
    })
}
