use super::*;
use crate::stats::{
    Distribution, JourneyCounts, PoolStatus, RunStatus, Spread, Totals, TransactionRow,
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

fn reasons(limits: &Thresholds, summary: &Summary) -> Vec<String> {
    judge(limits, summary).reasons()
}

fn told(summary: &Summary) -> Vec<String> {
    judge(&Thresholds::default(), summary).notes().map(Finding::to_string).collect()
}

#[test]
fn any_error_fails_unless_some_are_allowed() {
    let strict = Thresholds::default();
    assert_eq!(reasons(&strict, &summary(&[], 1)), ["1 error, above the limit of 0"]);
    let lenient = Thresholds { errors: 2, ..Thresholds::default() };
    assert!(reasons(&lenient, &summary(&[], 2)).is_empty());
    assert_eq!(reasons(&lenient, &summary(&[], 3)), ["3 errors, above the limit of 2"]);
}

#[test]
fn a_value_at_its_limit_passes_and_one_above_fails() {
    let at = |limit| Thresholds {
        max_response_time: Some(limit),
        percentiles: vec![(50.0, Some(limit)), (0.0, None)],
        ..Thresholds::default()
    };
    let run = summary(&[100, 200, 200], 0);
    assert!(reasons(&at(ms(200)), &run).is_empty());
    assert_eq!(
        reasons(&at(Duration::from_micros(199_999)), &run),
        [
            "longest response time 200 ms, above the limit of 199.999 ms",
            "response time at 50 % 200 ms, above the limit of 199.999 ms",
        ]
    );
}

#[test]
fn all_limits_are_checked_not_only_the_first() {
    let all = Thresholds {
        errors: 0,
        max_response_time: Some(ms(1)),
        mean_response_time: Some(ms(1)),
        deviation_of_response_time: Some(ms(1)),
        deviation_of_request_rate: Some(0.5),
        percentiles: vec![(0.0, Some(ms(1))), (99.9, Some(ms(1))), (100.0, Some(ms(1)))],
    };
    let mut run = summary(&[100, 200], 7);
    let broke = Finding::PoolFailed { pool: "users".into(), given: None, why: "gone".into() };
    run.status = RunStatus { findings: vec![broke], ..RunStatus::default() };
    assert_eq!(
        reasons(&all, &run),
        [
            "pool `users` failed, its journeys end: gone",
            "7 errors, above the limit of 0",
            "longest response time 200 ms, above the limit of 1 ms",
            "mean response time 150 ms, above the limit of 1 ms",
            "standard deviation of response times 50 ms, above the limit of 1 ms",
            "response time at 0 % 100 ms, above the limit of 1 ms",
            "response time at 99.9 % 200 ms, above the limit of 1 ms",
            "response time at 100 % 200 ms, above the limit of 1 ms",
        ]
    );
}

#[test]
fn a_limit_without_a_sample_is_not_kept() {
    let limits = Thresholds {
        mean_response_time: Some(ms(100)),
        deviation_of_request_rate: Some(2.5),
        percentiles: vec![(99.0, Some(Duration::from_nanos(1_500))), (50.0, None)],
        ..Thresholds::default()
    };
    let verdict = judge(&limits, &summary(&[], 0));
    assert_eq!(verdict.outcome, RunOutcome::Failed);
    assert_eq!(
        verdict.reasons(),
        [
            "mean response time: no request was made, so that its limit of 100 ms is not shown to be kept",
            "response time at 99 %: no request was made, so that its limit of 0.0015 ms is not shown to be kept",
            "standard deviation of requests per second: no request was made, so that its limit of 2.5 is not shown to be kept",
        ]
    );
    // Without limits there is nothing to show.
    assert!(judge(&Thresholds::default(), &summary(&[], 0)).passed());
}

#[test]
fn a_signal_after_the_planned_end_or_without_one_cuts_nothing() {
    let mut run = summary(&[], 0);
    let after = Duration::from_secs(1);
    run.status.findings = vec![Finding::Interrupted { signal: 2, after, planned: None }];
    let verdict = judge(&Thresholds::default(), &run);
    assert!(verdict.passed(), "{verdict:?}");
    assert_eq!(told(&run), ["ended by SIGINT after 1.0 s"]);
}

#[test]
fn every_limit_that_is_set_is_checked_and_told() {
    let limits = Thresholds { max_response_time: Some(ms(300)), ..Thresholds::default() };
    let verdict = judge(&limits, &summary(&[100, 200], 0));
    let told: Vec<_> = verdict.limits.iter().map(Checked::to_string).collect();
    assert_eq!(
        told,
        [
            "0 errors, within the limit of 0",
            "longest response time 200 ms, within the limit of 300 ms"
        ]
    );
    assert!(verdict.passed());
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
        let verdict = judge(&Thresholds::default(), &run);
        assert_eq!((verdict.outcome, verdict.outcome.code()), (outcome, code));
    }
}

#[test]
fn a_journey_that_fails_at_once_is_a_finding() {
    let found = |failed, finished, p50| {
        let counts =
            JourneyCounts { started: failed + finished, failed, finished, ..Default::default() };
        let row = |name: &str, p50| TransactionRow {
            journey: "shop:buy".into(),
            name: name.into(),
            times: Spread { p50, ..Spread::default() },
            ..TransactionRow::default()
        };
        told(&Summary {
            journeys: vec![JourneyRow { journey: "shop:buy".into(), counts }],
            transactions: vec![row("", p50), row("pay", ms(1))],
            ..Summary::default()
        })
    };
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
}

#[test]
fn volume_that_comes_a_little_later_or_ran_out_of_items_is_not_a_finding() {
    let shown = |why, missing, used_up| {
        let scenario = ScenarioStatus {
            peak: 100,
            pool: Some(PoolStatus { name: "`users`".into(), items: None, used_up }),
            unmet: vec![(why, Duration::from_secs(missing))],
            ..ScenarioStatus::default()
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
