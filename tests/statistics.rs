//! Statistics of the test's own, in whole runs.

use mite::prelude::*;
use mite::testing::ScenarioRun;

/// Ten orders, one in each second; every second one is old.
#[journey]
async fn orders(ctx: &Context) -> mite::Result {
    for n in 0..10 {
        let kind = if n % 2 == 0 { "new" } else { "old" };
        ctx.count("orders", 2).with("kind", kind);
        ctx.gauge("open", n);
        ctx.observe("depth", f64::from(n) / 10.0);
        ctx.send("order", fields! { kind, queue: n * n });
        ctx.sleep(secs(1)).await;
    }
    Ok(())
}

/// How many orders were waiting.
#[stat]
fn queue_depth() -> impl Stat {
    Histogram::of("order", "queue").label("kind")
}

#[stat]
fn runners() -> mite::Result<impl Stat> {
    Ok(Gauge::of("controller_report", "num_runners"))
}

#[stat]
fn executions() -> impl Stat {
    Counter::of("txn").when(|m| m.get("transaction") == Some("__root__".to_owned()))
}

#[scenario]
fn shop() -> Scenario {
    Scenario::builder()
        .run(orders, NoData, Constant::new(4, secs(9)))
        .threshold("orders sum == 80")
        .threshold("orders {kind=new} rate > 3/s")
        .threshold("open last == 9")
        .threshold("depth p50 <= 400ms")
        .threshold("queue_depth max {kind=old} == 81")
        .threshold("runners last == 2")
        .build()
}

#[scenario]
fn strict() -> Scenario {
    Scenario::builder()
        .run(orders, NoData, Constant::new(2, secs(9)))
        .threshold("orders rate > 100/s over 2s")
        .build()
}

async fn run(spec: &str) -> ScenarioRun {
    mite::testing::scenario(spec).virtual_time().run().await
}

#[tokio::test]
async fn two_runners_add_up() {
    let run = run("statistics:shop").await;
    run.assert_passed();
    let rows = run.statistics();
    let shown: Vec<_> =
        rows.iter().map(|row| (row.title(), row.count, row.sum, row.min, row.max)).collect();
    let row = |title: &str, count, sum, min, max| (title.to_owned(), count, sum, min, max);
    // The report of the controller comes once in a second, and at the end.
    let reports = rows.iter().find(|row| row.name == "runners").unwrap().count;
    assert!((10..=11).contains(&reports), "{reports}");
    assert_eq!(
        shown,
        [
            row("executions", 4, 4.0, 1.0, 1.0),
            row("orders {kind=\"new\"}", 20, 40.0, 2.0, 2.0),
            row("orders {kind=\"old\"}", 20, 40.0, 2.0, 2.0),
            row("open", 40, 180.0, 0.0, 9.0),
            row("runners", reports, 2.0 * reports as f64, 2.0, 2.0),
            row("depth", 40, 18.0, 0.0, 0.9),
            row("queue_depth {kind=\"new\"}", 20, 480.0, 0.0, 64.0),
            row("queue_depth {kind=\"old\"}", 20, 660.0, 1.0, 81.0),
        ]
    );
}

#[tokio::test]
async fn a_limit_on_one_fails_the_run() {
    let run = run("statistics:strict").await;
    let reasons = run.summary().verdict.reasons();
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    let text = reasons[0].to_string();
    assert!(text.starts_with("limit `orders rate > 100/s over 2s` broken: "), "{text}");
}
