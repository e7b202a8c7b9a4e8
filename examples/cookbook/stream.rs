// examples/cookbook/stream.rs
use mite::prelude::*;

use crate::service;

#[derive(serde::Deserialize)]
struct Change {
    price: u32,
}

/// Follows the prices: server-sent events, each counted when it comes.
#[journey]
async fn follow(ctx: &Context) -> mite::Result {
    let shop: String = ctx.config().require("shop_url")?;
    ctx.transaction("Follow", async |ctx| {
        let started = std::time::Instant::now();
        let mut events = ctx.http().get(format!("{shop}/events")).send_streaming().await?;
        let mut first = true;
        while let Some(event) = events.event().await? {
            let change: Change = serde_json::from_str(&event.data)?;
            ctx.observe("price", change.price);
            ctx.count("events", 1).with("kind", event.event.as_str());
            if std::mem::take(&mut first) {
                ctx.observe("first event", started.elapsed().as_secs_f64());
            }
        }
        Ok(())
    })
    .await
}

#[scenario]
fn prices(config: &Config) -> mite::Result<Scenario> {
    service::here(config)?;
    Ok(Scenario::builder()
        .run(follow, NoData, 3)
        .at_most(12)
        .threshold("\"first event\" p99 < 5s")
        .threshold("events count == 60")
        .build())
}
