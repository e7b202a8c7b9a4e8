// examples/cookbook/graphql.rs
use mite::prelude::*;
use serde_json::Value;

use crate::service;

/// Asks the server; an error in its answer is an error, whatever its status.
async fn graphql(ctx: &Context, name: &str, query: &str, variables: Value) -> mite::Result<Value> {
    let shop: String = ctx.config().require("shop_url")?;
    let question = json!({ "operationName": name, "query": query, "variables": variables });
    let request = ctx.http().post(format!("{shop}/graphql")).json(&question).tag("name", name);
    let mut answer: Value = request.send().await?.expect_status(200)?.json()?;
    if let Some(error) = answer["errors"].get(0) {
        mite::bail!("{name}: {}", error["message"].as_str().unwrap_or("failed"));
    }
    Ok(answer["data"].take())
}

#[journey]
async fn price(ctx: &Context, item: u32) -> mite::Result {
    const PRICE: &str = "query Price($id: Int!) { item(id: $id) { price } }";
    ctx.transaction("Look", async |ctx| {
        let found = graphql(ctx, "Price", PRICE, json!({ "id": item })).await?;
        ctx.check("has a price", found["item"]["price"].is_number());
        Ok(())
    })
    .await
}

#[journey]
async fn order(ctx: &Context, item: u32) -> mite::Result {
    const ORDER: &str = "mutation Order($id: Int!) { order(item: $id) { id } }";
    ctx.transaction("Order", async |ctx| {
        graphql(ctx, "Order", ORDER, json!({ "id": item })).await?;
        Ok(())
    })
    .await
}

#[datapool]
fn items() -> impl DataPool<Item = u32> {
    RecyclableIterableDataPool::new(1..=50)
}

#[scenario]
fn shop(config: &Config) -> mite::Result<Scenario> {
    service::here(config)?;
    let customers = Mix::new().run(price, items, 3).run(order, items, 1);
    Ok(Scenario::builder()
        .mix(customers, PerSecond(Constant::new(20, secs(2))))
        .threshold("http p95 {name=Order} < 1s")
        .build())
}
