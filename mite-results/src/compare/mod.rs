//! Whether one run is slower than another.

mod comparable;
mod comparison;
mod estimate;
mod figure;
mod repeated;
mod sample;
mod settings;
mod sides;
mod spread;
mod stretch;
mod student;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod vectors;

pub use comparison::{Compared, Comparison, Named, Row, RunName, Verdict};
pub use figure::{Basis, Figure, Kind, Outcome};
pub use settings::{Judge, Settings};
