//! Mixes, and lines that start so many journeys, in virtual time.

use std::collections::{BTreeMap, BTreeSet};

use mite::prelude::*;
use mite::testing::{Count, ScenarioRun};
use mite_core::stats::Reason;

/// Each takes another time: by users at once, their shares would be others.
#[journey]
async fn browse(ctx: &Context) -> mite::Result {
    ctx.send("ran", fields! { what: "browse" });
    ctx.sleep(secs(1)).await;
    Ok(())
}

#[journey]
async fn buy(ctx: &Context) -> mite::Result {
    ctx.send("ran", fields! { what: "buy" });
    ctx.sleep(secs(10)).await;
    Ok(())
}

#[journey]
async fn track(ctx: &Context) -> mite::Result {
    ctx.send("ran", fields! { what: "track" });
    ctx.sleep(secs(3)).await;
    Ok(())
}

#[journey]
async fn sign_up(ctx: &Context, user: u64) -> mite::Result {
    ctx.send("ran", fields! { what: "sign_up", user, data: ctx.identity().scenario_data_id() });
    ctx.sleep(secs(2)).await;
    Ok(())
}

#[datapool]
fn users() -> impl DataPool<Item = u64> {
    RecyclableIterableDataPool::new(1000..1050)
}

#[datapool]
fn names() -> impl DataPool<Item = u64> {
    IterableDataPool::new(0..20)
}

fn mix() -> Mix {
    Mix::new().run(browse, NoData, 70).run(buy, NoData, 20).journey("mix:track", NoData, 10)
}

/// How often each was started.
fn counts(run: &ScenarioRun) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for message in run.messages_of("ran") {
        *counts.entry(message.get::<String>("what").expect("it says so")).or_default() += 1;
    }
    counts
}

fn shares(run: &ScenarioRun) -> [u64; 3] {
    let counts = counts(run);
    ["browse", "buy", "track"].map(|what| counts.get(what).copied().unwrap_or(0))
}

#[scenario]
fn closed() -> Scenario {
    Scenario::builder().mix(mix(), Constant::new(10, mins(10))).build()
}

#[scenario]
fn one_slot() -> Scenario {
    Scenario::builder().mix(mix(), Constant::new(1, mins(10))).build()
}

#[scenario]
fn open() -> Scenario {
    Scenario::builder().mix(mix(), PerSecond(Constant::new(100, secs(10)))).build()
}

#[scenario]
fn at_random() -> Scenario {
    Scenario::builder().mix(mix(), PerSecond(Constant::new(100, secs(10))).poisson()).build()
}

#[tokio::test]
async fn a_mix_is_by_journeys_started_however_long_each_takes() {
    for (spec, runners) in
        [("closed", 1), ("closed", 3), ("one_slot", 1), ("open", 1), ("open", 3), ("at_random", 2)]
    {
        let test = mite::testing::scenario(&format!("mix:{spec}")).runners(runners);
        let run = test.seed(runners as u64 * 5).virtual_time().run().await;
        run.assert_passed();
        let (started, shares) = (run.started(), shares(&run));
        assert_eq!(shares.iter().sum::<u64>(), started, "{spec}");
        assert!(started > 100, "{spec}: {started}");
        for (share, weight) in shares.iter().zip([0.7, 0.2, 0.1]) {
            let expected = started as f64 * weight;
            // Each runner begins somewhere in the sequence.
            let off = (*share as f64 - expected).abs();
            assert!(off < 2.0 * runners as f64, "{spec}: {shares:?} of {started}");
        }
    }
}

#[tokio::test]
async fn a_thousand_arrivals_on_one_runner_are_as_many_of_each_as_the_weights_say() {
    let run = mite::testing::scenario("mix:open").runners(1).virtual_time().run().await;
    assert_eq!((run.started(), shares(&run)), (1000, [700, 200, 100]));
}

#[scenario]
fn with_data() -> Scenario {
    let mix = Mix::new().run(browse, NoData, 0.75).run(sign_up, users, 0.25);
    Scenario::builder().mix(mix, PerSecond(Constant::new(40, secs(30)))).build()
}

#[tokio::test]
async fn where_data_is_used_the_journeys_of_all_runners_keep_to_the_weights() {
    let run = mite::testing::scenario("mix:with_data").runners(3).virtual_time().run().await;
    run.assert_passed();
    let counts = counts(&run);
    assert_eq!((run.started(), counts["browse"], counts["sign_up"]), (1200, 900, 300));
    // Each has the item that it says, by the pool's own number.
    for message in run.messages_of("ran").iter().filter(|m| m.get::<u64>("user").is_some()) {
        assert_eq!(message.get::<u64>("user"), message.get::<u64>("data").map(|n| n + 1000));
    }
}

#[scenario]
fn closed_with_few_users() -> Scenario {
    let few = RecyclableIterableDataPool::new(0..2u64);
    let mix = Mix::new().run(browse, NoData, 1).run(sign_up, few, 1);
    Scenario::builder().mix(mix, Constant::new(10, mins(5))).build()
}

#[tokio::test]
async fn a_journey_whose_items_come_back_is_waited_for() {
    let test = mite::testing::scenario("mix:closed_with_few_users").runners(2);
    let run = test.virtual_time().run().await;
    let counts = counts(&run);
    // Two at a time, of two seconds each, in five minutes.
    assert!((280..=302).contains(&counts["sign_up"]), "{counts:?}");
    assert!(counts["browse"].abs_diff(counts["sign_up"]) <= 2, "{counts:?}");
    let unmet = &run.summary().status.scenarios[0].unmet;
    assert!(!unmet.is_empty(), "the slots that wait are told");
}

#[scenario]
fn names_run_out() -> Scenario {
    let mix = Mix::new().run(browse, NoData, 3).run(track, NoData, 1).run(sign_up, names, 4);
    Scenario::builder().mix(mix, Constant::new(10, mins(2))).build()
}

#[tokio::test]
async fn a_journey_whose_pool_is_used_up_leaves_the_mix_and_the_run_says_so() {
    let run = mite::testing::scenario("mix:names_run_out").runners(2).virtual_time().run().await;
    run.assert_passed();
    let counts = counts(&run);
    assert_eq!(counts["sign_up"], 20);
    let (browse, track) = (counts["browse"], counts["track"]);
    assert!(browse.abs_diff(track * 3) <= 6 && browse > 300, "{counts:?}");
    let found: Vec<_> = run.summary().verdict.findings.iter().map(ToString::to_string).collect();
    let expected = "scenario 1: mix:sign_up was started less often than its weight in the mix says: its data pool `mix:names` was used up";
    assert!(found.iter().any(|text| text.starts_with(expected)), "{found:#?}");
}

static PARCELS: QueueDataPool<(u64,)> = QueueDataPool::bounded(100_000);

#[journey]
async fn send_parcel(ctx: &Context) -> mite::Result {
    ctx.sleep(secs(1)).await;
    PARCELS.push((ctx.id(),))
}

#[scenario]
fn parcels() -> Scenario {
    let mix = Mix::new().run(send_parcel, NoData, 1).run(sign_up, &PARCELS, 1);
    Scenario::builder().mix(mix, Constant::new(10, mins(1))).build()
}

#[tokio::test]
async fn what_another_journey_of_the_mix_makes_is_not_waited_for() {
    let run = mite::testing::scenario("mix:parcels").virtual_time().run().await;
    run.assert_passed();
    let parcels = counts(&run)["sign_up"];
    let pushed = parcels + PARCELS.len() as u64;
    assert!(parcels > 100 && pushed > 150, "{parcels} of {pushed}");
}

#[scenario]
fn ten_thousand() -> Scenario {
    Scenario::builder().run(browse, NoData, 200).at_most(10_000).build()
}

#[scenario]
fn some_users() -> Scenario {
    Scenario::builder().run(sign_up, users, 20).at_most(137).build()
}

#[scenario]
fn a_mix_of_a_thousand() -> Scenario {
    Scenario::builder().mix(mix(), 30).at_most(1_000).build()
}

#[scenario]
fn arrivals_until() -> Scenario {
    Scenario::builder().run(browse, NoData, PerSecond(50)).at_most(333).build()
}

#[scenario]
fn ends_before() -> Scenario {
    Scenario::builder().run(browse, NoData, Constant::new(5, secs(10))).at_most(333).build()
}

#[tokio::test]
async fn a_line_starts_so_many_journeys_and_no_more() {
    for (spec, expected) in [
        ("ten_thousand", 10_000),
        ("some_users", 137),
        ("a_mix_of_a_thousand", 1_000),
        ("arrivals_until", 333),
        ("ends_before", 50),
    ] {
        let test = mite::testing::scenario(&format!("mix:{spec}")).runners(3);
        let run = test.virtual_time().run().await;
        run.assert_passed();
        assert_eq!(run.started(), expected, "{spec}");
        assert_eq!(run.messages_of("ran").len() as u64, expected, "{spec}");
        if spec == "a_mix_of_a_thousand" {
            assert_eq!(shares(&run), [700, 200, 100]);
        }
        let line = &run.summary().status.scenarios[0];
        // Slots that are not taken again, since all were started, are not missing.
        let missing: Vec<_> = line.unmet.iter().filter(|(why, _)| *why != Reason::Spawn).collect();
        assert!(missing.is_empty(), "{spec}: {missing:?}");
    }
}

#[scenario]
fn each_user() -> Scenario {
    Scenario::builder().run(sign_up, users, 7).once_per_item().build()
}

#[tokio::test]
async fn each_item_is_used_once_also_of_a_pool_that_takes_it_back() {
    let run = mite::testing::scenario("mix:each_user").runners(2).virtual_time().run().await;
    run.assert_passed();
    let of = |m: &mite::Message| m.get::<u64>("user").expect("it says so");
    let users: BTreeSet<_> = run.messages_of("ran").into_iter().map(of).collect();
    assert_eq!((run.started(), users), (50, (1000..1050).collect()));
}

/// Logs in once and goes on as that user until the test ends.
#[journey]
async fn session(ctx: &Context, user: u64) -> mite::Result {
    ctx.transaction("log in", async |ctx| {
        ctx.send("logged_in", fields! { user });
        ctx.sleep(secs(1)).await;
        Ok(())
    })
    .await?;
    while !ctx.should_stop() {
        ctx.transaction("look around", async |ctx| {
            ctx.sleep(secs(0.5)).await;
            Ok(())
        })
        .await?;
        ctx.think(secs(1)..secs(2)).await;
    }
    Ok(())
}

#[scenario]
fn sessions() -> Scenario {
    Scenario::builder().run(session, users, Constant::new(20, mins(5))).build()
}

#[tokio::test]
async fn a_session_logs_in_once_and_makes_many_requests() {
    let run = mite::testing::scenario("mix:sessions").virtual_time().run().await;
    run.assert_passed();
    assert_eq!((run.started(), run.messages_of("logged_in").len()), (20, 20));
    // Five minutes of turns of two seconds on average.
    let turns = run.summary().totals.transactions - 20;
    assert!((20 * 140..20 * 162).contains(&turns), "{turns}");
}

#[tokio::test]
async fn a_plan_shows_weights_and_how_many_in_all() {
    let plan = async |spec: &str| {
        let test = mite::testing::scenario(&format!("mix:{spec}"));
        test.time_per_journey(secs(2)).plan().await
    };
    let shown = plan("with_data").await;
    let rows: Vec<_> = shown.line(1).mix.iter().map(|p| (&*p.journey, p.weight, p.share)).collect();
    assert_eq!(rows, [("mix:browse", 3, 0.75), ("mix:sign_up", 1, 0.25)]);
    assert_eq!(shown.journeys, Count::Exactly(1200));
    let lines: Vec<String> = shown.to_string().lines().map(words).collect();
    for expected in [
        "1 mix, by journeys started: journeys per second, evenly",
        "mix:browse 3 75 %",
        "mix:sign_up 1 25 % `mix:users`",
        // Forty a second, a quarter of them, two seconds each.
        "data pool `mix:users` about 20 needed (one for each at once), 50 there: enough",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected}: {lines:#?}");
    }
    let json = shown.to_json();
    assert_eq!(json["lines"][0]["mix"][1]["data_pool"], "`mix:users`");
    let shown = plan("ten_thousand").await;
    assert_eq!((shown.journeys, shown.line(1).most), (Count::Exactly(10_000), Some(10_000)));
    assert!(shown.to_string().contains("at once; 10000 journeys in all at most"), "{shown}");
    let shown = plan("each_user").await;
    assert_eq!(shown.journeys, Count::Exactly(50));
    assert!(shown.to_string().contains("each item once"), "{shown}");
}

fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[scenario]
fn wrong() -> Scenario {
    Scenario::builder()
        .at_most(5)
        .mix(Mix::new().run(browse, NoData, 0).run(buy, NoData, -3).run(track, NoData, f64::NAN), 1)
        .mix(Mix::new(), 1)
        .run(browse, NoData, 1)
        .at_most(0)
        .run(buy, NoData, 1)
        .once_per_item()
        .run(sign_up, &PARCELS, 1)
        .once_per_item()
        .build()
}

#[tokio::test]
async fn what_is_wrong_is_told_all_at_once_before_load() {
    let planned = tokio::spawn(async { mite::testing::scenario("mix:wrong").plan().await }).await;
    let panic = planned.expect_err("it cannot start").into_panic();
    let text = panic.downcast_ref::<String>().expect("a text");
    for expected in [
        "`.at_most(n)` is about the line before it, and there is none",
        "a weight of 0 is none; it is a number above 0",
        "a weight of -3 is none",
        "a weight of NaN is none",
        "this mix has no journeys; add some with `.run(journey, pool, weight)`",
        "`.at_most(0)` starts nothing; leave the line out",
        "`.once_per_item()` needs items, and this line has no data",
        "`.once_per_item()` is for pools of mite's own",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(text.contains("8 mistakes:") && text.contains("tests/mix.rs:"), "{text}");
}
