//! What is told before the first second is over, and when files cannot be written.

use super::*;

#[test]
fn what_is_not_told_of_a_run_that_goes_on_is_counted() {
    let mut simulated = Simulated::new(1);
    let journey = Label::intern("shop:buy");
    let live = LiveRun::default();
    for second in 1..=350_u32 {
        for n in 0..300_u32 {
            let name = Label::intern(&format!("__root__ :: page {n}"));
            // Those that come first have windows, and too little time to be listed.
            let took = Duration::from_millis(if n < 60 { 60 } else { 100 });
            simulated.runner.transaction(&journey, &name, took, End::Finished);
        }
        simulated.runner.journey_blocked(&journey, SECOND);
        simulated.status.elapsed = SECOND * second;
        simulated.board.merge(&simulated.runner.take());
        let snapshot = simulated.board.snapshot(simulated.status.clone());
        live.follow(&snapshot, &RunFacts::default(), second == 350);
    }
    let document = live.document();
    assert_eq!(document.check(), Ok(()));
    let singles = document.series.iter().filter(|s| s.kind == SeriesKind::Transaction).count();
    assert_eq!((singles, document.truncated.unlisted_series), (200, 100));
    assert_eq!((document.events.len(), document.truncated.events), (300, 50));
}

/// What a page is told that knows nothing yet.
fn told(live: &LiveRun) -> serde_json::Value {
    serde_json::from_slice(&live.answer(Duration::ZERO).expect("JSON")).expect("JSON")
}

#[test]
fn a_run_whose_first_second_is_not_over_is_running() {
    let live = LiveRun::default();
    assert_eq!(told(&live)["run"]["verdict"]["ended_by"], "running");
    let facts =
        RunFacts { labels: [("commit".into(), "abc".into())].into(), ..RunFacts::default() };
    let mut output = ResultsOutput::new(ResultsFiles::default(), facts, Some(live.clone()))
        .expect("somebody may ask");
    let info = RunInfo { test: "shop:rush_hour".into(), seed: 7, ..RunInfo::default() };
    output.start(&info).unwrap();
    let told = told(&live);
    assert_eq!(
        (&told["state"], &told["run"]["verdict"]["ended_by"]),
        (&"running".into(), &"running".into())
    );
    let run = &told["run"]["run"];
    assert_eq!(
        (&run["test"], &run["seed"], &run["labels"]["commit"]),
        (&"shop:rush_hour".into(), &7.into(), &"abc".into())
    );
    let page = mite_results::page::report(&live.document());
    assert!(page.contains("<b>RUNNING</b>: not judged yet") && page.contains("shop:rush_hour"));
    assert_eq!(live.document().check(), Ok(()));
}

#[test]
fn json_that_cannot_be_written_is_in_the_verdict_of_all_else() {
    let folder = std::env::temp_dir().join(format!("mite-unwritten-{}", std::process::id()));
    let (gone, html) = (folder.join("gone"), folder.join("run.html"));
    std::fs::create_dir_all(&gone).unwrap();
    let json = gone.join("run.json");
    let files = ResultsFiles::take(Some(&json), Some(&html), None, None).unwrap();
    std::fs::remove_dir_all(&gone).unwrap();
    let live = LiveRun::default();
    let mut output = ResultsOutput::new(files, RunFacts::default(), Some(live.clone())).unwrap();
    let summary = Summary::default();
    assert!(summary.verdict.passed());
    let error = output.finish(&summary).unwrap_err().to_string();
    assert!(error.contains("run.json"), "{error}");
    let page = std::fs::read_to_string(&html).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(page.contains("<b>FAILED</b>, exit code 4"), "{page}");
    let told = told(&live);
    let verdict = &told["run"]["verdict"];
    assert_eq!(
        (&told["state"], &verdict["passed"], &verdict["exit_code"]),
        (&"ended".into(), &false.into(), &4.into())
    );
    assert_eq!(verdict["reasons"][0]["code"], "results_unwritten");
}

#[test]
fn json_and_junit_say_of_a_page_that_could_not_be_written_after_them() {
    let folder = std::env::temp_dir().join(format!("mite-later-{}", std::process::id()));
    let gone = folder.join("gone");
    std::fs::create_dir_all(&gone).unwrap();
    let [json, junit, html] =
        [folder.join("run.json"), folder.join("run.xml"), gone.join("run.html")];
    let files = ResultsFiles::take(Some(&json), Some(&html), None, Some(&junit)).unwrap();
    std::fs::remove_dir_all(&gone).unwrap();
    let mut output = ResultsOutput::new(files, RunFacts::default(), None).unwrap();
    let error = output.finish(&Summary::default()).unwrap_err().to_string();
    // Once: what is written anew is not told anew.
    assert_eq!(error.matches("cannot be written").count(), 1, "{error}");
    let document = Document::read(&json).unwrap();
    let junit = std::fs::read_to_string(&junit).unwrap();
    let names = std::fs::read_dir(&folder).unwrap().count();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!((document.verdict.passed, document.verdict.exit_code), (false, 4));
    assert_eq!(&*document.verdict.reasons[0].code, "results_unwritten");
    assert!(junit.contains("run.html cannot be written"), "{junit}");
    assert_eq!(names, 2);
}

#[test]
fn a_page_that_panics_costs_itself_alone() {
    let verdict = Summary::default().verdict;
    let document = Document { verdict: document::verdict(&verdict), ..Document::default() };
    let mut writing = Writing::of(document, verdict);
    let mut codes = Vec::new();
    writing.step("--html", |document| {
        codes.push(document.verdict.exit_code);
        panic!("of the page")
    });
    writing.step("annotations", |document| {
        codes.push(document.verdict.exit_code);
        Ok(())
    });
    assert_eq!(codes, [0, 4]);
    let error = writing.finish().unwrap_err().to_string();
    assert_eq!(error, "--html: it panicked while it was made, which is a defect of mite");
}
