#![allow(unused)]

use mite::prelude::*;

#[journey(retries = 3)]
async fn option(ctx: &Context) -> mite::Result {
    Ok(())
}

#[journey]
struct Thing;

#[datapool]
mod users {}

#[scenario]
const SCENARIO: u8 = 1;

trait Journeys {
    #[journey]
    async fn declared(ctx: &Context) -> mite::Result;
}

#[journey]
#[journey]
async fn twice(ctx: &Context) -> mite::Result {
    Ok(())
}

#[scenario]
#[mite::datapool]
fn both() -> Scenario {
    Scenario::builder().build()
}

fn main() {
    let _ = both;
}
