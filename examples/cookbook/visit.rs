// examples/cookbook/visit.rs
use mite::prelude::*;

use crate::service;

/// Logs in, looks at three items, and orders one.
#[journey]
async fn visit(ctx: &Context, user: String, password: String) -> mite::Result {
    let shop: String = ctx.config().require("shop_url")?;
    ctx.transaction("Log in", async |ctx| {
        let form = [("user", &user), ("password", &password)];
        ctx.http().post(format!("{shop}/login")).form(&form).send().await?.expect_status(200)?;
        Ok(())
    })
    .await?;
    for item in [1, 2, 3] {
        ctx.transaction("Look", async |ctx| {
            let found = ctx.http().get(format!("{shop}/items/{item}")).send().await?;
            let found: serde_json::Value = found.expect_status(200)?.json()?;
            ctx.check("has a price", found["price"] == item * 10);
            Ok(())
        })
        .await?;
        ctx.think(secs(0.1)..secs(0.3)).await;
    }
    ctx.transaction("Order", async |ctx| {
        let order = json!({"item": 3});
        ctx.http().post(format!("{shop}/orders")).json(&order).send().await?.expect_status(201)?;
        Ok(())
    })
    .await
}

#[datapool]
fn users() -> impl DataPool<Item = (String, String)> {
    RecyclableIterableDataPool::new((0..5).map(|n| (format!("user-{n}"), format!("secret-{n}"))))
}

/// Five at once, twenty visits in all.
#[scenario]
fn visits(config: &Config) -> mite::Result<Scenario> {
    service::here(config)?;
    Ok(Scenario::builder()
        .run(visit, users, 5)
        .at_most(20)
        .threshold("http p95 < 1s")
        .threshold("errors rate < 1%")
        .threshold("\"has a price\" failed < 1%")
        .build())
}
