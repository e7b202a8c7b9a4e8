//! Data pools in whole runs: who gets which item, and when it comes back.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use mite::prelude::*;

/// A pool of the user's own: hands out what came back, and says `Later` when
/// all is out. Keeps a log of what happened.
#[derive(Default)]
struct Accounts {
    log: Mutex<Vec<(char, ItemId)>>,
    free: Mutex<Vec<ItemId>>,
}

impl Accounts {
    fn new(size: u64) -> Self {
        Self { log: Mutex::default(), free: Mutex::new((0..size).rev().collect()) }
    }
}

#[async_trait]
impl DataPool for Accounts {
    type Item = (u64,);
    async fn checkout(&self, _config: &Config) -> mite::Result<Checkout<Self::Item>> {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let Some(id) = self.free.lock().unwrap().pop() else { return Ok(Checkout::Later) };
        self.log.lock().unwrap().push(('o', id));
        Ok(Checkout::Item(id, (id,)))
    }
    async fn checkin(&self, id: ItemId) {
        self.log.lock().unwrap().push(('i', id));
        self.free.lock().unwrap().insert(0, id);
    }
}

/// Holds an account for a while.
#[journey]
async fn holds(ctx: &Context, account: u64) -> mite::Result {
    ctx.send("held", fields! { account });
    ctx.sleep(Duration::from_millis(200)).await;
    Ok(())
}

static ACCOUNTS: Mutex<Option<Arc<Accounts>>> = Mutex::new(None);

#[datapool]
fn accounts() -> impl DataPool<Item = (u64,)> {
    let accounts = Arc::new(Accounts::new(6));
    *ACCOUNTS.lock().unwrap() = Some(accounts.clone());
    accounts
}

#[scenario]
fn own_pool() -> Scenario {
    Scenario::builder().run(holds, accounts, Constant::new(4, secs(5))).build()
}

#[tokio::test]
async fn every_checkout_of_a_pool_of_ones_own_is_checked_in_once() {
    let run = mite::testing::scenario("pools:own_pool").virtual_time().run().await;
    run.assert_passed();
    let accounts = ACCOUNTS.lock().unwrap().take().expect("the pool was made");
    let mut out = BTreeMap::new();
    for (what, id) in accounts.log.lock().unwrap().iter() {
        let held: &mut i32 = out.entry(*id).or_default();
        *held += if *what == 'o' { 1 } else { -1 };
        assert!((0..=1).contains(held), "account {id} is held twice, or returned twice");
    }
    assert!(out.values().all(|held| *held == 0), "{out:?}");
    let held = run.messages_of("held").len() as u64;
    assert_eq!(held, run.started());
    // Four at once, a fifth of a second each, for five seconds.
    assert!((85..=100).contains(&held), "{held}");
}

#[datapool]
fn three() -> impl DataPool<Item = u64> {
    RecyclableIterableDataPool::new(0..3)
}

/// Two lines that share a pool of three.
#[scenario]
fn sharing() -> Scenario {
    Scenario::builder()
        .run(holds, three, Constant::new(2, secs(10)))
        .run(holds, three, Constant::new(2, secs(10)))
        .build()
}

#[tokio::test]
async fn an_item_is_never_held_by_two_journeys_whoever_shares_its_pool() {
    let run = mite::testing::scenario("pools:sharing").virtual_time().runners(3).run().await;
    run.assert_passed();
    let mut last: BTreeMap<u64, f64> = BTreeMap::new();
    for message in run.messages_of("held") {
        let (account, time): (u64, f64) = message.get("account").zip(message.get("time")).unwrap();
        if let Some(before) = last.insert(account, time) {
            assert!(time - before > 0.199, "account {account} is held twice");
        }
    }
    assert_eq!(last.len(), 3);
    // Three of four slots run; the fourth is unmet for want of data.
    let unmet: f64 = run
        .summary()
        .status
        .scenarios
        .iter()
        .flat_map(|s| &s.unmet)
        .filter(|(why, _)| *why == mite_core::stats::Reason::Data)
        .map(|(_, time)| time.as_secs_f64())
        .sum();
    assert!((8.0..=10.5).contains(&unmet), "{unmet}");
}

/// A pool whose second checkout takes for ever.
struct Stuck(AtomicU64);

#[async_trait]
impl DataPool for Stuck {
    type Item = (u64,);
    async fn checkout(&self, _config: &Config) -> mite::Result<Checkout<Self::Item>> {
        let n = self.0.fetch_add(1, Ordering::Relaxed);
        if n > 0 {
            std::future::pending::<()>().await;
        }
        Ok(Checkout::Item(n, (n,)))
    }
    async fn checkin(&self, _id: ItemId) {}
}

#[journey]
async fn needs_nothing(ctx: &Context) -> mite::Result {
    ctx.sleep(Duration::from_millis(100)).await;
    Ok(())
}

#[scenario]
fn stuck() -> Scenario {
    Scenario::builder()
        .run(holds, Stuck(AtomicU64::new(0)), 2)
        .run(needs_nothing, NoData, Constant::new(1, secs(5)))
        .build()
}

#[tokio::test]
async fn a_pool_that_hangs_stalls_no_other_scenario_and_not_the_end() {
    let run = mite::testing::scenario("pools:stuck")
        .virtual_time()
        .duration(secs(10))
        .graceful_stop(secs(3))
        .run()
        .await;
    run.assert_passed();
    assert_eq!(run.messages_of("held").len(), 1);
    assert_eq!(run.started() - 1, 50);
}

#[datapool]
async fn from_config(config: &Config) -> mite::Result<impl DataPool<Item = (u64,)>> {
    let size: u64 = config.require("size")?;
    Ok(IterableDataPool::new((0..size).map(|n| (n,))))
}

#[scenario]
fn sized() -> Scenario {
    Scenario::builder().run(holds, from_config, 3).build()
}

#[tokio::test]
async fn a_pool_may_be_made_of_settings() {
    let run = mite::testing::scenario("pools:sized").config("size", 7).virtual_time().run().await;
    run.assert_passed();
    assert_eq!(run.started(), 7);
}

/// Two lines that name one pool of once-only items share its instance.
#[scenario]
fn both_once() -> Scenario {
    Scenario::builder().run(holds, from_config, 2).run(holds, from_config, 5).build()
}

#[tokio::test]
async fn a_named_pool_has_one_instance_for_a_run() {
    let run =
        mite::testing::scenario("pools:both_once").config("size", 40).virtual_time().run().await;
    run.assert_passed();
    let mut seen: Vec<u64> =
        run.messages_of("held").iter().map(|m| m.get("account").unwrap()).collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..40).collect::<Vec<_>>());
}

/// A pool that panics when its third item comes back.
struct Fragile(AtomicU64, AtomicU64);

#[async_trait]
impl DataPool for Fragile {
    type Item = (u64,);
    async fn checkout(&self, _config: &Config) -> mite::Result<Checkout<Self::Item>> {
        let n = self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Checkout::Item(n, (n,)))
    }
    async fn checkin(&self, _id: ItemId) {
        assert!(self.1.fetch_add(1, Ordering::Relaxed) < 2, "the shelf broke");
    }
}

#[scenario]
fn fragile() -> Scenario {
    Scenario::builder().run(holds, Fragile(AtomicU64::new(0), AtomicU64::new(0)), 1).build()
}

#[tokio::test]
async fn a_pool_that_panics_at_a_check_in_ends_its_scenario_and_fails_the_run() {
    let run = mite::testing::scenario("pools:fragile").virtual_time().run().await;
    let failures = run.summary().verdict.reasons().join("; ");
    assert!(failures.contains("the shelf broke"), "{failures}");
    assert!(run.started() < 10, "{}", run.started());
}

static ORDERS: QueueDataPool<(u64,)> = QueueDataPool::bounded(100);

#[journey]
async fn order(ctx: &Context, number: u64) -> mite::Result {
    ctx.sleep(Duration::from_millis(500)).await;
    ORDERS.push((number,))?;
    if number == 59 {
        ORDERS.close();
    }
    Ok(())
}

#[journey]
async fn pay(ctx: &Context, number: u64) -> mite::Result {
    ctx.send("paid", fields! { number });
    ctx.sleep(Duration::from_millis(100)).await;
    Ok(())
}

/// Two orders a second for half a minute, and three who pay what is ordered.
#[scenario]
fn orders() -> Scenario {
    Scenario::builder()
        .setup(async |_: &Context| {
            ORDERS.clear();
            Ok(())
        })
        .run(order, IterableDataPool::new((0..60).map(|n| (n,))), 1)
        .run(pay, &ORDERS, 3)
        .build()
}

#[tokio::test]
async fn what_a_journey_pushes_another_is_started_with_once() {
    let run = mite::testing::scenario("pools:orders").runners(2).virtual_time().run().await;
    run.assert_passed();
    let paid: Vec<u64> =
        run.messages_of("paid").into_iter().map(|m| m.get("number").unwrap()).collect();
    let mut sorted = paid.clone();
    sorted.sort();
    assert_eq!(sorted, (0..60).collect::<Vec<_>>());
    // What waits for orders is volume that is missing, and told.
    let line = &run.summary().status.scenarios[1];
    let missing: Duration = line.unmet.iter().map(|(_, missing)| *missing).sum();
    assert!((secs(80)..secs(90)).contains(&missing), "{missing:?} {:?}", line.unmet);
}
