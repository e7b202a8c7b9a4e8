//! Comparisons of whole runs.

use super::testing::{Made, run};
use super::*;
use crate::document::{Document, Model, Validity};

fn named(document: Document) -> Named {
    Named { name: "run.json".to_owned(), document }
}

fn many(runs: impl IntoIterator<Item = Made>) -> Vec<Named> {
    runs.into_iter().map(|made| named(made.document())).collect()
}

fn compare(a: Made, b: Made) -> Comparison {
    Comparison::of(&many([a]), &many([b]), &Settings::default()).expect("sound settings")
}

fn words(comparison: &Comparison, row: usize) -> Vec<(String, &'static str)> {
    let figures = comparison.rows[row].figures.iter();
    figures.filter_map(|f| Some((f.kind.to_string(), f.word()?))).collect()
}

fn of(kind: &str, word: &'static str) -> (String, &'static str) {
    (kind.to_owned(), word)
}

#[test]
fn two_runs_of_the_same_thing_have_no_change() {
    let comparison = compare(run(1), run(2));
    assert_eq!(comparison.verdict, Verdict::NoChange);
    assert_eq!(comparison.exit_code, 0);
    assert_eq!(comparison.judged, 5);
    let text = comparison.text(100, 0.05);
    assert!(text.contains("\nNO CHANGE (not decided: p99), exit 0\n"), "{text}");
}

#[test]
fn a_run_is_the_same_as_itself() {
    let comparison = compare(run(1), run(1));
    assert_eq!(comparison.verdict, Verdict::NoChange);
    for figure in &comparison.rows[0].figures {
        assert_eq!(figure.change, 0.0, "{figure:?}");
    }
}

#[test]
fn five_percent_at_the_median_are_found_in_20_000_samples() {
    let comparison = compare(run(1), run(2).times(1.05));
    assert_eq!((comparison.verdict, comparison.exit_code), (Verdict::Slower, 1));
    let median = &comparison.rows[0].figures[0];
    assert_eq!(median.word(), Some("SLOWER"));
    assert!((median.change - 0.05).abs() < 0.02 && median.low > 0.0, "{median:?}");
    let faster = compare(run(2).times(1.05), run(1));
    assert_eq!((faster.verdict, faster.exit_code), (Verdict::Better, 0));
    assert_eq!(faster.rows[0].figures[0].word(), Some("FASTER"));
}

#[test]
fn correlated_times_have_wider_intervals() {
    let width = |comparison: &Comparison| {
        let median = &comparison.rows[0].figures[0];
        median.high - median.low
    };
    let independent = compare(run(1), run(2));
    let correlated = compare(run(1).correlated(0.9), run(2).correlated(0.9));
    assert!(width(&correlated) > 2.5 * width(&independent));
    assert_eq!(correlated.exit_code, 0);
}

#[test]
fn more_errors_fail() {
    let comparison = compare(run(1), run(2).failing(0.01));
    assert_eq!((comparison.verdict, comparison.exit_code), (Verdict::MoreErrors, 1));
    assert_eq!(words(&comparison, 0).last(), Some(&of("errors", "MORE")));
    let comparison = compare(run(1).failing(0.01), run(2));
    assert_eq!((comparison.verdict, comparison.exit_code), (Verdict::Better, 0));
}

#[test]
fn a_lower_rate_is_slower() {
    let comparison = compare(run(1), run(2).per_window(150));
    assert_eq!((comparison.verdict, comparison.exit_code), (Verdict::Slower, 1));
    assert!(words(&comparison, 0).contains(&of("rate", "LOWER")));
}

#[test]
fn the_rate_of_an_open_model_is_shown_and_not_judged() {
    let open = |made: Made| {
        let mut document = made.document();
        document.lines[0].model = Model::Open;
        vec![named(document)]
    };
    let (a, b) = (open(run(1)), open(run(2).per_window(150)));
    let comparison = Comparison::of(&a, &b, &Settings::default()).expect("sound settings");
    assert_eq!(comparison.judged, 4);
    assert_eq!(comparison.exit_code, 0);
    let rate = comparison.rows[0].figures.iter().find(|f| f.kind == Kind::Rate).expect("shown");
    assert_eq!(rate.outcome, None);
    assert!((rate.change + 0.10).abs() < 0.01);
}

#[test]
fn transactions_are_shown_and_judged_when_asked() {
    let (a, b) = (many([run(1)]), many([run(2).times(1.3)]));
    let comparison = Comparison::of(&a, &b, &Settings::default()).expect("sound settings");
    assert_eq!(comparison.rows[1].series, "shop:buy, pay");
    assert!(words(&comparison, 1).is_empty());
    assert!((comparison.rows[1].figures[0].change - 0.3).abs() < 0.03);

    let judge = vec!["shop:buy, pay: p50,p99".parse().expect("a series")];
    let settings = Settings { judge, ..Settings::default() };
    let comparison = Comparison::of(&a, &b, &settings).expect("sound settings");
    assert_eq!(comparison.judged, 7);
    assert_eq!(words(&comparison, 1), [of("p50", "SLOWER"), of("p99", "SLOWER")]);
}

#[test]
fn a_series_that_is_not_there_is_named_with_those_that_are() {
    let judge = vec!["shop:buy, pai".parse().expect("a series")];
    let settings = Settings { judge, ..Settings::default() };
    let text = Comparison::of(&many([run(1)]), &many([run(2)]), &settings).expect_err("none");
    let expected = "there is no series `shop:buy, pai`; there are `all requests`, `shop:buy, pay`";
    assert_eq!(text, expected);
}

#[test]
fn strict_fails_what_is_undecided() {
    let strict = Settings { strict: true, ..Settings::default() };
    let (a, b) = (many([run(1)]), many([run(2)]));
    let comparison = Comparison::of(&a, &b, &strict).expect("sound settings");
    assert_eq!((comparison.verdict, comparison.exit_code), (Verdict::NoChange, 1));
}

#[test]
fn noise_between_runs_is_in_the_interval_of_three_baselines() {
    // Runs of the same thing differ by 4 %: a single pair calls that slower.
    let noisy = || [run(11).times(0.97), run(12).times(1.03), run(13).times(1.0)];
    let b = || many([run(14).times(1.04)]);
    let pair = Comparison::of(&many([run(11).times(0.97)]), &b(), &Settings::default());
    assert_eq!(pair.expect("sound settings").verdict, Verdict::Slower);
    let comparison =
        Comparison::of(&many(noisy()), &b(), &Settings::default()).expect("sound settings");
    let median = &comparison.rows[0].figures[0];
    assert_eq!(median.outcome, Some(Outcome::Undecided));
    assert_eq!(median.basis.df, 2);
    assert!(comparison.notes.is_empty(), "{:?}", comparison.notes);
    assert_eq!(comparison.exit_code, 0);

    // Known noise makes three baselines see more.
    let known = Settings { run_noise: Some(0.03), ..Settings::default() };
    let wide = median.high - median.low;
    let comparison = Comparison::of(&many(noisy()), &b(), &known).expect("sound settings");
    let median = &comparison.rows[0].figures[0];
    assert_eq!(median.basis.df, 6);
    assert!(median.high - median.low < wide / 2.0);
    let b = many([run(14).times(1.3)]);
    let comparison = Comparison::of(&many(noisy()), &b, &known).expect("sound settings");
    assert_eq!(comparison.rows[0].figures[0].word(), Some("SLOWER"));
}

#[test]
fn runs_of_both_sides_can_be_repeated() {
    let a = many((0..5).map(|seed| run(20 + seed)));
    let b = many((0..5).map(|seed| run(30 + seed).times(1.05)));
    let comparison = Comparison::of(&a, &b, &Settings::default()).expect("sound settings");
    assert_eq!(comparison.rows[0].figures[0].word(), Some("SLOWER"));
    assert_eq!(comparison.rows[0].figures[0].basis.df, 8);
    assert_eq!(comparison.rows[0].figures[0].basis.samples, (5 * 115 * 167, 5 * 115 * 167));
    let same = many((0..5).map(|seed| run(40 + seed)));
    let comparison = Comparison::of(&a, &same, &Settings::default()).expect("sound settings");
    assert_eq!(comparison.verdict, Verdict::NoChange);
}

#[test]
fn known_noise_widens_a_single_pair() {
    let settings = Settings { run_noise: Some(0.03), ..Settings::default() };
    let (a, b) = (many([run(1)]), many([run(2).times(1.05)]));
    let comparison = Comparison::of(&a, &b, &settings).expect("sound settings");
    assert_eq!(comparison.exit_code, 0);
    let median = &comparison.rows[0].figures[0];
    // The noise of two runs alone: 3.09 deviations of 3 %, times the root of two.
    assert!((median.high.ln_1p() - median.change.ln_1p()) > 0.131);
    let (a, b) = (many([run(1)]), many([run(2).times(1.25)]));
    let comparison = Comparison::of(&a, &b, &settings).expect("sound settings");
    assert_eq!(comparison.rows[0].figures[0].word(), Some("SLOWER"));
}

#[test]
fn a_single_pair_says_what_is_not_in_it() {
    let comparison = compare(run(1), run(2));
    assert!(comparison.notes[0].starts_with("noise between runs is not in this: "));
    let meant = Settings { single_pair: true, ..Settings::default() };
    let comparison = Comparison::of(&many([run(1)]), &many([run(2)]), &meant);
    assert!(comparison.expect("sound settings").notes.is_empty());
    let two = many([run(1), run(3)]);
    let comparison = Comparison::of(&two, &many([run(2)]), &meant).expect("sound settings");
    assert!(comparison.notes[0].starts_with("noise between runs needs 3 baselines"));
}

#[test]
fn runs_that_cannot_be_compared_exit_3_and_say_why() {
    let refused = |change: fn(&mut Document)| {
        let mut b = run(2).document();
        change(&mut b);
        let comparison = Comparison::of(&many([run(1)]), &[named(b)], &Settings::default());
        let comparison = comparison.expect("sound settings");
        assert_eq!((comparison.verdict, comparison.exit_code), (Verdict::NotComparable, 3));
        assert!(comparison.rows.is_empty());
        comparison.refusals.join("; ")
    };
    assert!(refused(|b| b.verdict.validity = Validity::Invalid).starts_with("B is invalid"));
    assert!(refused(|b| b.run.test = "shop:calm".into()).starts_with("different tests"));
    assert!(refused(|b| b.windows = Default::default()).starts_with("a run has no windows"));
    assert!(
        refused(|b| b.series.remove(0).count = 0).contains("all requests: no windows of it in B")
    );
    let text = refused(|b| {
        let whole = std::mem::replace(b, run(2).windows(8).document());
        (b.run.planned_s, b.lines) = (whole.run.planned_s, whole.lines);
    });
    let expected =
        "too short to judge: 7 windows of 1 s are left after the warm-up, and 8 are needed";
    assert_eq!(text, expected);
}

#[test]
fn series_of_one_side_are_said() {
    let mut b = run(2).document();
    b.series[1].name = Some("pay now".into());
    let comparison = Comparison::of(&many([run(1)]), &[named(b)], &Settings::default());
    let comparison = comparison.expect("sound settings");
    let expected = ["shop:buy, pay: no windows of it in B", "shop:buy, pay now: only in B"];
    assert_eq!(comparison.not_compared, expected);
}

#[test]
fn no_line_is_longer_than_the_terminal() {
    let mut a = run(1).document();
    a.series[1].name = Some("a name of two hundred characters".repeat(6).as_str().into());
    let mut b = a.clone();
    b.run.runners = 7;
    let a = Named { name: "/a/very/long/folder/".repeat(9) + "run.json", document: a };
    let comparison = Comparison::of(&[a], &[named(b)], &Settings::default()).expect("sound");
    for width in 0..200 {
        for line in comparison.text(width, 0.05).lines() {
            assert!(line.chars().count() <= width.max(20), "{width}: {line}");
        }
    }
}

#[test]
fn the_table_is_one_line_a_figure_where_that_fits() {
    let comparison = compare(run(1), run(2).times(1.1));
    let text = comparison.text(100, 0.05);
    let median = text.lines().find(|line| line.starts_with("p50")).expect("a line");
    assert!(median.ends_with(" SLOWER") && median.contains(" ms "), "{median}");
    assert!(text.ends_with("SLOWER, exit 1\n"), "{text}");
    let narrow = comparison.text(40, 0.05);
    assert!(narrow.contains("\n  SLOWER\n"), "{narrow}");
}

#[test]
fn markdown_and_json_have_the_verdict() {
    let comparison = compare(run(1), run(2).times(1.1));
    let markdown = comparison.markdown(0.05);
    assert!(markdown.starts_with("### mite compare: SLOWER"), "{markdown}");
    let header = "| figure | A | B | change | interval | verdict |\n";
    assert!(markdown.contains(header), "{markdown}");
    let json = serde_json::to_value(&comparison).expect("JSON");
    assert_eq!(json["verdict"], "slower");
    assert_eq!(json["exit_code"], 1);
    assert_eq!(json["rows"][0]["figures"][0]["kind"], "p50");
    assert_eq!(json["rows"][0]["figures"][0]["outcome"], "worse");
}

#[test]
fn the_command_reads_files_and_answers() {
    let folder = std::env::temp_dir().join(format!("mite-compare-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let paths: Vec<String> = [run(1), run(2).times(1.1)]
        .into_iter()
        .zip(["a.json", "b.json"])
        .map(|(made, name)| {
            let path = folder.join(name);
            let place = crate::document::Reserved::take(&path).expect("it can be taken");
            place.write(made.document()).expect("it can be written");
            path.display().to_string()
        })
        .collect();
    let (baselines, candidates) = sides(&paths).expect("two files");
    let request =
        Request { baselines, candidates, settings: Settings::default(), form: Form::Json };
    let answer = super::run(&request).expect("sound files");
    assert_eq!(answer.exit_code, 1);
    assert!(serde_json::from_str::<serde_json::Value>(&answer.text).is_ok());
    let missing = Request { candidates: vec![folder.join("c.json")], ..request };
    let text = super::run(&missing).expect_err("missing").to_string();
    assert!(text.contains("c.json: "), "{text}");
    std::fs::remove_dir_all(&folder).expect("removed");
    assert!(sides(&paths[..1]).is_err());
}
