use super::*;
use crate::stats::{
    ArrivalStatus, Distribution, JourneyCounts, PoolStatus, RunStatus, Spread, Threshold, Totals,
    TransactionRow,
};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn summary(times: &[u64], errors: u64) -> Summary {
    let mut response_times = Distribution::default();
    times.iter().for_each(|n| response_times.record(ms(*n)));
    let journeys = JourneyCounts { errors, ..JourneyCounts::default() };
    let totals = Totals { journeys, ..Totals::default() };
    Summary { response_times, totals, ..Summary::default() }
}

fn checked(text: &str, value: f64, samples: u64) -> Checked {
    let threshold = Threshold::parse(text).unwrap();
    Checked {
        value: Some(value),
        samples,
        failed: 0,
        at: None,
        aborted: None,
        why: None,
        kept: false,
        threshold,
    }
}

fn errors(n: u64) -> Checked {
    Checked { kept: n == 0, ..checked("errors count <= 0", n as f64, 1) }
}

fn told(summary: &Summary) -> Vec<String> {
    judge(Vec::new(), summary).notes().map(Finding::to_string).collect()
}

#[test]
fn every_limit_and_finding_is_told_not_only_the_first() {
    let mut run = summary(&[100, 200], 7);
    let broke = Finding::PoolFailed { pool: "users".into(), given: None, why: "gone".into() };
    run.status = RunStatus { findings: vec![broke], ..RunStatus::default() };
    let verdict = judge(vec![errors(7), checked("http max <= 1ms", 2e8, 2)], &run);
    assert_eq!(
        verdict.reasons(),
        [
            "pool `users` failed, its journeys end: gone",
            "7 errors, above the limit of 0",
            "limit `http max <= 1ms` broken: 200 ms of 2 samples",
        ]
    );
    assert_eq!(verdict.outcome, RunOutcome::Failed);
    // Without limits there is nothing to show.
    assert!(judge(Vec::new(), &summary(&[], 0)).passed());
}

#[test]
fn journeys_that_were_all_cancelled_are_no_success() {
    let mut run = summary(&[], 0);
    run.status.scenarios.push(LineStatus::default());
    run.totals.journeys = JourneyCounts { started: 2, cancelled: 2, ..JourneyCounts::default() };
    let verdict = judge(Vec::new(), &run);
    assert_eq!(verdict.outcome, RunOutcome::Failed);
    let why = "nothing came of 2 journeys: all were cancelled when the test was over; --duration or --graceful-stop gives them longer, `ctx.should_stop()` says when to end; --allow-empty accepts it";
    assert_eq!(verdict.reasons(), [why]);
    // Something came of them, or somebody wanted it so.
    let passes = |change: &dyn Fn(&mut Summary)| {
        let mut run = run.clone();
        change(&mut run);
        judge(Vec::new(), &run).passed()
    };
    assert!(!passes(&|_| {}));
    assert!(passes(&|run| run.totals.requests = 1));
    assert!(passes(&|run| run.totals.transactions = 1));
    assert!(passes(&|run| run.totals.journeys.finished = 1));
    assert!(passes(&|run| run.events.push(("order".into(), 1))));
    assert!(passes(&|run| run.status.allow_empty = true));
}

#[test]
fn a_signal_after_the_planned_end_or_without_one_cuts_nothing() {
    let mut run = summary(&[], 0);
    let after = Duration::from_secs(1);
    run.status.findings = vec![Finding::Interrupted { signal: 2, after, planned: None }];
    let verdict = judge(Vec::new(), &run);
    assert!(verdict.passed(), "{verdict:?}");
    assert_eq!(told(&run), ["ended by SIGINT after 1.0 s"]);
}

#[test]
fn the_worst_that_happened_is_the_outcome_and_the_exit_code() {
    let note = Finding::Unserializable { values: 1 };
    let fails = Finding::NoRunnerLeft;
    let lost = Finding::RecordsLost { records: 1 };
    for (findings, errors, cut, outcome, code) in [
        (vec![], 0, None, RunOutcome::Passed, 0),
        (vec![note.clone()], 0, None, RunOutcome::Passed, 0),
        (vec![], 1, None, RunOutcome::Failed, 1),
        (vec![note.clone(), fails.clone()], 0, None, RunOutcome::Failed, 1),
        (vec![fails.clone()], 1, Some(2), RunOutcome::Cut(2), 130),
        (vec![note], 0, Some(15), RunOutcome::Cut(15), 143),
        (vec![lost, fails], 1, Some(2), RunOutcome::Lost, 4),
    ] {
        let mut run = summary(&[], errors);
        let after = Duration::from_secs(1);
        let interrupted =
            cut.map(|signal| Finding::Interrupted { signal, after, planned: Some(after * 2) });
        let findings = findings.into_iter().chain(interrupted).collect();
        run.status = RunStatus { findings, ..RunStatus::default() };
        let verdict = judge(vec![self::errors(errors)], &run);
        assert_eq!((verdict.outcome, verdict.outcome.code()), (outcome, code));
    }
}

#[test]
fn a_journey_that_fails_at_once_is_a_finding() {
    let found_on = |arrivals, failed, finished, p50| {
        let counts =
            JourneyCounts { started: failed + finished, failed, finished, ..Default::default() };
        let line = LineStatus { journey: "shop:buy".into(), arrivals, ..LineStatus::default() };
        let row = |name: &str, p50| TransactionRow {
            journey: "shop:buy".into(),
            name: name.into(),
            times: Spread { p50, ..Spread::default() },
            ..TransactionRow::default()
        };
        told(&Summary {
            journeys: vec![JourneyRow { journey: "shop:buy".into(), counts }],
            transactions: vec![row("", p50), row("pay", ms(1))],
            status: RunStatus { scenarios: vec![line], ..RunStatus::default() },
            ..Summary::default()
        })
    };
    let found = |failed, finished, p50| found_on(None, failed, finished, p50);
    let quick = Duration::from_micros(90);
    assert_eq!(
        found(5_000, 500, quick),
        [
            "shop:buy failed 5000 of 5500 times, and half of its journeys were over within 0.09 ms: one that fails at once is started again at once, so the rates are not those of the volume that was asked for; mend it, or let it wait before it fails"
        ]
    );
    assert_eq!(found(5_000, 600, quick), [] as [&str; 0], "too many finish");
    assert_eq!(found(5_000, 0, Duration::from_micros(1_001)), [] as [&str; 0], "they take a while");
    assert_eq!(found(99, 0, quick), [] as [&str; 0], "there are few");
    let open = Some(ArrivalStatus::default());
    assert_eq!(found_on(open, 5_000, 0, quick), [] as [&str; 0], "they come at their rate");
}

#[test]
fn a_pace_that_is_missed_by_a_hundredth_or_more_is_a_finding() {
    let found = |blocks: &[(u64, u64)]| {
        let mut counts = JourneyCounts::default();
        blocks.iter().for_each(|(separation, over)| counts.paced.add(ms(*separation), ms(*over)));
        let journeys = vec![JourneyRow { journey: "shop:buy".into(), counts }];
        let run = Summary { journeys, ..Summary::default() };
        (told(&run), judge(Vec::new(), &run).validity)
    };
    assert_eq!(found(&[]), (vec![], Grade::Valid));
    assert_eq!(found(&[(1_000, 0), (1_000, 20)]), (vec![], Grade::Valid), "one in a hundred");
    let text = "shop:buy went at 80 % of the pace of its fixed_separation or average_separation: 1 of 2 blocks took longer than that, by 500.00 ms on average; give it a longer separation, and for the same rate more journeys at once";
    assert_eq!(found(&[(1_000, 0), (1_000, 500)]), (vec![text.to_owned()], Grade::Suspect));
    assert_eq!(found(&[(0, 500)]), (vec![], Grade::Valid), "no separation, no pace");
}

#[test]
fn volume_that_comes_a_little_later_or_ran_out_of_items_is_not_a_finding() {
    let shown = |why, missing, used_up| {
        let scenario = LineStatus {
            peak: 100,
            pool: Some(PoolStatus { name: "`users`".into(), items: None, used_up }),
            unmet: vec![(why, Duration::from_secs(missing))],
            ..LineStatus::default()
        };
        let status = RunStatus { scenarios: vec![scenario], ..RunStatus::default() };
        !told(&Summary { status, ..Summary::default() }).is_empty()
    };
    // A hundred at a thousand a second are missing for a twentieth of a second.
    assert!(!shown(Reason::Spawn, 5, false));
    assert!(!shown(Reason::Spawn, 299, false));
    assert!(shown(Reason::Spawn, 300, false));
    assert!(!shown(Reason::Data, 300, true));
    assert!(shown(Reason::Data, 1, false));
}
