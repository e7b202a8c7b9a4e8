// examples/cookbook/answers.rs
use mite::prelude::*;
use serde_json::Value;

use crate::service;

/// What the shop tells of an item. Fields that are not named here are passed over; one that is
/// missing, or of another type, is an error that says which.
#[derive(serde::Deserialize)]
struct Item {
    id: u32,
    price: u32,
}

#[journey]
async fn look(ctx: &Context, item: u32) -> mite::Result {
    let shop: String = ctx.config().require("shop_url")?;
    ctx.transaction("Look", async |ctx| {
        let response = ctx.http().get(format!("{shop}/items/{item}")).send().await?;
        let found: Item = response.expect_status(200)?.json()?;
        // Wrong: the journey ends here, with an error and what is good to know of it.
        mite::ensure!(found.id == item, "another item", asked: item, body: response.text()?);
        // Doubtful: it is counted, and the journey goes on.
        ctx.check("has a price", found.price > 0);
        Ok(())
    })
    .await
}

/// What has no type of its own is looked through as it is.
#[journey]
async fn look_through(ctx: &Context) -> mite::Result {
    let shop: String = ctx.config().require("shop_url")?;
    ctx.transaction("Look through", async |ctx| {
        let response = ctx.http().get(format!("{shop}/items/3")).send().await?;
        let found: Value = response.expect_status(200)?.json()?;
        ctx.check("price is 30", found["price"] == 30);
        ctx.check("is in stock", found.pointer("/stock/count").is_some());
        ctx.check("is JSON", response.headers()["content-type"] == "application/json");
        Ok(())
    })
    .await
}

#[datapool]
fn items() -> impl DataPool<Item = u32> {
    RecyclableIterableDataPool::new(0..5)
}

/// Twenty looks. Item 0 has no price: one in five may not.
#[scenario]
fn looks(config: &Config) -> mite::Result<Scenario> {
    service::here(config)?;
    Ok(Scenario::builder()
        .run(look, items, 1)
        .at_most(20)
        .run(look_through, NoData, 1)
        .at_most(5)
        .threshold("\"has a price\" failed <= 20%")
        .build())
}

/// What is to be gone.
#[journey]
async fn gone(ctx: &Context) -> mite::Result {
    let shop: String = ctx.config().require("shop_url")?;
    let response = ctx.http().get(format!("{shop}/items/3")).send().await?;
    response.expect_status(404)?;
    Ok(())
}

#[scenario]
fn sold_out(config: &Config) -> mite::Result<Scenario> {
    service::here(config)?;
    Ok(Scenario::builder().run(gone, NoData, 1).at_most(1).build())
}
