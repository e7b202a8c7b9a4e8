#![allow(unused)]

use mite::prelude::*;

#[journey]
async fn journey(ctx: &Context) -> mite::Result {
    tokio::spawn(async move { ctx.send("hello", fields! {}) });
    Ok(())
}

fn main() {}
