//! What volumes make of time, to the journey.

use mite::prelude::*;
use mite::testing::{Count, Supply};

#[journey]
async fn short(ctx: &Context) -> mite::Result {
    ctx.sleep(Duration::from_millis(100)).await;
    Ok(())
}

#[journey]
async fn named(ctx: &Context, name: String) -> mite::Result {
    ctx.send("ran", fields! { name });
    ctx.sleep(Duration::from_millis(100)).await;
    Ok(())
}

/// In no whole number of times in what it is asked for below.
#[journey]
async fn uneven(ctx: &Context) -> mite::Result {
    ctx.sleep(Duration::from_millis(110)).await;
    Ok(())
}

/// A burst that lies within a window, and over its edge.
#[scenario]
fn burst() -> Scenario {
    let volume =
        Constant::new(2, secs(1.2)) + Constant::new(30, secs(0.6)) + Constant::new(2, secs(1.2));
    Scenario::builder().run(uneven, NoData, volume).build()
}

#[tokio::test]
async fn the_parts_of_a_chain_are_followed_at_their_joints() {
    for runners in [1, 2, 5] {
        let test = mite::testing::scenario("volumes:burst").virtual_time().runners(runners);
        let run = test.spawn_rate(f64::INFINITY).run().await;
        run.assert_passed();
        for (at, running) in [(0.05, 2), (1.15, 2), (1.25, 30), (1.75, 30), (1.95, 2), (2.95, 2)] {
            assert_eq!(run.running_at(secs(at)), running, "at {at} s with {runners} runners");
        }
        let journeys = run.summary().totals.journeys;
        // Two slots start 28 in 3 s, and 28 start six in 0.6 s.
        assert_eq!((journeys.finished, journeys.cancelled), (2 * 28 + 28 * 6, 0));
    }
}

#[scenario]
fn half_a_second() -> Scenario {
    Scenario::builder().run(short, NoData, Constant::new(2, secs(0.5))).build()
}

#[tokio::test]
async fn half_a_second_is_half_a_second() {
    let run = mite::testing::scenario("volumes:half_a_second").virtual_time().run().await;
    run.assert_passed();
    assert_eq!(run.summary().totals.journeys.finished, 10);
    let elapsed = run.summary().status.elapsed;
    assert!((500..=510).contains(&elapsed.as_millis()), "{elapsed:?}");
}

/// A ramp that is over within a window.
#[scenario]
fn steep() -> Scenario {
    Scenario::builder().run(short, NoData, Ramp::over(secs(1)).from(0).to(10)).build()
}

#[tokio::test]
async fn a_ramp_within_a_window_is_followed_in_tenths_of_it() {
    let test = mite::testing::scenario("volumes:steep").virtual_time().runners(1);
    let run = test.spawn_rate(f64::INFINITY).run().await;
    run.assert_passed();
    // From 0.1 s, when the first one starts, one more each tenth.
    for tenth in 0..9 {
        let running = run.running_at(secs(f64::from(tenth) / 10.0 + 0.05));
        assert_eq!(running, tenth as usize + 1, "in tenth {tenth}");
    }
}

#[datapool]
fn names() -> impl DataPool<Item = String> {
    RecyclableIterableDataPool::new((0..10).map(|n| format!("user-{n}")))
}

/// One at 5 s, one at 10 s; and two at 7.5 s.
#[scenario]
fn now_and_then() -> Scenario {
    let twice = Nothing::new(secs(5)) + Once::new() + Nothing::new(secs(5)) + Once::new();
    let both = Nothing::new(secs(7.5)) + Once::new() + Once::new();
    Scenario::builder().run(named, names, twice).run(short, NoData, both).build()
}

#[tokio::test]
async fn single_journeys_start_when_they_are_due() {
    for runners in [1, 2, 5] {
        let test = mite::testing::scenario("volumes:now_and_then").virtual_time();
        let run = test.runners(runners).run().await;
        run.assert_passed();
        assert_eq!((run.started(), run.messages_of("ran").len()), (4, 2));
        // Times count from the first start, at 5 s.
        for (at, running) in [(0.05, 1), (1.0, 0), (2.45, 0), (2.55, 2), (4.95, 0), (5.05, 1)] {
            assert_eq!(run.running_at(secs(at)), running, "at {at} s with {runners} runners");
        }
        let elapsed = run.summary().status.elapsed;
        assert!((10_100..=10_110).contains(&elapsed.as_millis()), "{elapsed:?}");
        assert_eq!(run.summary().status.findings, []);
    }
}

#[tokio::test]
async fn a_plan_says_what_will_be_before_it_is() {
    let plan = mite::testing::scenario("volumes:burst").plan().await;
    assert_eq!(
        (plan.duration, plan.at_once.most, plan.at_once.at),
        (Some(secs(3)), 30.0, secs(1.2))
    );
    let phases: Vec<_> = plan.line(1).phases.iter().map(|p| (p.start, p.from)).collect();
    assert_eq!(phases, [(secs(0), 2.0), (secs(1.2), 30.0), (secs(1.8), 2.0)]);
    assert_eq!(plan.journeys, Count::Unknown);
    let plan = mite::testing::scenario("volumes:now_and_then").plan().await;
    assert_eq!(plan.journeys, Count::Exactly(4));
    assert_eq!(plan.line(1).due, [secs(5), secs(10)]);
    assert_eq!((plan.data[0].supply, plan.data[0].there), (Supply::Enough, Some(10)));
}

/// Names without an end.
#[datapool]
fn new_names() -> impl DataPool<Item = String> {
    IterableDataPool::new((0..).map(|n| format!("user-{n}")))
}

#[journey]
async fn create(ctx: &Context, name: String) -> mite::Result {
    ctx.sleep(Duration::from_millis(30)).await;
    ctx.record("users", &json!({ "name": name }))
}

#[scenario]
fn created() -> Scenario {
    Scenario::builder().run(create, new_names, PerSecond(Constant::new(5, secs(3)))).build()
}

#[tokio::test]
async fn five_a_second_for_three_seconds_create_exactly_fifteen() {
    for runners in [1, 2, 7] {
        let test = mite::testing::scenario("volumes:created").virtual_time();
        let run = test.runners(runners).run().await;
        run.assert_passed();
        let created = run.messages_of("data_created");
        assert_eq!((created.len(), run.started()), (15, 15), "with {runners} runners");
        // The first at 0.1 s and one each fifth of a second: times count from the first.
        for n in 0..15u32 {
            let at = secs(f64::from(n) * 0.2 + 0.015);
            assert_eq!((run.running_at(at), run.running_at(at + secs(0.1))), (1, 0), "{at:?}");
        }
    }
    let plan = mite::testing::scenario("volumes:created").plan().await;
    assert_eq!(plan.journeys, Count::Exactly(15));
}

/// A chain of rates with a part shorter than a window, and random arrivals beside it.
#[scenario]
fn arrivals() -> Scenario {
    let shape = Ramp::over(secs(2)).from(0)
        + Constant::new(40, secs(1))
        + Constant::new(300, secs(0.05))
        + Constant::new(2, secs(4));
    Scenario::builder()
        .run(short, NoData, PerSecond(shape))
        .run(short, NoData, PerSecond(Constant::new(50, secs(5))).poisson())
        .build()
}

#[tokio::test]
async fn a_run_starts_what_its_plan_says() {
    let test = || mite::testing::scenario("volumes:arrivals").virtual_time().seed(7);
    let plan = test().plan().await;
    // 40 + 40 + 15 + 8.
    assert_eq!(plan.line(1).journeys, Count::Exactly(103));
    let Count::Exactly(random) = plan.line(2).journeys else { panic!("the seed is known") };
    assert!((200..300).contains(&random), "{random}");
    for runners in [1, 3] {
        let run = test().runners(runners).run().await;
        run.assert_passed();
        let started: Vec<u64> = run.summary().status.scenarios.iter().map(|s| s.started).collect();
        assert_eq!(started, [103, random], "with {runners} runners");
    }
    let other = test().seed(8).plan().await;
    assert_ne!(other.line(2).journeys, plan.line(2).journeys, "another seed, another schedule");
}
