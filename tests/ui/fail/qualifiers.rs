#![allow(unused)]

use mite::prelude::*;

#[journey]
async unsafe fn not_safe(ctx: &Context) -> mite::Result {
    Ok(())
}

#[journey]
async extern "C" fn foreign(ctx: &Context) -> mite::Result {
    Ok(())
}

#[scenario]
const fn constant() -> Scenario {
    loop {}
}

#[journey]
async fn generic<T: Into<String>>(ctx: &Context, name: T) -> mite::Result {
    Ok(())
}

#[datapool]
fn lifetime<'a>(config: &'a Config) -> NoData {
    NoData
}

#[scenario]
fn condition() -> Scenario
where
    u8: Copy,
{
    Scenario::builder().build()
}

fn main() {}
