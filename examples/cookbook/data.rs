// examples/cookbook/data.rs
use mite::prelude::*;

use crate::service;

/// The arguments are columns of the file, by their names.
#[journey]
async fn log_in(ctx: &Context, user: String, password: String) -> mite::Result {
    let shop: String = ctx.config().require("shop_url")?;
    ctx.transaction("Log in", async |ctx| {
        let form = [("user", &user), ("password", &password)];
        ctx.http().post(format!("{shop}/login")).form(&form).send().await?.expect_status(200)?;
        ctx.record("logged_in", &json!({"user": user}))
    })
    .await
}

/// Takes turns: a user that is logged in is not used by another journey.
#[datapool]
fn users() -> mite::Result<CsvDataPool> {
    CsvDataPool::recyclable("users.csv")
}

/// Each row once, from a file of any size.
#[datapool]
fn each_user() -> mite::Result<CsvDataPool> {
    CsvDataPool::once("users.csv")
}

#[scenario]
fn turns(config: &Config) -> mite::Result<Scenario> {
    service::here(config)?;
    Ok(Scenario::builder().run(log_in, users, 2).at_most(10).build())
}

#[scenario]
fn each(config: &Config) -> mite::Result<Scenario> {
    service::here(config)?;
    Ok(Scenario::builder().run(log_in, each_user, 2).build())
}
