//! Journeys of a user's own crate.
#![forbid(unsafe_code)]

pub mod accounts {
    use mite::prelude::*;

    /// Creates one user.
    #[journey]
    pub async fn create_user(ctx: &Context, user: String) -> mite::Result {
        let url: String = ctx.config().require("app_url")?;
        ctx.transaction("Create user", async |ctx| {
            let response =
                ctx.http().post(format!("{url}/users")).json(&json!({"user": user})).send().await?;
            response.expect_status(201)?;
            ctx.record("users", &json!({"username": user}))
        })
        .await
    }
}

use mite::prelude::*;

#[datapool]
fn users() -> impl DataPool<Item = String> {
    IterableDataPool::new((0..3).map(|n| format!("user-{n}")))
}

#[scenario]
fn three() -> Scenario {
    Scenario::builder().run(accounts::create_user, users, 1).build()
}
