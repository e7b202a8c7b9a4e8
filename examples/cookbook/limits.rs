// examples/cookbook/limits.rs
use mite::prelude::*;

use crate::service;

#[journey]
async fn look(ctx: &Context, item: u32) -> mite::Result {
    let shop: String = ctx.config().require("shop_url")?;
    ctx.transaction("Look", async |ctx| {
        let found = ctx.http().get(format!("{shop}/items/{item}")).send().await?;
        let found: serde_json::Value = found.expect_status(200)?.json()?;
        ctx.check("has a price", found["price"].as_u64().is_some());
        Ok(())
    })
    .await
}

#[datapool]
fn items() -> impl DataPool<Item = u32> {
    RecyclableIterableDataPool::new(0..10)
}

/// What the shop must do. Item 7 takes 400 ms: the first limit holds, the last does not
/// if it is asked for.
#[scenario]
fn promises(config: &Config) -> mite::Result<Scenario> {
    service::here(config)?;
    let mut scenario = Scenario::builder()
        .run(look, items, PerSecond(Constant::new(50, secs(2))))
        .threshold("http p50 < 300ms")
        .threshold("errors rate < 1%")
        .threshold("\"has a price\" failed < 1%");
    if config.get_or("strict", false) {
        scenario = scenario.threshold("http max < 300ms");
    }
    Ok(scenario.build())
}
