// examples/cookbook/upload.rs
use mite::http::{Body, Multipart, Part};
use mite::prelude::*;

use crate::service;

/// A form with a file of 100 kB, as a browser sends it; then a file from the disk, which is
/// never in memory as a whole.
#[journey]
async fn send(ctx: &Context) -> mite::Result {
    let shop: String = ctx.config().require("shop_url")?;
    ctx.transaction("Form", async |ctx| {
        let photo = Part::bytes(vec![7; 100_000]).file_name("photo.jpg").mime("image/jpeg");
        let form = Multipart::new().text("title", "A parrot").part("photo", photo);
        let taken = ctx.http().post(format!("{shop}/photos")).multipart(form).send().await?;
        taken.expect_status(200)?;
        Ok(())
    })
    .await?;
    ctx.transaction("File", async |ctx| {
        let file = Body::file("photo.jpg").await?;
        let length = file.len();
        let taken = ctx.http().post(format!("{shop}/photos")).body(file).send().await?;
        let taken: serde_json::Value = taken.expect_status(200)?.json()?;
        mite::ensure!(taken["bytes"].as_u64() == length, "the shop took {}", taken["bytes"]);
        Ok(())
    })
    .await
}

#[scenario]
fn photos(config: &Config) -> mite::Result<Scenario> {
    service::here(config)?;
    Ok(Scenario::builder().run(send, NoData, 2).at_most(10).build())
}
