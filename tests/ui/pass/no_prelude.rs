//! Generated code needs no name of the user's, and gets in the way of none.

#![no_implicit_prelude]
#![deny(warnings)]
#![allow(dead_code)]

extern crate mite;

#[allow(non_camel_case_types, dead_code)]
mod core {}
#[allow(non_camel_case_types, dead_code)]
mod std {}

#[mite::journey]
async fn encoded(ctx: &mite::Context, value0: u8, reader: u8) -> mite::Result {
    ctx.record("sum", &(value0 + reader))
}

#[mite::journey]
async fn reader(_ctx: &mite::Context) -> mite::Result {
    mite::Result::Ok(())
}

#[mite::datapool]
fn config(_: &mite::Config) -> mite::pool::NoData {
    mite::pool::NoData
}

#[mite::scenario]
fn scenario() -> mite::Scenario {
    mite::Scenario::builder().run(encoded, mite::pool::IterableDataPool::new([(1, 2)]), 1).build()
}

fn main() {}
