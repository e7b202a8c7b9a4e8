// examples/cookbook/queue.rs
use mite::prelude::*;

use crate::service;

/// Orders that nobody has paid yet.
static ORDERS: QueueDataPool<(u64,)> = QueueDataPool::bounded(10_000);

/// What the shop answers to an order.
#[derive(serde::Deserialize)]
struct Made {
    id: u64,
}

#[journey]
async fn order(ctx: &Context) -> mite::Result {
    let shop: String = ctx.config().require("shop_url")?;
    ctx.transaction("Order", async |ctx| {
        let order = json!({"item": 3});
        let made = ctx.http().post(format!("{shop}/orders")).json(&order).send().await?;
        ORDERS.push((made.expect_status(201)?.json::<Made>()?.id,))
    })
    .await
}

#[journey]
async fn pay(ctx: &Context, order: u64) -> mite::Result {
    let shop: String = ctx.config().require("shop_url")?;
    ctx.transaction("Pay", async |ctx| {
        let payment = ctx.http().post(format!("{shop}/orders/{order}/payment")).send().await?;
        payment.expect_status(200)?;
        Ok(())
    })
    .await
}

/// Fifty orders in a second, which five others pay, a second longer.
#[scenario]
fn orders(config: &Config) -> mite::Result<Scenario> {
    service::here(config)?;
    Ok(Scenario::builder()
        .run(order, NoData, PerSecond(Constant::new(50, secs(1))))
        .run(pay, &ORDERS, Constant::new(5, secs(2)))
        .build())
}
