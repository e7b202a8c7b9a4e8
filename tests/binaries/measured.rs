//! Journeys whose numbers are known, for the tests of metrics: against the server at the
//! config's `url`.

use mite::prelude::*;

async fn get(ctx: &Context, path: &str) -> mite::Result {
    let url: String = ctx.config().require("url")?;
    ctx.http().get(format!("{url}{path}")).send().await?;
    Ok(())
}

/// Looks around, pays with a card that is none, and tells what it did.
#[journey]
async fn shops(ctx: &Context) -> mite::Result {
    ctx.transaction("browse", async |ctx| get(ctx, "/hello").await).await?;
    ctx.transaction("pay", async |ctx| {
        get(ctx, "/missing").await?;
        ctx.count("orders", 2).with("kind", "new \"one\"");
        ctx.gauge("queue depth", 7.5);
        ctx.observe("rows", 17.0);
        mite::bail!("no \"card\"\nin C:\\wallet")
    })
    .await
}

/// Waits for a slow page.
#[journey]
async fn waits(ctx: &Context) -> mite::Result {
    ctx.transaction("wait", async |ctx| get(ctx, "/slow").await).await
}

/// Both models, for as long as Prometheus needs to see a rate.
#[scenario]
fn measuring() -> Scenario {
    Scenario::builder()
        .run(shops, NoData, PerSecond(Constant::new(20, secs(7))))
        .run(waits, NoData, Constant::new(2, secs(7)))
        .build()
}

/// Sixty journeys, which all fail in the end.
#[scenario]
fn brief() -> Scenario {
    Scenario::builder().run(shops, NoData, PerSecond(Constant::new(20, secs(3)))).build()
}

/// Looks around, and nothing fails.
#[journey]
async fn browses(ctx: &Context) -> mite::Result {
    ctx.transaction("browse", async |ctx| get(ctx, "/hello").await).await
}

#[scenario]
fn fine() -> Scenario {
    Scenario::builder().run(browses, NoData, PerSecond(Constant::new(10, secs(2)))).build()
}

mite::main!();
