//! Several journeys that share one volume, each by its weight.

use std::panic::Location;

use super::line::{JourneyRef, Part};
use super::{FeedsArguments, JourneyFunction};
use crate::error::Place;
use crate::pool::any::{IntoPool, PoolRef};

/// Journeys for [`ScenarioBuilder::mix`](super::ScenarioBuilder::mix), each with its data
/// pool and its weight: of all journeys that the mix starts, that part is started of it.
///
/// Weights are numbers above 0, of any sum: 70, 20 and 10 are the same as 7, 2 and 1.
/// What counts is journeys *started*, not journeys at once: a journey that takes ten times as
/// long as another one of the same weight runs as often, and ten times as many of it run at
/// once.
///
/// ```
/// use mite::prelude::*;
///
/// # async fn browse(_ctx: &Context) -> mite::Result { Ok(()) }
/// # async fn buy(_ctx: &Context, _user: String) -> mite::Result { Ok(()) }
/// # fn users() -> IterableDataPool<String> { IterableDataPool::new([]) }
/// let mix = Mix::new().run(browse, NoData, 70).run(buy, users, 20).journey("shop:track", NoData, 10);
/// let scenario = Scenario::builder().mix(mix, PerSecond(Constant::new(100, secs(60)))).build();
/// # drop(scenario);
/// ```
#[derive(Default)]
#[must_use = "a mix does nothing until a scenario has it: `.mix(mix, volume)`"]
pub struct Mix {
    pub(super) parts: Vec<Part>,
}

impl Mix {
    /// A mix to add journeys to.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a journey by its function; the compiler checks that the pool's items are the
    /// journey's arguments.
    #[track_caller]
    pub fn run<J, A, P, PM, AM>(self, journey: J, pool: P, weight: impl Weight) -> Self
    where
        J: JourneyFunction<A>,
        P: IntoPool<PM>,
        P::Item: FeedsArguments<A, AM>,
        A: 'static,
    {
        let _ = journey;
        self.add(JourneyRef::of::<J, A>(), pool.into_pool(), weight.weight())
    }

    /// Adds the journey that is registered as `spec`.
    #[track_caller]
    pub fn journey<PM>(self, spec: &str, pool: impl IntoPool<PM>, weight: impl Weight) -> Self {
        self.add(JourneyRef::Spec(spec.to_owned()), pool.into_pool(), weight.weight())
    }

    #[track_caller]
    fn add(mut self, journey: JourneyRef, pool: PoolRef, weight: f64) -> Self {
        let place = Place::of(Location::caller());
        self.parts.push(Part { journey, pool, weight, place });
        self
    }
}

/// What a weight may be: a number.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no weight",
    note = "a weight is a number above 0, such as `70` or `0.5`"
)]
pub trait Weight {
    /// As a number.
    #[doc(hidden)]
    fn weight(self) -> f64;
}

macro_rules! weights {
    ($($t:ty)*) => { $(
        impl Weight for $t {
            fn weight(self) -> f64 {
                self as f64
            }
        }
    )* };
}
weights!(i8 i16 i32 i64 isize u8 u16 u32 u64 usize f32 f64);

/// What is wrong with a weight.
pub(crate) fn mistake(weight: f64) -> Option<String> {
    let is_one = weight.is_finite() && weight > 0.0;
    (!is_one).then(|| {
        format!("a weight of {weight} is none; it is a number above 0, and a journey that is not to run is left out")
    })
}
