#![allow(unused)]

use mite::prelude::*;

#[journey]
async fn journey(ctx: &Context) -> mite::Result {
    tokio::spawn(async move { ctx.send("hello", fields! {}) });
    Ok(())
}

#[journey]
async fn copied_too_late(ctx: &Context) -> mite::Result {
    ctx.transaction("outer", async |ctx| {
        tokio::task::spawn_local(async move {
            let context = ctx.clone();
        });
        Ok(())
    })
    .await
}

async fn work(ctx: &Context) {}

#[journey]
async fn handed_on(ctx: &Context) -> mite::Result {
    tokio::task::spawn_local(work(ctx));
    Ok(())
}

fn main() {}
