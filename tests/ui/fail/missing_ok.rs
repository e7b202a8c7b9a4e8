#![allow(unused)]

use mite::prelude::*;

#[journey]
async fn journey(ctx: &Context) -> mite::Result {
    ctx.transaction("step", async |ctx| {
        ctx.send("hello", fields! {});
    })
    .await?;
    ctx.send("bye", fields! {});
}

fn main() {}
