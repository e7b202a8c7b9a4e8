// examples/cookbook/setup.rs
use mite::prelude::*;

use crate::service;

/// What the shop answers to an order.
#[derive(serde::Deserialize)]
struct Made {
    id: u64,
}

/// Once before load: makes ten orders, and returns their numbers.
async fn seed(ctx: &Context) -> mite::Result<Vec<u64>> {
    let shop: String = ctx.config().require("shop_url")?;
    let mut orders = Vec::new();
    for item in 0..10 {
        let order = json!({"item": item});
        let made = ctx.http().post(format!("{shop}/orders")).json(&order).send().await?;
        orders.push(made.expect_status(201)?.json::<Made>()?.id);
    }
    Ok(orders)
}

/// Once after load, however it ended: removes them.
async fn clean(ctx: &Context) -> mite::Result {
    let shop: String = ctx.config().require("shop_url")?;
    for order in ctx.setup::<Vec<u64>>()?.iter() {
        let removed = ctx.http().delete(format!("{shop}/orders/{order}")).send().await?;
        removed.expect_status(204)?;
    }
    Ok(())
}

/// Pays one of the orders.
#[journey]
async fn pay(ctx: &Context) -> mite::Result {
    let shop: String = ctx.config().require("shop_url")?;
    let orders = ctx.setup::<Vec<u64>>()?;
    let order = *ctx.random().pick(&orders);
    ctx.transaction("Pay", async |ctx| {
        let payment = ctx.http().post(format!("{shop}/orders/{order}/payment")).send().await?;
        payment.expect_status(200)?;
        Ok(())
    })
    .await
}

#[scenario]
fn payments(config: &Config) -> mite::Result<Scenario> {
    service::here(config)?;
    let volume = PerSecond(Constant::new(20, secs(2)));
    Ok(Scenario::builder().setup(seed).teardown(clean).run(pay, NoData, volume).build())
}
