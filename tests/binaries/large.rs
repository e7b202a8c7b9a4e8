//! Large pools and thousands of lines, to measure what the control plane costs:
//! docs/performance.md, "Large pools and many lines".

use std::collections::VecDeque;
use std::sync::Mutex;

use mite::prelude::*;

#[journey]
async fn starts(_ctx: &Context, _n: u64) -> mite::Result {
    Ok(())
}

#[journey]
async fn stays(ctx: &Context, _n: u64) -> mite::Result {
    ctx.sleep(secs(1)).await;
    Ok(())
}

#[journey]
async fn waits(ctx: &Context) -> mite::Result {
    ctx.sleep(Duration::from_millis(100)).await;
    Ok(())
}

/// What mite's own recyclable pool does, written by hand.
struct Own {
    free: Mutex<VecDeque<u64>>,
    spares: u32,
}

fn own(items: u64, spares: u32) -> Own {
    Own { free: Mutex::new((0..items).collect()), spares }
}

#[async_trait]
impl DataPool for Own {
    type Item = (u64,);

    async fn checkout(&self, _config: &Config) -> mite::Result<Checkout<(u64,)>> {
        let free = self.free.lock().unwrap().pop_front();
        Ok(free.map_or(Checkout::Later, |n| Checkout::Item(n, (n,))))
    }

    async fn checkin(&self, id: ItemId) {
        self.free.lock().unwrap().push_back(id);
    }

    fn spares(&self) -> u32 {
        self.spares
    }
}

mite_tests::scenarios! {
    // A journey for each of 100,000 items at once.
    wide: stays, own(100_000, 0), 100_000;
    // As fast as they go.
    fast: starts, own(100_000, 20_000), 100;
    careful: starts, own(100_000, 0), 1_000;
    recyclable: starts, RecyclableIterableDataPool::new(0..100_000u64), 100;
    once: starts, IterableDataPool::new(0..100_000_000u64), 100;
}

/// So many lines of a journey each, for three seconds.
#[scenario]
fn lines(config: &Config) -> Scenario {
    let each = Constant::new(1, secs(3));
    let line =
        |builder: mite_core::scenario::ScenarioBuilder, _| builder.run(waits, NoData, each.clone());
    (0..config.get_or("lines", 2000)).fold(Scenario::builder(), line).build()
}

/// The same, with a pool for each.
#[scenario]
fn pools(config: &Config) -> Scenario {
    let each = Constant::new(1, secs(3));
    let pool = || RecyclableIterableDataPool::new(0..10u64);
    let line =
        |builder: mite_core::scenario::ScenarioBuilder, _| builder.run(stays, pool(), each.clone());
    (0..config.get_or("lines", 2000)).fold(Scenario::builder(), line).build()
}

mite::main!();
