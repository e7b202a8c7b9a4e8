// examples/cookbook/log_in.rs
use mite::prelude::*;

use crate::service;

/// A visit: logs in once, then looks around until the test ends.
#[journey]
async fn visit(ctx: &Context, user: String, password: String) -> mite::Result {
    let shop: String = ctx.config().require("shop_url")?;
    ctx.transaction("Log in", async |ctx| {
        let form = [("user", &user), ("password", &password)];
        ctx.http().post(format!("{shop}/login")).form(&form).send().await?.expect_status(200)?;
        Ok(())
    })
    .await?;
    while !ctx.should_stop() {
        ctx.transaction("Look around", async |ctx| {
            ctx.http().get(format!("{shop}/offers")).send().await?.expect_status(200)?;
            Ok(())
        })
        .await?;
        ctx.think(secs(0.1)..secs(0.3)).await;
    }
    Ok(())
}

#[datapool]
fn users() -> impl DataPool<Item = (String, String)> {
    RecyclableIterableDataPool::new((0..100).map(|n| (format!("user-{n}"), format!("secret-{n}"))))
}

/// Five users for two seconds.
#[scenario]
fn visits(config: &Config) -> mite::Result<Scenario> {
    service::here(config)?;
    Ok(Scenario::builder().run(visit, users, Constant::new(5, secs(2))).build())
}
