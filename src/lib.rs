//! Load tests as ordinary async Rust.
//!
//! A *journey* is an async function that does what one user does. A *data pool*
//! feeds it arguments, a *volume model* says how many run at once, and a
//! *scenario* puts the three together. They live in a binary of yours, whose
//! `main` is mite's command line.
//!
//! ```no_run
//! // examples/quickstart.rs
//! use mite::prelude::*;
//!
//! /// Sends one message and waits.
//! #[journey]
//! async fn journey(ctx: &Context, arg1: i64, arg2: i64) -> mite::Result {
//!     ctx.transaction("test1", async |ctx| {
//!         ctx.send("test_message", fields! {
//!             content: ctx.config().get_or("test_msg", "Not set"),
//!             sum: arg1 + arg2,
//!         });
//!         ctx.sleep(Duration::from_millis(500)).await;
//!         Ok(())
//!     })
//!     .await
//! }
//!
//! #[datapool]
//! fn datapool() -> impl DataPool<Item = (i64, i64)> {
//!     RecyclableIterableDataPool::new((0..5000).map(|i| (i, i + 2)))
//! }
//!
//! #[scenario]
//! fn scenario() -> Scenario {
//!     Scenario::builder()
//!         .journey("quickstart:journey", datapool, 10) // ten at once, for ever
//!         .build()
//! }
//!
//! mite::main!();
//! ```
//!
//! `cargo run --example quickstart -- scenario test quickstart:scenario` runs it
//! on all cores.
//!
//! # Where is what
//!
//! | what | where |
//! |---|---|
//! | attributes | [`journey`], [`datapool`], [`scenario`], [`config`](macro@config), [`processor`], [`stat`](macro@stat) |
//! | `main` | [`main!`](macro@main) |
//! | what a journey does | [`Context`]; requests: [`http`] |
//! | how much load, and when | [`volume`], [`ScenarioBuilder`], [`Mix`] |
//! | data | [`pool`] |
//! | journeys and scenarios under `cargo test` | [`testing`] |
//! | limits | [`ScenarioBuilder::threshold`], `--threshold` |
//! | statistics of the test's own | [`Context::check`], [`Context::count`], [`Context::observe`], [`stat`](mod@stat) |
//! | settings of the HTTP client (`http_*` in the config) | [`http::HttpSettings`] |
//! | options of the command line, each also a variable `MITE_<OPTION>` | `BIN scenario test --help`, and the book's reference |
//! | recipes: GraphQL, uploads | [`http::recipes`], and the book's cookbook |
//!
//! | feature | adds | default |
//! |---|---|---|
//! | `http` | [`http`]: `ctx.http()` | on |
//! | `terminal` | the screen (Unix); without it there are lines and a bar | on |
//! | `web` | `--web-address`, `--prometheus-address`: a run is served while it lasts | on |
//! | `html` | `ctx.browser()`: pages with links, forms and what belongs to them | off |
//! | `nats` | a fleet: `controller`, `runner`, `fleet up`, `ctl` and consumers of messages | off |
//! | `traces` | `--trace-sample`: traces of sampled journeys, by OTLP | off |
//! | `sql`, `s3` | data pools of the rows of a query, of the objects of a bucket | off |
//! | `reqwest` | counts requests that SDKs make through reqwest | off |
//! | `encrypted-keys` | client certificates whose keys have a password | off |
//!
//! | exit code | means |
//! |---|---|
//! | 0 | passed |
//! | 1 | a limit was exceeded; without other limits, any error of a journey |
//! | 2 | usage, or a scenario that cannot start |
//! | 3 | invalid: the generator itself could not keep its schedule |
//! | 4 | infrastructure was lost: a disk, a server |
//! | 128 + signal | cut by a signal before its planned end: 130 by Ctrl-C |
//!
//! The book, in `docs/` of the repository, goes on from here: recipes that run as they are,
//! limits, how to read a run, how to come from Python mite, k6, Locust, Gatling and goose.

#![warn(missing_docs)]

#[doc(hidden)]
pub use mite_core::__private;
#[doc(inline)]
pub use mite_core::config::Config;
#[doc(inline)]
pub use mite_core::error::{Error, OrError, Result};
#[doc(inline)]
pub use mite_core::journey::{Choices, Context, Random, ThinkTime};
#[doc(inline)]
pub use mite_core::message::{Message, MessageProcessor, RawMessageProcessor};
#[doc(inline)]
pub use mite_core::msgpack::Fields;
#[doc(inline)]
pub use mite_core::scenario::{Mix, Scenario, ScenarioBuilder};
#[doc(inline)]
pub use mite_core::stat;
#[doc(inline)]
pub use mite_core::{bail, ensure, fields, volume};

/// Lets an `impl` of [`DataPool`](pool::DataPool) have `async` functions
/// ([the crate of that name](https://docs.rs/async-trait)).
#[doc(inline)]
pub use mite_core::async_trait;

/// Registers a journey: `async fn(ctx: &Context, …) -> mite::Result`.
///
/// ```
/// use mite::prelude::*;
///
/// /// Signs in and looks around.
/// #[journey]
/// async fn browse(ctx: &Context, user: String, pages: u32) -> mite::Result {
///     ctx.transaction("sign in", async |ctx| {
///         ctx.send("signed_in", fields! { user });
///         Ok(())
///     })
///     .await?;
///     for page in 0..pages {
///         ctx.transaction(&format!("page {page}"), async |_| Ok(())).await?;
///     }
///     Ok(())
/// }
/// ```
pub use mite_macros::journey;

/// Registers a function that makes a data pool.
///
/// ```
/// use mite::prelude::*;
///
/// #[datapool]
/// fn users(config: &Config) -> mite::Result<impl DataPool<Item = (String,)>> {
///     let count: u32 = config.require("users")?;
///     Ok(RecyclableIterableDataPool::new((0..count).map(|n| (format!("user-{n}"),))))
/// }
/// ```
pub use mite_macros::datapool;

/// Registers a function that makes a scenario.
///
/// ```
/// use mite::prelude::*;
/// # #[journey] async fn browse(_ctx: &Context, _user: String) -> mite::Result { Ok(()) }
/// # #[datapool] fn users() -> impl DataPool<Item = (String,)> { IterableDataPool::new([]) }
///
/// #[scenario]
/// fn rush_hour() -> Scenario {
///     Scenario::builder().run(browse, users, Constant::new(100, mins(10))).build()
/// }
/// ```
pub use mite_macros::scenario;

/// Registers a function that makes settings, for `--config my_tests:staging`.
///
/// ```
/// use mite::prelude::*;
///
/// #[config]
/// fn staging() -> impl serde::Serialize {
///     json!({ "app_url": "https://staging.example.com", "users": 500 })
/// }
/// ```
pub use mite_macros::config;

/// Registers a function that makes a message processor, for
/// `--message-processors my_tests:slow_ones`.
///
/// ```
/// use mite::Message;
/// use mite::prelude::*;
///
/// /// Counts slow requests.
/// #[derive(Default)]
/// struct SlowOnes(u64);
///
/// impl MessageProcessor for SlowOnes {
///     fn process(&mut self, message: &Message) -> mite::Result {
///         self.0 += u64::from(message.get("total_time").unwrap_or(0.0) > 1.0);
///         Ok(())
///     }
///     fn finish(&mut self) -> mite::Result {
///         println!("{} slow ones", self.0);
///         Ok(())
///     }
/// }
///
/// #[processor]
/// fn slow_ones() -> impl MessageProcessor {
///     SlowOnes::default()
/// }
/// ```
pub use mite_macros::processor;

/// Registers a function that makes a statistic of messages.
///
/// ```
/// use mite::prelude::*;
///
/// /// How many orders waited before this one.
/// #[stat]
/// fn queue_depth() -> impl Stat {
///     Histogram::of("order", "queue_depth").label("kind")
/// }
///
/// #[stat]
/// fn failures() -> impl Stat {
///     Counter::of(["error", "exception"]).label("journey").label("ex_type")
/// }
/// ```
pub use mite_macros::stat;

#[doc(inline)]
pub use mite_core::breakpoint;
#[cfg(feature = "http")]
#[doc(inline)]
pub use mite_http as http;

pub mod cli;

/// Data pools: what journeys are fed from.
pub mod pool {
    #[doc(inline)]
    pub use mite_core::pool::*;

    #[cfg(any(feature = "sql", feature = "s3"))]
    pub use crate::pools::*;
}

#[cfg(feature = "nats")]
mod consumers;
#[cfg(feature = "nats")]
mod fleet;
mod forecast;
mod history;
#[cfg(feature = "nats")]
mod lanes;
mod listener;
#[cfg(any(feature = "web", feature = "http"))]
mod metrics;
mod output;
#[cfg(feature = "web")]
mod page;
#[cfg(any(feature = "sql", feature = "s3"))]
mod pools;
#[cfg(feature = "http")]
mod push;
mod run;
#[cfg(all(unix, feature = "terminal"))]
mod screen;
mod store;
mod terminal;
pub mod testing;
mod typed;
#[cfg(feature = "web")]
mod web;

/// What tests use: `use mite::prelude::*;`.
pub mod prelude {
    #[doc(no_inline)]
    pub use std::time::Duration;

    #[doc(no_inline)]
    pub use serde_json::json;

    #[cfg(feature = "html")]
    #[doc(no_inline)]
    pub use crate::http::BrowserContext;
    #[cfg(feature = "http")]
    #[doc(no_inline)]
    pub use crate::http::HttpContext;
    #[cfg(feature = "s3")]
    #[doc(no_inline)]
    pub use crate::pool::S3DataPool;
    #[cfg(feature = "sql")]
    #[doc(no_inline)]
    pub use crate::pool::SqlDataPool;
    #[doc(no_inline)]
    pub use crate::pool::{
        Checkout, CsvDataPool, DataPool, ItemId, IterableDataPool, JsonLinesDataPool,
        MsgpackDataPool, NoData, QueueDataPool, RecyclableIterableDataPool, Row, SingleRunDataPool,
        SingleRunDataPoolWrapper,
    };
    #[doc(no_inline)]
    pub use crate::stat::{Accumulator, Counter, Gauge, Histogram, Stat};
    #[doc(no_inline)]
    pub use crate::volume::{
        Constant, FindMax, Nothing, Once, PerSecond, Ramp, StopVolumeModel, VolumeModel, hours,
        mins, secs, volume_fn,
    };
    #[doc(no_inline)]
    pub use crate::{
        Config, Context, MessageProcessor, Mix, OrError as _, RawMessageProcessor, Scenario,
        ThinkTime, async_trait, config, datapool, fields, journey, processor, scenario, stat,
    };
}

/// Makes the `main` of a test binary: the whole command line.
///
/// `mite::main!(my_journeys, more)` also links libraries of journeys (crate
/// names, `-` as `_`). A library that a binary never names is not linked; the
/// package's own must be named too.
///
/// ```no_run
/// mite::main!();
/// ```
#[macro_export]
macro_rules! main {
    ($($library:ident),* $(,)?) => {
        $(use $library as _;)*

        #[cfg(panic = "abort")]
        ::core::compile_error!(
            "a panicking journey would end the whole run: remove `panic = \"abort\"` from this profile in Cargo.toml"
        );

        fn main() -> ::std::process::ExitCode {
            $crate::cli::main()
        }
    };
}

/// The pages of the book that have blocks of Rust: those are tests, like every example here.
#[cfg(doctest)]
mod book {
    macro_rules! pages {
        ($($name:ident: $file:literal,)*) => {
            $(#[doc = include_str!(concat!("../docs/", $file))] mod $name {})*
        };
    }
    pages! {
        cookbook_tls: "cookbook/tls.md",
        limits: "limits.md",
        scenarios: "scenarios.md",
        volumes: "volumes.md",
    }
}
