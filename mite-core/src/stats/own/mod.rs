//! Statistics of one's own: what journeys and `#[stat]` functions tell, by name and
//! labels.

mod amount;
mod key;
mod kind;
mod label_value;
mod numbers;
mod rows;
mod table;
mod told;

pub use amount::Amount;
pub use key::{LabelPair, Labels, StatisticKey};
pub use kind::StatisticKind;
pub use label_value::LabelValue;
pub use numbers::Numbers;
pub use rows::StatisticRow;
pub(crate) use table::StatisticTable;
pub use told::Told;
#[cfg(test)]
mod tests;
