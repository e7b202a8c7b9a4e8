//! Searches, held against services that are known.

use std::time::Duration;

use super::*;
use crate::stats::Threshold;

const HOLD: Duration = Duration::from_secs(10);

fn search(from: f64, up_to: f64) -> Search {
    let limits = vec![Threshold::parse("http p99 < 300ms").unwrap()];
    Search::new(SearchPlan { from, up_to, hold: HOLD, limits, bracket: 0.05, repeats: 2 })
}

/// Goes on until the end; `outcome` says of a rate, and how many were held before, what
/// it comes to. The rates that were held, and those between.
fn run(
    search: &Search,
    mut outcome: impl FnMut(f64, usize) -> SearchOutcome,
) -> (Vec<f64>, Vec<f64>) {
    let (mut held, mut rests) = (Vec::new(), Vec::new());
    let mut now = Duration::ZERO;
    while let Some(rate) = search.rate(now) {
        assert!(held.len() + rests.len() < 1000, "it comes to no end");
        let stretch = search.stretch().expect("its window was asked for");
        assert_eq!((stretch.rate, stretch.from), (rate, now + HOLD / 4));
        now = stretch.from + stretch.length;
        let is_rest = stretch.length < HOLD;
        let outcome = if is_rest { SearchOutcome::Kept } else { outcome(rate, held.len()) };
        if is_rest {
            rests.push(rate)
        } else {
            held.push(rate)
        }
        search.judge(SearchStep {
            rate,
            from: stretch.from,
            to: now,
            outcome,
            values: vec![Some(0.0)],
            shown: vec!["0 ms".to_owned()],
            samples: vec![1],
            why: None,
        });
    }
    (held, rests)
}

/// A service that takes so many a second.
fn up_to(knee: f64) -> impl FnMut(f64, usize) -> SearchOutcome {
    move |rate, _| if rate <= knee { SearchOutcome::Kept } else { SearchOutcome::Broken }
}

#[test]
fn how_far_it_narrows_and_how_often_it_repeats_is_said() {
    for (bracket, repeats) in [(0.01, 1), (0.5, 3), (0.1, 5)] {
        let limits = vec![Threshold::parse("http p99 < 300ms").unwrap()];
        let plan = SearchPlan { from: 100.0, up_to: 5000.0, hold: HOLD, limits, bracket, repeats };
        let search = Search::new(plan);
        run(&search, up_to(730.0));
        let status = search.status(1, "shop:buy");
        let (kept, broken) = (status.kept.unwrap(), status.broken.unwrap());
        assert!(kept <= 730.0 && 730.0 < broken, "{kept} {broken}");
        // Rates are held to three digits.
        assert!(broken / kept <= 1.0 + bracket + 0.003, "{kept} {broken}");
        assert_eq!((status.state, status.kept_times), (SearchState::Found, repeats));
    }
}

#[test]
fn it_doubles_and_then_halves_what_is_left() {
    let search = search(100.0, 5000.0);
    let (held, rests) = run(&search, up_to(730.0));
    assert_eq!(held[..5], [100.0, 200.0, 400.0, 800.0, 566.0]);
    let status = search.status(1, "shop:buy");
    assert_eq!(status.state, SearchState::Found);
    let (kept, broken) = (status.kept.unwrap(), status.broken.unwrap());
    assert!(kept <= 730.0 && 730.0 < broken && broken / kept < 1.05, "{kept} to {broken}");
    assert_eq!((status.kept_times, status.broken_times), (2, 1));
    assert_eq!(held.last(), Some(&kept), "the last one is held again");
    // After each that was too much it stays low for a while.
    let broken = held.iter().filter(|rate| **rate > 730.0).count();
    assert_eq!(rests.len(), broken);
    assert_eq!(rests[0], 200.0, "half of what was kept");
}

#[test]
fn whatever_the_knee_is_it_lies_in_the_bracket() {
    let mut rng = fastrand::Rng::with_seed(5);
    for _ in 0..500 {
        let knee = 10f64.powf(rng.f64() * 5.0 - 1.0);
        let search = search(knee * (0.02 + rng.f64() * 3.0), knee * 50.0);
        let (held, _) = run(&search, up_to(knee));
        let status = search.status(1, "a:b");
        assert_eq!(status.state, SearchState::Found, "{status:?}");
        let (kept, broken) = (status.kept.unwrap(), status.broken.unwrap());
        assert!(kept <= knee && knee < broken, "{knee} is not in {kept} to {broken}");
        assert!(broken / kept < 1.06, "{kept} to {broken}");
        assert!(held.len() < 25, "{} rates", held.len());
    }
}

#[test]
fn what_is_never_broken_or_never_kept_is_said() {
    let never_broken = search(100.0, 5000.0);
    let (held, _) = run(&never_broken, |_, _| SearchOutcome::Kept);
    assert_eq!(held, [100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, 5000.0]);
    let status = never_broken.status(1, "a:b");
    assert_eq!(
        (status.state, status.kept, status.broken),
        (SearchState::KeptUpTo, Some(5000.0), None)
    );
    let text = status.to_string();
    assert_eq!(text, "`http p99 < 300ms` kept up to 5000 per second, where the search ends");

    let never_kept = search(100.0, 5000.0);
    let (held, _) = run(&never_kept, |_, _| SearchOutcome::Broken);
    assert_eq!(held[..3], [100.0, 50.0, 25.0]);
    let status = never_kept.status(1, "a:b");
    assert_eq!((status.state, status.kept), (SearchState::NeverKept, None));
}

#[test]
fn a_rate_that_was_kept_by_luck_is_given_up() {
    // At 400 it is kept the first time only.
    let mut times_at_400 = 0;
    let search = search(100.0, 5000.0);
    run(&search, |rate, _| {
        if rate == 400.0 {
            times_at_400 += 1;
        }
        let lucky = rate == 400.0 && times_at_400 == 1;
        if rate < 300.0 || lucky { SearchOutcome::Kept } else { SearchOutcome::Broken }
    });
    let status = search.status(1, "a:b");
    let (kept, broken) = (status.kept.unwrap(), status.broken.unwrap());
    assert!(kept < 300.0 && 300.0 <= broken, "{kept} to {broken}");
    assert_eq!((status.state, status.kept_times), (SearchState::Found, 2));
}

#[test]
fn the_generators_own_limit_is_no_knee() {
    let search = search(100.0, 5000.0);
    run(
        &search,
        |rate, _| {
            if rate > 1000.0 { SearchOutcome::Generator } else { SearchOutcome::Kept }
        },
    );
    let status = search.status(1, "a:b");
    assert_eq!(status.state, SearchState::GeneratorLimit);
    let text = status.to_string();
    assert!(text.starts_with("no greatest rate was found: `http p99 < 300ms` kept at "), "{text}");
    assert!(text.contains("the generator itself could not keep up"), "{text}");
}

#[test]
fn what_does_not_recover_ends_the_search() {
    let search = search(100.0, 5000.0);
    let mut now = Duration::ZERO;
    while let Some(rate) = search.rate(now) {
        let stretch = search.stretch().unwrap();
        now = stretch.from + stretch.length;
        let kept = rate == 100.0 && search.status(1, "a:b").steps.is_empty();
        search.judge(SearchStep {
            rate,
            from: stretch.from,
            to: now,
            outcome: if kept { SearchOutcome::Kept } else { SearchOutcome::Broken },
            values: vec![None],
            shown: vec!["-".to_owned()],
            samples: vec![0],
            why: None,
        });
    }
    let status = search.status(1, "a:b");
    assert_eq!(status.state, SearchState::NotRecovered);
    assert_eq!((status.kept, status.broken), (Some(100.0), Some(200.0)));
    assert!(now < HOLD * 20, "it gave up after {now:?}");
}

#[test]
fn a_search_that_was_cut_says_what_it_knows() {
    let search = search(100.0, 5000.0);
    let mut rates = 0;
    run_until(&search, |_| {
        rates += 1;
        rates < 4
    });
    let status = search.status(1, "a:b");
    assert_eq!(status.state, SearchState::Searching);
    let text = status.to_string();
    assert_eq!(
        text,
        "the search has not come to its end; `http p99 < 300ms` kept at 400 per second"
    );
}

/// All rates are kept, for as long as `goes_on` says.
fn run_until(search: &Search, mut goes_on: impl FnMut(f64) -> bool) {
    let mut now = Duration::ZERO;
    while let Some(rate) = search.rate(now) {
        if !goes_on(rate) {
            return;
        }
        let stretch = search.stretch().unwrap();
        now = stretch.from + stretch.length;
        search.judge(SearchStep {
            rate,
            from: stretch.from,
            to: now,
            outcome: SearchOutcome::Kept,
            values: vec![Some(0.0)],
            shown: vec!["0 ms".to_owned()],
            samples: vec![1],
            why: None,
        });
    }
}
