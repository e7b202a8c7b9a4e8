// examples/cookbook/environments.rs
use mite::prelude::*;

use crate::service;

/// What is asked for with `--config cookbook:environments:staging`.
#[config]
fn staging() -> impl serde::Serialize {
    json!({"visitors": 2})
}

#[config]
fn production() -> impl serde::Serialize {
    json!({"visitors": 10})
}

/// Logs in with the password of the environment: `MITE_CONF_shop_password`.
#[journey]
async fn log_in(ctx: &Context) -> mite::Result {
    let shop: String = ctx.config().require("shop_url")?;
    let password: String = ctx.config().require("shop_password")?;
    ctx.transaction("Log in", async |ctx| {
        let form = [("user", "load-test"), ("password", &password)];
        ctx.http().post(format!("{shop}/login")).form(&form).send().await?.expect_status(200)?;
        Ok(())
    })
    .await
}

#[scenario]
fn check(config: &Config) -> mite::Result<Scenario> {
    service::here(config)?;
    let visitors: u32 = config.require("visitors")?;
    Ok(Scenario::builder().run(log_in, NoData, visitors).at_most(20).build())
}
