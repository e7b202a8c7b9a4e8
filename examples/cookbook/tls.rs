// examples/cookbook/tls.rs
use mite::prelude::*;

/// One request; who signs, which certificate is shown and which proxy it goes through are
/// in the config.
#[journey]
async fn status(ctx: &Context) -> mite::Result {
    let url: String = ctx.config().require("url")?;
    ctx.transaction("Status", async |ctx| {
        ctx.http().get(&url).send().await?.expect_status(200)?;
        Ok(())
    })
    .await
}
