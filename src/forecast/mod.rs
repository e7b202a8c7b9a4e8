//! What a scenario will do, before a request is sent.

mod count;
mod data;
mod json;
mod line;
mod pieces;
mod runners;
mod scenario;
mod terms;
mod text;

pub use count::Count;
pub use data::{DataForecast, Rows, Supply};
pub use line::{LineForecast, PartForecast, Shape};
pub use pieces::Peak;
pub use runners::RunnersForecast;
pub use scenario::Forecast;
pub(crate) use terms::Terms;
