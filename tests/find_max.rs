//! The greatest rate at which limits are kept, found on a clock that jumps.

use std::sync::Mutex;

use mite::prelude::*;
use mite_core::stats::{Grade, SearchOutcome, SearchState};
use tokio::time::Instant;

/// A service that does thirty a second, one after another: beyond that they queue.
static FREE: Mutex<Option<Instant>> = Mutex::new(None);

#[journey]
async fn served(ctx: &Context) -> mite::Result {
    ctx.transaction("serve", async |ctx| {
        let now = Instant::now();
        let done = {
            let mut free = FREE.lock().unwrap();
            let begun = free.map_or(now, |free| free.max(now));
            *free.insert(begun + Duration::from_secs(1) / 30)
        };
        ctx.sleep(done - now).await;
        Ok(())
    })
    .await
}

#[scenario]
fn capacity() -> Scenario {
    let search = FindMax::per_second(4)
        .up_to(500)
        .until("transactions p95 < 200ms")
        .until("errors rate < 1%")
        .hold(secs(8));
    Scenario::builder().run(served, NoData, search).build()
}

#[tokio::test]
async fn the_greatest_rate_lies_in_the_bracket_that_is_reported() {
    let run = mite::testing::scenario("find_max:capacity").virtual_time().run().await;
    run.assert_passed();
    let [search] = &run.summary().status.searches[..] else { panic!("there is one") };
    assert_eq!(search.state, SearchState::Found, "{search:#?}");
    let (kept, broken) = (search.kept.unwrap(), search.broken.unwrap());
    // A queue that grows by less than one in a second is not yet too long in 8 s.
    assert!((28.0..31.0).contains(&kept), "{search:#?}");
    assert!(broken > 30.0 && broken / kept < 1.06, "{search:#?}");
    assert_eq!((search.kept_times, search.broken_times), (2, 1));
    let rates: Vec<f64> = search.steps.iter().map(|step| step.rate).collect();
    assert_eq!(rates[..4], [4.0, 8.0, 16.0, 32.0]);
    // What a step is judged by is what came while it was held: at 16 a second, 128 in 8 s.
    let third = &search.steps[2];
    assert!((126..=130).contains(&third.samples[0]), "{third:?}");
    assert_eq!((third.to - third.from, third.outcome), (secs(8), SearchOutcome::Kept));
    let text = search.to_string();
    assert!(text.starts_with("the greatest rate is between "), "{text}");
    assert!(text.ends_with("8 s each"), "{text}");
}

#[journey]
async fn slow(ctx: &Context) -> mite::Result {
    ctx.transaction("wait", async |ctx| {
        ctx.sleep(secs(1)).await;
        Ok(())
    })
    .await
}

#[scenario]
fn generator() -> Scenario {
    let search = FindMax::per_second(2).up_to(500).until("transactions p95 < 2s").hold(secs(4));
    Scenario::builder().run(slow, NoData, search).build()
}

#[tokio::test]
async fn what_the_generator_cannot_do_is_no_answer() {
    // Ten at once, of a second each, are ten a second.
    let test = mite::testing::scenario("find_max:generator").virtual_time();
    let run = test.runners(2).runner_max_journeys(5).run().await;
    let [search] = &run.summary().status.searches[..] else { panic!("there is one") };
    assert_eq!(search.state, SearchState::GeneratorLimit, "{search:#?}");
    assert!(search.kept.unwrap() <= 10.5, "{search:#?}");
    let broken = search.steps.iter().find(|step| step.outcome != SearchOutcome::Kept).unwrap();
    assert_eq!((broken.rate, broken.outcome), (16.0, SearchOutcome::Generator));
    assert!(broken.why.as_ref().unwrap().contains("without room on a runner"), "{broken:?}");
    assert_eq!(run.summary().verdict.validity, Grade::Invalid);
    let text = search.to_string();
    assert!(text.contains("the generator itself could not keep up"), "{text}");
}

#[tokio::test]
async fn a_search_that_is_cut_says_so_and_fails() {
    let test = mite::testing::scenario("find_max:generator").virtual_time();
    let run = test.duration(secs(9)).run().await;
    assert!(!run.summary().verdict.passed());
    let reasons = run.summary().verdict.reasons().join("; ");
    assert!(reasons.contains("the search has not come to its end"), "{reasons}");
    assert!(reasons.contains("kept at 2 per second"), "{reasons}");
}
