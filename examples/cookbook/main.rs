//! The recipes of the book's cookbook (`docs/cookbook`), each with a scenario that runs
//! as it is: against a shop that is started on loopback, or against the `shop_url` of the
//! config.
//!
//!     cargo run --release -p mite-examples --example cookbook -- list
//!     cargo run --release -p mite-examples --example cookbook -- scenario test cookbook:mix:shop

mod answers;
mod data;
mod environments;
mod graphql;
mod limits;
mod log_in;
mod mix;
mod queue;
mod rate;
mod service;
mod setup;
mod stream;
mod tls;
mod upload;
mod visit;

mite::main!();
