//! Whole scenarios on a clock that jumps.

use std::collections::BTreeMap;

use mite::prelude::*;

#[journey]
async fn short(ctx: &Context) -> mite::Result {
    ctx.sleep(Duration::from_millis(100)).await;
    Ok(())
}

#[journey]
async fn named(ctx: &Context, name: String) -> mite::Result {
    ctx.send("ran", fields! { name });
    ctx.sleep(Duration::from_secs(2)).await;
    Ok(())
}

/// So long that it is in flight at the middle of each second, and done before
/// the next.
#[journey]
async fn half(ctx: &Context) -> mite::Result {
    ctx.sleep(Duration::from_millis(450)).await;
    Ok(())
}

/// Two hundred seconds: fifty up, a hundred at the top, fifty down.
#[scenario]
fn trapezoid() -> Scenario {
    let shape =
        Ramp::over(secs(50)).from(0) + Constant::new(20, secs(100)) + Ramp::over(secs(50)).to(0);
    Scenario::builder().run(half, NoData, shape).build()
}

#[tokio::test]
async fn a_trapezoid_is_followed_second_by_second() {
    let run = mite::testing::scenario("virtual_time:trapezoid").virtual_time().run().await;
    run.assert_passed();
    // The volume is asked at each second and truncated: at 10 s it is 4. The
    // first journey starts when the ramp reaches 1, at 3 s.
    for second in 0..200 {
        let volume = match second {
            0..50 => second * 20 / 50,
            50..150 => 20,
            _ => (200 - second) * 20 / 50,
        };
        if second < 3 {
            assert_eq!(volume, 0);
            continue;
        }
        // What ran before a decrease finishes within half a second.
        let running = run.running_at(secs(f64::from(second) + 0.52) - secs(3));
        assert_eq!(running, volume as usize, "at {second} s");
    }
    assert_eq!(run.summary().totals.journeys.failed, 0);
}

#[tokio::test]
async fn each_second_tells_what_should_run_and_what_runs() {
    let test = mite::testing::scenario("virtual_time:trapezoid");
    let run = test.virtual_time().runners(3).run().await;
    let reports = run.messages_of("controller_report");
    let of = |name: &str| -> Vec<u32> {
        let lines = reports.iter().map(|m| m.get::<BTreeMap<u32, u32>>(name).unwrap());
        lines.map(|lines| lines[&1]).collect()
    };
    // At each second after the first, and once at the end.
    let required = of("required");
    assert_eq!(required.len(), 201);
    assert_eq!((required[9], required[99], required[200]), (4, 20, 0));
    let actual = of("actual");
    assert_eq!((actual[99], actual[200]), (20, 0));
    assert_eq!(reports[7].get::<u32>("num_runners"), Some(3));
    assert_eq!(reports[7].get::<String>("test").unwrap(), "virtual_time:trapezoid");
}

#[datapool]
fn names() -> impl DataPool<Item = String> {
    IterableDataPool::new((0..1000).map(|n| format!("user-{n}")))
}

#[scenario]
fn everybody() -> Scenario {
    Scenario::builder().run(named, names, 40).build()
}

#[tokio::test]
async fn a_once_pool_is_used_up_exactly() {
    let run =
        mite::testing::scenario("virtual_time:everybody").virtual_time().runners(3).run().await;
    run.assert_passed();
    let mut seen: Vec<String> =
        run.messages_of("ran").iter().map(|m| m.get("name").unwrap()).collect();
    seen.sort();
    let mut all: Vec<String> = (0..1000).map(|n| format!("user-{n}")).collect();
    all.sort();
    assert_eq!(seen, all);
}

#[scenario]
fn one() -> Scenario {
    Scenario::builder().run(named, names, Once::new()).run(short, NoData, Once::new()).build()
}

#[tokio::test]
async fn once_is_once_on_any_number_of_runners() {
    for runners in [1, 2, 5] {
        let run =
            mite::testing::scenario("virtual_time:one").virtual_time().runners(runners).run().await;
        run.assert_passed();
        assert_eq!(run.started(), 2);
        assert_eq!(run.messages_of("ran").len(), 1);
    }
}

#[scenario]
fn constant() -> Scenario {
    Scenario::builder().run(short, NoData, 50).build()
}

#[tokio::test]
async fn the_spawn_rate_limits_growth_from_the_start_but_never_restarts() {
    let run = mite::testing::scenario("virtual_time:constant")
        .virtual_time()
        .runners(3)
        .spawn_rate(5.0)
        .duration(secs(20))
        .run()
        .await;
    run.assert_passed();
    // Slot j is valid at j / 5 seconds.
    for second in 1..9 {
        let running = run.running_at(secs(second) + Duration::from_millis(50));
        assert_eq!(running, second * 5 + 1, "at {second} s");
    }
    assert_eq!(run.running_at(secs(15)), 50);
}

#[tokio::test]
async fn a_duration_ends_what_has_no_end() {
    let run = mite::testing::scenario("virtual_time:constant")
        .virtual_time()
        .duration(secs(30))
        .run()
        .await;
    run.assert_passed();
    assert_eq!(run.running_at(secs(29)), 50);
    assert_eq!(run.running_at(secs(31)), 0);
}

#[journey]
async fn endless(ctx: &Context) -> mite::Result {
    while !ctx.should_stop() {
        ctx.sleep(Duration::from_millis(100)).await;
    }
    std::future::pending::<()>().await;
    Ok(())
}

#[scenario]
fn stuck() -> Scenario {
    Scenario::builder().run(endless, NoData, Constant::new(4, secs(10))).build()
}

#[tokio::test]
async fn journeys_that_outlive_their_volume_are_cancelled_after_the_graceful_stop() {
    let run = mite::testing::scenario("virtual_time:stuck")
        .virtual_time()
        .graceful_stop(secs(5))
        .run()
        .await;
    let journeys = run.summary().totals.journeys;
    assert_eq!((journeys.started, journeys.cancelled, journeys.finished), (4, 4, 0));
    // How long they took is not known.
    let row = &run.summary().transactions[0];
    assert_eq!((row.times.count, row.errors, row.cancelled), (0, 0, 4));
    assert_eq!(run.running_at(secs(14)), 4);
    assert_eq!(run.running_at(secs(17)), 0);
}

#[journey]
async fn instant(_ctx: &Context) -> mite::Result {
    Ok(())
}

#[scenario]
fn busy() -> Scenario {
    Scenario::builder().run(instant, NoData, Constant::new(2, secs(1))).build()
}

#[tokio::test]
async fn journeys_that_never_wait_take_a_virtual_millisecond() {
    let run = mite::testing::scenario("virtual_time:busy").virtual_time().run().await;
    run.assert_passed();
    // The second slot is valid a millisecond after the first; both may start
    // one more at the very end of the second.
    assert!((1999..=2001).contains(&run.started()), "{}", run.started());
}

#[journey]
async fn ten_minutes(ctx: &Context) -> mite::Result {
    ctx.sleep(mins(10)).await;
    Ok(())
}

#[scenario]
fn hour() -> Scenario {
    Scenario::builder().run(ten_minutes, NoData, Constant::new(2, hours(1))).build()
}

#[tokio::test]
async fn a_model_of_an_hour_starts_nothing_at_its_end() {
    let run = mite::testing::scenario("virtual_time:hour")
        .virtual_time()
        .spawn_rate(f64::INFINITY)
        .run()
        .await;
    run.assert_passed();
    let journeys = run.summary().totals.journeys;
    assert_eq!((journeys.started, journeys.finished, journeys.cancelled), (12, 12, 0));
}

#[tokio::test]
async fn nothing_starts_before_the_start_delay_is_over() {
    let run = mite::testing::scenario("virtual_time:one")
        .virtual_time()
        .start_delay(secs(30))
        .run()
        .await;
    run.assert_passed();
    assert_eq!(run.messages_of("ran").len(), 1);
    // The run was over two seconds after the delay; times count from there.
    assert_eq!(run.summary().status.elapsed.as_millis() / 100, 20);
}

/// More than one runner may hold.
#[tokio::test]
async fn a_cap_per_runner_is_never_exceeded() {
    let run = mite::testing::scenario("virtual_time:constant")
        .virtual_time()
        .runners(3)
        .runner_max_journeys(7)
        .duration(secs(10))
        .run()
        .await;
    run.assert_passed();
    assert_eq!(run.running_at(secs(5)), 21);
}

/// Waits for something real, as the HTTP client does for a socket.
#[journey]
async fn waits_for_real(ctx: &Context) -> mite::Result {
    let _held = ctx.hold_clock(secs(60));
    tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(20))).await?;
    Ok(())
}

#[scenario]
fn real() -> Scenario {
    Scenario::builder().run(waits_for_real, NoData, Once::new()).build()
}

#[tokio::test]
async fn a_run_says_how_long_its_clock_stood_still() {
    let run = mite::testing::scenario(concat!(module_path!(), ":real")).virtual_time().run().await;
    run.assert_passed();
    // No less than the sleep; how much more is the machine's.
    assert!(run.clock_stood_still() >= Duration::from_millis(20), "{:?}", run.clock_stood_still());
}

/// One more each second, found out at leisure.
#[scenario]
fn leisurely() -> Scenario {
    let stairs = volume_fn(|start: Duration, _| {
        std::thread::sleep(Duration::from_millis(15));
        match start.as_secs() {
            second @ 0..20 => Ok(second + 1),
            _ => Err(StopVolumeModel),
        }
    });
    Scenario::builder().run(half, NoData, stairs).build()
}

#[tokio::test]
async fn time_waits_for_a_model_that_takes_its_time() {
    let run = mite::testing::scenario("virtual_time:leisurely").virtual_time().run().await;
    run.assert_passed();
    for second in 0..20u32 {
        let running = run.running_at(secs(f64::from(second) + 0.5));
        assert_eq!(running, second as usize + 1, "at {second} s");
    }
    let findings = &run.summary().status.findings;
    assert!(findings.is_empty(), "{findings:?}");
}

/// A model that never answers beside one that does.
#[scenario]
fn hanging() -> Scenario {
    let hangs = volume_fn(|_, _| -> u8 {
        loop {
            std::thread::park();
        }
    });
    Scenario::builder()
        .run(half, NoData, Constant::new(2, secs(10)))
        .run(half, NoData, hangs)
        .build()
}

#[tokio::test]
async fn time_does_not_wait_for_ever() {
    let run = mite::testing::scenario("virtual_time:hanging").virtual_time().run().await;
    assert_eq!(run.running_at(secs(8.3)), 2);
    let findings: Vec<_> = run.summary().status.findings.iter().map(ToString::to_string).collect();
    let named = "volume model of line 2 (virtual_time:half) has not answered for 5 s";
    assert!(findings.iter().any(|text| text.starts_with(named)), "{findings:?}");
}

/// Every second, though it takes one and a half.
#[journey]
async fn hurries(ctx: &Context) -> mite::Result {
    ctx.fixed_separation(secs(1), async {
        ctx.sleep(secs(1.5)).await;
        Ok(())
    })
    .await
}

/// Every ten seconds on average, and it takes one.
#[journey]
async fn strolls(ctx: &Context) -> mite::Result {
    ctx.average_separation(secs(10), secs(5), async {
        ctx.sleep(secs(1)).await;
        Ok(())
    })
    .await
}

#[scenario]
fn paced() -> Scenario {
    Scenario::builder()
        .run(hurries, NoData, Constant::new(4, secs(60)))
        .run(strolls, NoData, Constant::new(4, secs(60)))
        .build()
}

/// Twenty at once, for a minute.
#[scenario]
fn twenty() -> Scenario {
    Scenario::builder().run(half, NoData, Constant::new(20, secs(60))).build()
}

#[tokio::test]
async fn what_holds_the_volume_back_is_told() {
    let told = async |test: mite::testing::ScenarioTest| -> Vec<String> {
        let run = test.virtual_time().run().await;
        run.assert_passed();
        run.summary().verdict.notes().map(ToString::to_string).collect()
    };
    let scenario = mite::testing::scenario;
    // Forty blocks of each of the four, which should have been sixty.
    let paced = told(scenario("virtual_time:paced")).await;
    let text = "virtual_time:hurries went at 67 % of the pace of its fixed_separation or average_separation: 160 of 160 blocks took longer than that, by 500.00 ms on average; give it a longer separation, and for the same rate more journeys at once";
    assert_eq!(paced, [text]);
    assert_eq!(told(scenario("virtual_time:twenty")).await, [] as [&str; 0]);
    let spawned = told(scenario("virtual_time:twenty").spawn_rate(1.0)).await;
    let [text] = &spawned[..] else { panic!("{spawned:?}") };
    assert!(text.starts_with("scenario 1 (virtual_time:half): 3 min "), "{text}");
    assert!(
        text.ends_with(" of journey time below its volume: --spawn-rate held it back"),
        "{text}"
    );
    let capped = told(scenario("virtual_time:twenty").runners(1).runner_max_journeys(5)).await;
    let [text] = &capped[..] else { panic!("{capped:?}") };
    assert!(
        text.ends_with(
            ": the runners were full; raise --runner-max-journeys, or give more --runners"
        ),
        "{text}"
    );
}
