#![deny(warnings)]
#![allow(dead_code, unreachable_pub, clippy::too_many_arguments)]

use mite::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Clone)]
pub struct Row {
    name: String,
}

#[journey]
pub async fn no_arguments(_: &Context) -> mite::Result {
    Ok(())
}

#[mite::journey]
pub async fn arguments(
    ctx: &mite::Context,
    mut row: Row,
    r#type: Option<Vec<(u8, String)>>,
    _unused: [u8; 2],
) -> Result<(), mite::Error> {
    row.name.push('!');
    ctx.record("rows", &(row, r#type))
}

#[journey]
#[rustfmt::skip]
async fn twelve(
    _ctx: &Context,
    a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8, j: u8, k: u8, l: u8,
) -> mite::Result {
    mite::ensure!(a + b + c + d + e + f + g + h + i + j + k + l > 0);
    Ok(())
}

/// A journey need not be `Send`.
#[journey]
async fn not_send(ctx: &Context) -> mite::Result {
    let counter = std::rc::Rc::new(std::cell::Cell::new(0));
    ctx.transaction("count", async |ctx| {
        counter.set(1);
        ctx.sleep(Duration::ZERO).await;
        Ok(())
    })
    .await?;
    ctx.send("counted", fields! { n: counter.get() });
    Ok(())
}

#[deprecated]
#[journey]
async fn r#move(_ctx: &Context) -> mite::Result {
    Ok(())
}

#[journey]
#[cfg(any())]
async fn compiled_elsewhere(_ctx: &Context, _x: Missing) -> mite::Result {
    Ok(())
}

mod inner {
    use super::*;

    #[journey]
    async fn start(_ctx: &Context, _encoded: u8, _ctx2: u8) -> mite::Result {
        Ok(())
    }
}

macro_rules! journeys {
    ($($name:ident $ty:ty),*) => { $(
        #[journey]
        async fn $name(_ctx: &Context, _value: $ty) -> mite::Result {
            Ok(())
        }
    )* };
}
journeys!(one u8, two Vec<String>);

#[datapool]
fn pool() -> impl DataPool<Item = (Row,)> + use<> {
    IterableDataPool::new([(Row { name: "a".into() },)])
}

#[datapool]
fn pool_of_config(config: &Config) -> impl DataPool<Item = (u32,)> {
    IterableDataPool::new([(config.get_or("n", 1u32),)])
}

#[datapool]
fn fallible_pool(config: &Config) -> mite::Result<impl DataPool<Item = (u32,)>> {
    Ok(IterableDataPool::new([(config.require("n")?,)]))
}

#[datapool]
async fn later_pool() -> impl DataPool<Item = u32> {
    IterableDataPool::new([1])
}

#[datapool]
async fn later_pool_of_config(config: &Config) -> mite::Result<impl DataPool<Item = u32>> {
    Ok(IterableDataPool::new([config.require("n")?]))
}

#[datapool]
fn row_pool(_config: &Config) -> impl DataPool<Item = impl Serialize + Send + 'static> {
    IterableDataPool::new([1])
}

#[datapool]
fn shared_pool() -> std::sync::Arc<IterableDataPool<u8>> {
    std::sync::Arc::new(IterableDataPool::new([1]))
}

#[journey]
async fn takes_number(_ctx: &Context, _n: u32) -> mite::Result {
    Ok(())
}

#[scenario]
fn scenario() -> Scenario {
    #[journey]
    async fn local(_ctx: &Context) -> mite::Result {
        Ok(())
    }

    struct Mine;
    impl VolumeModel for Mine {
        fn volume(&mut self, _: Duration, _: Duration) -> Result<f64, StopVolumeModel> {
            Ok(1.0)
        }
    }

    Scenario::builder()
        .run(local, NoData, Once::new())
        .run(takes_number, pool_of_config, 10)
        .run(takes_number, fallible_pool, 2.5)
        .run(takes_number, later_pool, Constant::new(10, secs(60)))
        .run(takes_number, later_pool_of_config, Nothing::new(secs(1)) + Ramp::over(secs(1)).to(9))
        .run(takes_number, IterableDataPool::new([5u32]), Ramp::over(mins(1)).from(0).to(10))
        .run(takes_number, pool_of_config(&Config::new()), Mine)
        .journey("forms:inner:start", NoData, volume_fn(|_, _| 10))
        .journey("forms:one", shared_pool, volume_fn(|start, _end| {
            if start > hours(1) { Err(StopVolumeModel) } else { Ok(10) }
        }))
        .build()
}

#[scenario]
async fn later_scenario(config: &Config) -> mite::Result<Scenario> {
    config.set("key", "value");
    Ok(scenario())
}

#[scenario]
async fn later_scenario_without_config() -> Scenario {
    scenario()
}

#[scenario]
fn scenario_of_config(_: &Config) -> mite::Result<Scenario> {
    Ok(scenario())
}

#[config]
fn staging() -> impl Serialize {
    json!({ "app_url": "https://staging.example.com" })
}

#[config]
fn secret() -> mite::Result<std::collections::BTreeMap<String, u8>> {
    Ok(Default::default())
}

struct Seen;

impl mite::MessageProcessor for Seen {
    fn process(&mut self, _message: &mite::Message) -> mite::Result {
        Ok(())
    }
}

struct Bytes;

impl mite::RawMessageProcessor for Bytes {
    fn process(&mut self, _message: &[u8]) -> mite::Result {
        Ok(())
    }
}

#[processor]
fn seen() -> impl mite::MessageProcessor {
    Seen
}

#[processor]
fn bytes() -> mite::Result<impl mite::RawMessageProcessor> {
    Ok(Bytes)
}

#[stat]
fn orders() -> impl Stat {
    Counter::of("order").label("kind")
}

#[stat]
fn queue() -> mite::Result<Gauge> {
    Ok(Gauge::of(["order", "shipment"], "queue").named("queue_depth"))
}

fn main() {}
