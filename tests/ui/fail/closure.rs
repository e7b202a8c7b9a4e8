#![allow(unused)]

use mite::prelude::*;

#[journey]
async fn journey(ctx: &Context) -> mite::Result {
    ctx.transaction("outer", async |ctx| {
        ctx.transaction("inner", |ctx| async move {
            ctx.send("hello", fields! {});
            Ok(())
        })
        .await
    })
    .await
}

fn main() {}
