#![allow(unused)]

use mite::prelude::*;

#[journey]
async fn of_a_transaction(ctx: &Context) -> mite::Result {
    ctx.transaction("step", async |ctx| {
        ctx.send("hello", fields! {});
    })
    .await?;
    ctx.transaction("each", async |ctx| {
        for page in 1..3 {
            ctx.send("hello", fields! { page });
        }
    })
    .await
}

#[journey]
async fn of_a_journey(ctx: &Context) -> mite::Result {
    let url: String = ctx.config().require("url")?;
    ctx.transaction("step", async |ctx| mite::bail!("gone")).await?;
}

#[journey]
async fn empty(ctx: &Context) -> mite::Result {}

#[journey]
async fn with_a_condition(ctx: &Context) -> mite::Result {
    if ctx.should_stop() {
        return Ok(());
    }
}

// Whose value is of another type, the compiler says.
#[journey]
async fn without_a_semicolon(ctx: &Context) -> mite::Result {
    ctx.send("hello", fields! {})
}

fn main() {}
