//! One GET, as often as possible, as many journeys as possible, or as many idle
//! connections as possible, or so many a second: for measuring mite itself; and how many
//! a second a server can do.
//!
//! Config: `url`; `volume`, the number of journeys at once (64); `rate`, how many a second
//! (1000); of `capacity`, which begins at `rate`, the greatest one (`up_to`, 20000) and
//! how many seconds each is held (`hold`, 10).

use mite::prelude::*;

/// Repeats one GET until the test stops.
#[journey]
async fn repeating(ctx: &Context) -> mite::Result {
    let url: String = ctx.config().require("url")?;
    while !ctx.should_stop() {
        ctx.http().get(&url).send().await?;
    }
    Ok(())
}

/// One GET in a transaction.
#[journey]
async fn single(ctx: &Context) -> mite::Result {
    ctx.transaction("get", async |ctx| {
        let url: String = ctx.config().require("url")?;
        ctx.http().get(&url).send().await?;
        Ok(())
    })
    .await
}

/// One GET, then a minute with the connection open.
#[journey]
async fn idling(ctx: &Context) -> mite::Result {
    let url: String = ctx.config().require("url")?;
    ctx.http().get(&url).send().await?;
    ctx.sleep(Duration::from_secs(60)).await;
    Ok(())
}

fn volume(config: &Config) -> u32 {
    config.get_or("volume", 64u32)
}

/// The same journeys for the whole test: what a request costs.
#[scenario]
fn repeat(config: &Config) -> mite::Result<Scenario> {
    config.require::<String>("url")?;
    Ok(Scenario::builder().run(repeating, NoData, volume(config)).build())
}

/// A journey for each request: what a journey costs.
#[scenario]
fn once(config: &Config) -> mite::Result<Scenario> {
    config.require::<String>("url")?;
    Ok(Scenario::builder().run(single, NoData, volume(config)).build())
}

/// So many journeys a second: how well mite keeps a schedule.
#[scenario]
fn arrivals(config: &Config) -> mite::Result<Scenario> {
    config.require::<String>("url")?;
    let rate = config.get_or("rate", 1000.0);
    Ok(Scenario::builder().run(single, NoData, PerSecond(rate)).build())
}

/// The greatest rate at which 99 % are answered in 100 ms.
#[scenario]
fn capacity(config: &Config) -> mite::Result<Scenario> {
    config.require::<String>("url")?;
    let search = FindMax::per_second(config.get_or("rate", 1000.0))
        .up_to(config.get_or("up_to", 20_000.0))
        .until("http p99 < 100ms")
        .until("errors rate < 1%")
        .hold(secs(config.get_or("hold", 10.0)));
    Ok(Scenario::builder().run(single, NoData, search).build())
}

/// Journeys that do nothing with a connection each: what one weighs.
#[scenario]
fn idle(config: &Config) -> mite::Result<Scenario> {
    config.require::<String>("url")?;
    config.set("http_connections", "per_journey");
    Ok(Scenario::builder().run(idling, NoData, volume(config)).build())
}

mite::main!();
