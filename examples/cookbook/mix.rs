// examples/cookbook/mix.rs
use mite::prelude::*;

use crate::service;

#[journey]
async fn browse(ctx: &Context, item: u32) -> mite::Result {
    let shop: String = ctx.config().require("shop_url")?;
    ctx.transaction("Browse", async |ctx| {
        ctx.http().get(format!("{shop}/items/{item}")).send().await?.expect_status(200)?;
        Ok(())
    })
    .await
}

#[journey]
async fn buy(ctx: &Context) -> mite::Result {
    let shop: String = ctx.config().require("shop_url")?;
    ctx.transaction("Buy", async |ctx| {
        let order = json!({"item": 3});
        ctx.http().post(format!("{shop}/orders")).json(&order).send().await?.expect_status(201)?;
        Ok(())
    })
    .await
}

#[datapool]
fn items() -> impl DataPool<Item = u32> {
    RecyclableIterableDataPool::new((0..100).filter(|item| *item != 7))
}

/// Of a hundred customers, eighty look around and twenty buy; a hundred come each second.
#[scenario]
fn shop(config: &Config) -> mite::Result<Scenario> {
    service::here(config)?;
    let customers = Mix::new().run(browse, items, 80).run(buy, NoData, 20);
    Ok(Scenario::builder().mix(customers, PerSecond(Constant::new(100, secs(2)))).build())
}
