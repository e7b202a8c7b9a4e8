//! Journeys and scenarios under `cargo test`.
//!
//! ```
//! use mite::prelude::*;
//!
//! #[journey]
//! async fn greet(ctx: &Context, name: String) -> mite::Result {
//!     ctx.transaction("Greet", async |ctx| {
//!         ctx.send("greeting", fields! { name });
//!         Ok(())
//!     })
//!     .await
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let spec = concat!(module_path!(), ":greet");
//! let run = mite::testing::journey(spec).args(("bob",)).run().await;
//! run.assert_passed();
//! assert_eq!(run.transactions(), ["Greet"]);
//! assert_eq!(run.messages_of("greeting")[0].get::<String>("name").unwrap(), "bob");
//! # }
//! ```

mod journey;
mod recorded;
mod scenario;

pub use crate::forecast::{
    Count, DataForecast, Forecast, LineForecast, PartForecast, Peak, Rows, RunnersForecast, Shape,
    Supply,
};
pub use journey::{JourneyRun, JourneyTest, journey};
#[doc(inline)]
pub use mite_core::stats::{
    Distribution, FailureRow, JourneyCounts, JourneyRow, RequestRow, StatisticRow, Summary, Totals,
    TransactionRow, Verdict,
};
#[cfg(feature = "http")]
pub use mite_http::{HttpMessage, HttpRecord};
pub use scenario::{ScenarioRun, ScenarioTest, scenario};
