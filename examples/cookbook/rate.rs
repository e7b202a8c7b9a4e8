// examples/cookbook/rate.rs
use mite::prelude::*;

use crate::service;

#[journey]
async fn look(ctx: &Context) -> mite::Result {
    let shop: String = ctx.config().require("shop_url")?;
    ctx.transaction("Look", async |ctx| {
        ctx.http().get(format!("{shop}/items/3")).send().await?.expect_status(200)?;
        Ok(())
    })
    .await
}

/// Up to a hundred a second, a second of that, and down again: 200 journeys, whatever the
/// service does.
#[scenario]
fn morning(config: &Config) -> mite::Result<Scenario> {
    service::here(config)?;
    let up = Ramp::over(secs(1)).from(0);
    let down = Ramp::over(secs(1)).to(0);
    let rate = up + Constant::new(100, secs(1)) + down;
    Ok(Scenario::builder().run(look, NoData, PerSecond(rate)).build())
}

/// At random times, as people come who do not know of each other, and no more than twenty
/// at once.
#[scenario]
fn random(config: &Config) -> mite::Result<Scenario> {
    service::here(config)?;
    let rate = PerSecond(Constant::new(50, secs(2))).poisson().at_most(20);
    Ok(Scenario::builder().run(look, NoData, rate).build())
}

/// The greatest rate at which 99 of 100 are answered within 200 ms.
#[scenario]
fn greatest(config: &Config) -> mite::Result<Scenario> {
    service::here(config)?;
    let search = FindMax::per_second(50).up_to(100).until("http p99 < 200ms").hold(secs(2));
    Ok(Scenario::builder().run(look, NoData, search).build())
}
