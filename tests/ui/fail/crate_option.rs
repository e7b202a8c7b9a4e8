#![allow(unused)]

use mite::prelude::*;

#[journey(crate = gone::mite)]
async fn nowhere(_ctx: &Context) -> mite::Result {
    Ok(())
}

#[journey(crate = mite, retries = 3)]
async fn more(_ctx: &Context) -> mite::Result {
    Ok(())
}

fn main() {}
