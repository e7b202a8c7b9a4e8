//! One line of a scenario: journeys, what feeds them, and how many of them.

use std::any::TypeId;

use crate::error::Place;
use crate::meta::TypeOf;
use crate::pool::any::PoolRef;
use crate::volume::Volume;

/// One line of a scenario.
pub struct Line {
    /// Its journey, or those of a mix.
    pub journeys: Vec<Part>,
    /// Its volume.
    pub volume: Volume,
    /// How many journeys it starts in all, at most.
    pub most: Option<u64>,
    /// Whether each item of its pools is used once.
    pub once: bool,
    /// The line that says so.
    pub place: Place,
}

/// A journey of a line.
pub struct Part {
    /// The journey, by name or by function.
    pub journey: JourneyRef,
    /// Its pool.
    pub pool: PoolRef,
    /// How often it is started, against the others of its line.
    pub weight: f64,
    /// The line that says so.
    pub place: Place,
}

impl Line {
    /// One journey, fed from `pool`.
    pub fn new(journey: JourneyRef, pool: PoolRef, volume: Volume, place: Place) -> Self {
        let part = Part { journey, pool, weight: 1.0, place: place.clone() };
        Self { journeys: vec![part], volume, most: None, once: false, place }
    }
}

/// A journey as a scenario names it.
#[derive(Clone, Debug)]
pub enum JourneyRef {
    /// By its spec.
    Spec(String),
    /// By the function itself.
    Function {
        /// The function's own type.
        id: TypeId,
        /// Its path.
        name: &'static str,
        /// The tuple of its arguments.
        arguments: TypeOf,
    },
}

impl JourneyRef {
    /// That of a journey's function.
    pub(super) fn of<J: 'static, A: 'static>() -> Self {
        Self::Function {
            id: TypeId::of::<J>(),
            name: std::any::type_name::<J>(),
            arguments: TypeOf::of::<A>(),
        }
    }
}
