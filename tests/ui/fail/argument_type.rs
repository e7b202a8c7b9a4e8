#![allow(unused)]

use mite::prelude::*;

struct Row;

#[journey]
async fn browse(_ctx: &Context, _row: Row) -> mite::Result {
    Ok(())
}

fn main() {}
