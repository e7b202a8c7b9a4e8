//! The open model: journeys per second, by a schedule.

use mite::prelude::*;
use mite::testing::ScenarioRun;
use mite_core::stats::{ArrivalStatus, DropReason};

#[journey]
async fn nap(ctx: &Context) -> mite::Result {
    ctx.sleep(Duration::from_millis(20)).await;
    Ok(())
}

#[journey]
async fn second(ctx: &Context) -> mite::Result {
    ctx.sleep(Duration::from_secs(1)).await;
    Ok(())
}

/// Never waits.
#[journey]
async fn busy(_ctx: &Context) -> mite::Result {
    Ok(())
}

#[journey]
async fn get(ctx: &Context) -> mite::Result {
    let url: String = ctx.config().require("url")?;
    ctx.http().get(&url).send().await?;
    Ok(())
}

/// The arrivals of a line, and its starts.
fn line(run: &ScenarioRun, at: usize) -> (ArrivalStatus, u64) {
    let line = &run.summary().status.scenarios[at];
    (line.arrivals.clone().expect("its volume is a rate"), line.started)
}

/// Fifteen, by five a second; and as many by a ramp and a chain as their integrals say.
#[scenario]
fn exact() -> Scenario {
    let chain = Constant::new(40, secs(0.05)) + Nothing::new(secs(1)) + Constant::new(2.5, secs(2));
    Scenario::builder()
        .run(nap, NoData, PerSecond(Constant::new(5, secs(3))))
        .run(nap, NoData, PerSecond(Ramp::over(secs(10)).from(0).to(100)))
        .run(nap, NoData, PerSecond(chain))
        .run(nap, NoData, Constant::new(3, secs(2)))
        .build()
}

#[tokio::test]
async fn counts_are_exact_for_any_number_of_runners() {
    for runners in [1, 2, 7] {
        let run = mite::testing::scenario("arrivals:exact").virtual_time().runners(runners);
        let run = run.run().await;
        run.assert_passed();
        for (at, expected) in [15, 500, 7].into_iter().enumerate() {
            let (arrivals, started) = line(&run, at);
            assert_eq!((arrivals.scheduled, started), (expected, expected), "{runners} runners");
            assert_eq!(arrivals.dropped, []);
        }
        assert!(run.summary().status.scenarios[3].arrivals.is_none());
    }
}

/// A rate without an end.
#[scenario]
fn endless() -> Scenario {
    Scenario::builder().run(nap, NoData, PerSecond(1000)).build()
}

#[tokio::test]
async fn a_duration_cuts_a_rate_to_the_arrival() {
    let run = mite::testing::scenario("arrivals:endless").virtual_time().duration(secs(2.5));
    let run = run.run().await;
    run.assert_passed();
    let (arrivals, started) = line(&run, 0);
    assert_eq!((arrivals.scheduled, started), (2500, 2500));
}

/// Twenty a second that each take a second, of which five may be in flight.
#[scenario]
fn capped() -> Scenario {
    Scenario::builder()
        .run(second, NoData, PerSecond(Constant::new(20, secs(10))).at_most(5))
        .build()
}

#[tokio::test]
async fn what_at_most_refuses_is_dropped_and_told() {
    let run = mite::testing::scenario("arrivals:capped").virtual_time().runners(1).run().await;
    run.assert_passed();
    let (arrivals, started) = line(&run, 0);
    assert_eq!((arrivals.scheduled, started + arrivals.dropped()), (200, 200));
    assert_eq!(arrivals.dropped, [(DropReason::Capped, 200 - started)]);
    // Five each second; the next may start a moment after the last has ended.
    assert!((45..=50).contains(&started), "{started}");
    let told = run.summary().verdict.findings.iter().map(ToString::to_string).collect::<Vec<_>>();
    let text = "were in flight, as many as may be";
    assert!(told.iter().any(|finding| finding.contains(text)), "{told:?}");
}

/// A model of one's own, which is asked on a thread of its own.
struct Stairs;

impl VolumeModel for Stairs {
    fn volume(&mut self, start: Duration, _end: Duration) -> Result<f64, StopVolumeModel> {
        if start >= secs(3) {
            Err(StopVolumeModel)
        } else {
            Ok(10.0 * (start.as_secs() + 1) as f64)
        }
    }
}

#[scenario]
fn stairs() -> Scenario {
    Scenario::builder().run(nap, NoData, PerSecond(Stairs)).build()
}

#[tokio::test]
async fn a_model_of_ones_own_says_the_rate() {
    let run = mite::testing::scenario("arrivals:stairs").virtual_time().run().await;
    run.assert_passed();
    let (arrivals, started) = line(&run, 0);
    assert_eq!((arrivals.scheduled, started), (60, 60));
}

/// Journeys that never wait, and arrivals beside them.
#[scenario]
fn beside_busy_ones() -> Scenario {
    Scenario::builder()
        .run(busy, NoData, Constant::new(4, secs(2)))
        .run(nap, NoData, PerSecond(Constant::new(100, secs(2))))
        .build()
}

#[tokio::test]
async fn journeys_that_never_wait_do_not_starve_the_schedule() {
    let run = mite::testing::scenario("arrivals:beside_busy_ones").runners(1);
    let run = run.max_lateness(secs(60)).run().await;
    let (arrivals, started) = line(&run, 1);
    assert_eq!((arrivals.scheduled, started), (200, 200));
    assert!(run.summary().status.scenarios[0].started > 1000);
}

/// More arrivals than can be started in time, and one journey after another beside them.
#[scenario]
fn beside_many() -> Scenario {
    Scenario::builder()
        .run(busy, NoData, Constant::new(1, secs(1)))
        .run(busy, NoData, PerSecond(Constant::new(100_000, secs(1))))
        .build()
}

#[tokio::test]
async fn a_schedule_that_is_behind_does_not_starve_journeys() {
    let run = mite::testing::scenario("arrivals:beside_many").runners(1);
    let run = run.max_lateness(secs(60)).run().await;
    let (arrivals, started) = line(&run, 1);
    assert_eq!((arrivals.scheduled, started + arrivals.dropped()), (100_000, 100_000));
    // A turn after each batch of arrivals, at least while the schedule lasts.
    let turns = run.summary().status.scenarios[0].started;
    assert!(turns > 50, "{turns}");
}

#[scenario]
fn gets() -> Scenario {
    Scenario::builder().run(get, NoData, PerSecond(Constant::new(300, secs(2))).poisson()).build()
}

#[tokio::test]
async fn the_server_has_seen_what_was_started() {
    let server = mite_tests::nginx();
    let url = format!("http://{}/hello", server.address);
    let run = mite::testing::scenario("arrivals:gets").config("url", &url).seed(3);
    let run = run.max_lateness(secs(60)).run().await;
    let (arrivals, started) = line(&run, 0);
    assert_eq!((arrivals.scheduled, arrivals.dropped()), (started, 0));
    assert!((500..700).contains(&started), "{started}");
    assert_eq!(run.summary().totals.requests, started);
    assert_eq!(run.summary().totals.failed_requests, 0);
    assert_eq!(server.served(), started);
}
