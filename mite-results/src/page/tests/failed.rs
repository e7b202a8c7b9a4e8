//! What failed, apart from what did not; and runs of which there is little to say.

use super::*;
use crate::document::{Search, SearchOutcome, SearchStep};

#[test]
fn second_histograms_of_single_names_go_first() {
    let mut document = stalled(seconds(0.005));
    for windows in document.windows.series.values_mut() {
        windows.failed_hist = Some(windows.hist.clone());
        windows.service_hist = Some(windows.hist.clone());
    }
    document.check().expect("sound");
    let bytes = |document: &Document| serde_json::to_string(document).expect("JSON").len();
    let (whole, said) = fit::fit(&document, bytes(&document) + 100);
    assert!(whole == document && said.is_none());
    let (small, said) = fit::fit(&document, bytes(&document) - 200);
    small.check().expect("sound");
    let with_parts = |document: &Document| -> Vec<u32> {
        let windows = document.windows.series.iter();
        windows.filter(|(_, w)| w.service_hist.is_some()).map(|(id, _)| *id).collect()
    };
    let is_single = |id: &u32| document.series.iter().any(|s| s.id == *id && s.journey.is_some());
    let totals: Vec<u32> = with_parts(&document).into_iter().filter(|id| !is_single(id)).collect();
    assert_eq!(with_parts(&small), totals);
    assert_eq!(small.windows.series.len(), document.windows.series.len());
    let n = document.windows.series.len() - totals.len();
    let text = format!(
        "To keep this page below 2 MB, left out: failed and service times apart from the others, \
         of {}. --json has all.",
        crate::units::count(n, "row")
    );
    assert_eq!(said, Some(text));
}

#[test]
fn how_long_those_took_that_failed_is_told_without_scripts() {
    let mut document = stalled(seconds(0.005));
    assert!(!report(&document).contains("that failed are in the picture"));
    let windows = document.windows.series.get_mut(&0).expect("of all");
    let mut failed = windows.hist.clone();
    failed.counts.iter_mut().for_each(Vec::clear);
    // Three of the last second, in its first bucket: those of 10 ms.
    *failed.counts.last_mut().expect("windows") = vec![3];
    windows.failed_hist = Some(failed);
    let told = "<p>3 that failed are in the picture, too: half of them took at most 10.0 ms, the longest about 10.1 ms.</p>";
    let html = report(&document);
    let at = html.find("that failed").expect("told");
    assert!(html.contains(told), "{}", &html[at - 10..at + 120]);
}

#[test]
fn a_run_without_responses_is_not_told_as_a_fast_one() {
    let mut document = stalled(seconds(0.005));
    let count = document.series[0].count;
    document.series[0].failed = count;
    let told = in_short(&document);
    assert!(told.iter().any(|s| s.starts_with("None of them got a response: ")), "{told:?}");
    assert!(!told.iter().any(|s| s.starts_with("Half of the")), "{told:?}");
    document.series[0].failed = 77;
    let told = in_short(&document);
    let some = told.iter().find(|s| s.contains("got no response")).expect("told");
    assert!(some.starts_with("77 of them got no response (2.5 %). Half of the requests"), "{some}");
}

#[test]
fn what_a_search_found_is_told_with_each_rate_that_it_held() {
    let mut document = stalled(seconds(0.005));
    document.verdict.limits.clear();
    let step = |per_s, outcome, p99| SearchStep {
        per_s: number(per_s),
        outcome,
        values: vec![Some(number(p99)), Some(number(0.005))],
        ..SearchStep::default()
    };
    document.searches = vec![Search {
        journey: "shop:buy".into(),
        limits: vec!["http p99 < 100ms".into(), "errors rate < 1%".into()],
        text: "kept at 300 per second; broken at 310 per second".into(),
        steps: vec![
            step(300.0, SearchOutcome::Kept, 0.02),
            step(310.0, SearchOutcome::Broken, 0.2),
        ],
        ..Search::default()
    }];
    let sentence = "Search of shop:buy: kept at 300 per second; broken at 310 per second.";
    assert_eq!(in_short(&document)[0], sentence);
    let html = report(&document);
    let before_scripts = html.split("<script").next().expect("a page");
    for cell in ["http p99 &lt; 100ms", "20.0 ms", "200 ms", "0.50 %", "<b>BROKEN</b>"] {
        assert!(before_scripts.contains(cell), "no {cell}");
    }
}

#[test]
fn a_run_of_less_than_a_second_has_lasted_and_has_nothing_to_be_even() {
    let mut document = stalled(seconds(0.005));
    document.run.load_s = Some(number(0.35));
    assert!(in_short(&document)[1].contains(" in 350 ms of load, "), "{:?}", in_short(&document));
    let mut one = Document { series: vec![document.series[0].clone()], ..Document::default() };
    let mut history = History::new(Limits::default());
    let all = counts(TOTAL_SCHEMA, seconds(0.01), 40);
    history.add(seconds(0.0), seconds(0.4), &Load::default(), [(0, Rank::Total, all)]);
    one.windows = history.columns();
    assert!(!in_short(&one).iter().any(|s| s.contains("even")), "{:?}", in_short(&one));
}
