//! What the figures of a run cover: its load, its parts, and nothing that was cut off.

use mite::prelude::*;
use mite_core::stats::PartKind;

#[journey]
async fn tenth(ctx: &Context) -> mite::Result {
    ctx.transaction("wait", async |ctx| {
        ctx.sleep(Duration::from_millis(100)).await;
        Ok(())
    })
    .await
}

#[journey]
async fn second(ctx: &Context) -> mite::Result {
    ctx.sleep(secs(1)).await;
    Ok(())
}

#[scenario]
fn by_volume() -> Scenario {
    Scenario::builder().run(tenth, NoData, Constant::new(10, secs(2.5))).build()
}

#[scenario]
fn for_ever() -> Scenario {
    Scenario::builder().run(tenth, NoData, 10).build()
}

/// The rate of the transaction, and how long load was asked for.
fn rate(run: &mite::testing::ScenarioRun) -> (f64, Option<Duration>) {
    run.assert_passed();
    let summary = run.summary();
    let row = summary.transactions.iter().find(|row| row.name == "wait").unwrap();
    (row.rate, summary.status.load)
}

#[tokio::test]
async fn a_volume_of_2_5_s_and_a_duration_of_2_5_s_report_the_same_rate() {
    let scenario = |spec| mite::testing::scenario(spec).virtual_time().spawn_rate(f64::INFINITY);
    let by_volume = scenario("figures:by_volume").run().await;
    let by_duration = scenario("figures:for_ever").duration(secs(2.5)).run().await;
    assert_eq!(rate(&by_volume), (100.0, Some(secs(2.5))));
    assert_eq!(rate(&by_duration), (100.0, Some(secs(2.5))));
}

#[scenario]
fn hill() -> Scenario {
    let shape =
        Ramp::over(secs(5)).from(0) + Constant::new(10, secs(10)) + Constant::new(4, secs(3));
    Scenario::builder().run(second, NoData, shape).build()
}

#[tokio::test]
async fn the_parts_of_a_run_are_told_apart_and_add_up() {
    let run = mite::testing::scenario("figures:hill")
        .virtual_time()
        .spawn_rate(f64::INFINITY)
        .run()
        .await;
    run.assert_passed();
    let parts = &run.summary().parts;
    let shown: Vec<_> =
        parts.iter().map(|p| (p.kind, p.from.as_secs(), p.to().as_secs())).collect();
    use PartKind::{Drain, RampUp, Rest, Steady};
    assert_eq!(shown, [(RampUp, 0, 5), (Steady, 5, 14), (Rest, 14, 18), (Drain, 18, 18)]);
    let steady = &parts[1].counted;
    // Ten at once, each for a second; but for those that end right at a joint.
    assert!((80..=100).contains(&steady.journeys.count()), "{}", steady.journeys.count());
    let all: u64 = parts.iter().map(|part| part.counted.journeys.count()).sum();
    let counts = run.summary().totals.journeys;
    assert_eq!((all, counts.cancelled), (counts.finished, 0));
}

#[datapool]
fn six() -> impl DataPool<Item = (u8,)> {
    IterableDataPool::new((0..6).map(|n| (n,)))
}

#[journey]
async fn with_data(ctx: &Context, _n: u8) -> mite::Result {
    ctx.sleep(secs(1)).await;
    Ok(())
}

#[scenario]
fn used_up() -> Scenario {
    Scenario::builder().run(with_data, six, 2).build()
}

#[tokio::test]
async fn data_that_is_used_up_is_load_until_its_last_journey_has_ended() {
    let run = mite::testing::scenario("figures:used_up")
        .virtual_time()
        .spawn_rate(f64::INFINITY)
        .run()
        .await;
    run.assert_passed();
    let summary = run.summary();
    assert_eq!((summary.status.load, summary.transactions[0].rate), (Some(secs(3)), 2.0));
}

#[scenario]
fn with_warmup() -> Scenario {
    Scenario::builder()
        .run(tenth, NoData, Constant::new(10, secs(4)))
        .warmup(secs(1.5))
        .threshold("transactions count == 250")
        .threshold("transactions rate == 100/s")
        .build()
}

#[tokio::test]
async fn what_starts_in_the_warm_up_is_counted_apart() {
    let run = mite::testing::scenario("figures:with_warmup")
        .virtual_time()
        .spawn_rate(f64::INFINITY)
        .run()
        .await;
    run.assert_passed();
    let summary = run.summary();
    let row = summary.transactions.iter().find(|row| row.name == "wait").unwrap();
    assert_eq!((row.times.count, row.rate, summary.status.load), (250, 100.0, Some(secs(4))));
    let totals = summary.totals;
    assert_eq!(
        (totals.transactions, totals.journeys.started, totals.journeys.finished),
        (250, 250, 250)
    );
    let warmup = &summary.warmup;
    assert_eq!(
        (warmup.length, warmup.journeys.started, warmup.journeys.finished),
        (secs(1.5), 150, 150)
    );
    assert_eq!((warmup.counted.transactions.count(), warmup.counted.journeys.count()), (150, 150));
    assert_eq!(summary.parts[0].from, secs(1.5));
}

/// Each of ten slots starts one a second; the third takes three and a half.
#[journey]
async fn paced(ctx: &Context) -> mite::Result {
    ctx.fixed_separation(secs(1), async {
        ctx.transaction("ask", async |ctx| {
            let stalls = ctx.id() > 20 && ctx.id() <= 30;
            ctx.sleep(if stalls { secs(3.5) } else { secs(0.5) }).await;
            Ok(())
        })
        .await
    })
    .await
}

#[scenario]
fn paced_closed() -> Scenario {
    Scenario::builder().run(paced, NoData, Constant::new(10, secs(10))).build()
}

#[tokio::test]
async fn times_of_closed_lines_may_be_corrected_for_coordinated_omission() {
    let run = mite::testing::scenario("figures:paced_closed")
        .virtual_time()
        .spawn_rate(f64::INFINITY)
        .runners(1)
        .correct_omission(secs(1))
        .run()
        .await;
    run.assert_passed();
    let summary = run.summary();
    let row = summary.transactions.iter().find(|row| row.name == "ask").unwrap();
    let response = row.response.unwrap();
    assert_eq!((row.times.max, response.max), (secs(3.5), secs(3.5)));
    // Two more would have come in each slot's stall: after 2.5 s and 1.5 s of waiting.
    assert_eq!(response.count - row.times.count, 20);
    assert_eq!((row.times.count, row.times.p75), (80, secs(0.5)));
    assert_eq!((response.p75, response.p90, response.p95), (secs(1.5), secs(2.5), secs(3.5)));
}

/// When the test began, and a server that stands still from 2 s on for a second.
#[journey]
async fn stalls(ctx: &Context) -> mite::Result {
    let zero = *ctx.runner_extension(tokio::time::Instant::now);
    ctx.transaction("ask", async |ctx| {
        let now = zero.elapsed();
        let still = (secs(2)..secs(3)).contains(&now);
        ctx.sleep(if still { secs(3) - now } else { Duration::ZERO }).await;
        Ok(())
    })
    .await
}

#[scenario]
fn open_stall() -> Scenario {
    Scenario::builder()
        .run(stalls, NoData, PerSecond(Constant::new(1000, secs(6))))
        .threshold("transactions rate == 1000/s")
        .threshold("transactions p99 {time=response} < 960ms")
        .threshold("transactions p99 {time=service} < 960ms")
        .build()
}

#[tokio::test]
async fn an_open_model_reports_both_times_of_a_stall() {
    let run = mite::testing::scenario("figures:open_stall").virtual_time().runners(2).run().await;
    run.assert_passed();
    let summary = run.summary();
    let row = summary.transactions.iter().find(|row| row.name == "ask").unwrap();
    let response = row.response.expect("an open line has response times");
    assert_eq!((row.times.count, response.count), (6_000, 6_000));
    for spread in [row.times, response] {
        let found = [spread.p90, spread.p95, spread.p99, spread.max].map(|t| t.as_secs_f64());
        let expected = [0.4, 0.7, 0.94, 1.0];
        let near = found.iter().zip(expected).all(|(found, e)| (found - e).abs() <= e * 0.02);
        assert!(near, "{found:?}");
    }
    // What the generator is late with is in response times alone.
    assert!(response.mean >= row.times.mean);
}
