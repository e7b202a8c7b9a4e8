//! What was counted, as a document: exact, and without a clock.

mod writing;

use std::time::Duration;

use mite_core::label::Label;
use mite_core::stats::{
    Aggregator, Board, End, Exchange, Labels, LineStatus, Mark, Outcome, RunInfo, RunStatus,
    StatisticKind, Threshold, VolumeStatus, judge,
};
use mite_results::compare::{Comparison, Named, Settings};
use mite_results::document::{Document, Series, SeriesKind, StatisticWindows};

use super::*;
use crate::history::Course;

const SECOND: Duration = Duration::from_secs(1);

/// A journey that takes some time and makes a request.
struct Simulated {
    board: Board,
    runner: Aggregator,
    course: Course,
    status: RunStatus,
    random: fastrand::Rng,
}

impl Simulated {
    fn new(seed: u64) -> Self {
        let volume = VolumeStatus { most: Some(10.0), ..VolumeStatus::default() };
        let line = LineStatus {
            id: 1,
            journey: "shop:buy".into(),
            required: 10,
            actual: 10,
            volume,
            ..LineStatus::default()
        };
        Self {
            board: Board::of(RunInfo { test: "shop:rush_hour".into(), ..RunInfo::default() }),
            runner: Aggregator::default(),
            course: Course::default(),
            status: RunStatus { scenarios: vec![line], runners: 1, ..RunStatus::default() },
            random: fastrand::Rng::with_seed(seed),
        }
    }

    fn journey(&mut self, took: Duration) {
        let (journey, transaction) = (Label::intern("shop:buy"), Label::intern("__root__ :: pay"));
        let failed = self.random.u32(..100) == 0;
        self.runner.journey_started(&journey);
        let exchange = Exchange {
            protocol: "http",
            name: Label::intern("POST /pay"),
            status: (!failed).then_some(201),
            outcome: if failed { Outcome::Failed("timeout") } else { Outcome::Ok },
            took: took.into(),
            received: 100,
            sent: 10,
        };
        self.runner.exchange(&journey, Some(&transaction), &exchange);
        let end = if failed { End::Failed } else { End::Finished };
        self.runner.transaction(&journey, &transaction, took, end);
        self.runner.transaction(&journey, &Label::intern("__root__"), took, end);
        self.runner.journey_ended(&journey, End::Finished);
    }

    fn tick(&mut self, elapsed: Duration) {
        self.status.elapsed = elapsed;
        self.board.merge(&self.runner.take());
        self.course.follow(&self.board.snapshot(self.status.clone()));
    }

    /// So many seconds of so many journeys each, of about `typical`.
    fn run(mut self, seconds: u32, journeys: u32, typical: Duration) -> Document {
        self.board.hold_against(vec![Threshold::parse("http p99 < 300ms").unwrap()]);
        for second in 1..=seconds {
            for _ in 0..journeys {
                // From two thirds to one and a half of it.
                let factor = 1.5_f64.powf(self.random.f64() * 2.0 - 1.0);
                self.journey(typical.mul_f64(factor));
            }
            self.tick(SECOND * second);
        }
        self.document()
    }

    fn document(mut self) -> Document {
        self.status.load = Some(self.status.elapsed);
        let mut summary = self.board.summary(self.status.clone());
        summary.verdict = judge(self.board.checked(self.status.elapsed), &summary);
        let mut document =
            document::of(&summary, &RunFacts::default(), &self.course, &Detail::Whole);
        document.windows = document::windows(&document.series, self.course.history.columns());
        mite_results::compare::add_intervals(&mut document);
        document.sort();
        assert_eq!(document.check(), Ok(()));
        document
    }
}

fn of(document: &Document, kind: SeriesKind) -> &Series {
    document.series.iter().find(|series| series.kind == kind).expect("it is there")
}

#[test]
fn counts_and_times_are_those_that_were_counted() {
    let mut simulated = Simulated::new(1);
    for ms in 1..=1_000 {
        simulated.journey(Duration::from_millis(ms));
        if ms % 100 == 0 {
            simulated.tick(Duration::from_millis(ms * 10));
        }
    }
    let document = simulated.document();
    assert_eq!(document.totals.requests, 1_000);
    let failed = document.totals.failed_requests;
    assert!(failed > 0 && failed == document.totals.failed_transactions);
    for (kind, name) in [
        (SeriesKind::AllRequests, None),
        (SeriesKind::Request, Some("POST /pay")),
        (SeriesKind::AllTransactions, None),
        (SeriesKind::Transaction, Some("pay")),
        (SeriesKind::AllJourneys, None),
        (SeriesKind::Journey, None),
    ] {
        let series = of(&document, kind);
        assert_eq!(series.name.as_deref(), name);
        assert_eq!((series.count, series.failed), (1_000, failed), "{kind:?}");
        assert_eq!(series.rate_per_s.unwrap().get(), 100.0);
        let times = series.service.as_ref().unwrap();
        let (p50, exact) = (times.at(50.0).unwrap(), 0.5);
        assert!((p50 - exact).abs() <= exact * 0.001, "{kind:?}: {p50}");
        let times = (times.min_s.get(), times.mean_s.get(), times.max_s.get());
        assert_eq!(times, (0.001, 0.5005, 1.0), "{kind:?}");
        let kept = series.service.as_ref().unwrap().histogram().unwrap().unwrap();
        assert_eq!(kept.len(), 1_000);
        let windows = &document.windows.series[&series.id];
        assert_eq!((&windows.count, windows.failed.iter().sum()), (&vec![100; 10], failed));
        let longest: Vec<_> = windows.max_s.iter().map(|max| max.unwrap().get()).collect();
        assert_eq!(longest[..2], [0.1, 0.2], "{kind:?}");
        let sum: f64 = windows.sum_s.iter().map(|sum| sum.get()).sum();
        assert!((sum - 500.5).abs() < 1e-6, "{sum}");
    }
    let requests = of(&document, SeriesKind::Request);
    assert_eq!((requests.codes["201"], requests.kinds["timeout"]), (1_000 - failed, failed));
    assert_eq!((requests.received_bytes, requests.sent_bytes), (100_000, 10_000));
    assert_eq!(requests.method.as_deref(), Some("POST"));
    assert_eq!(document.windows.started, vec![100; 10]);
    assert_eq!(document.windows.required[0].get(), 10.0);
    assert_eq!(&*document.lines[0].phases[0].text, "up to 10");
}

#[test]
fn runs_of_the_same_thing_are_the_same_and_five_percent_is_found() {
    // 60 s of 350: 21,000 samples.
    let run = |seed, typical| Named {
        name: format!("run {seed}"),
        document: Simulated::new(seed).run(60, 350, typical),
    };
    let typical = Duration::from_millis(100);
    let settings = Settings { single_pair: true, ..Settings::default() };
    let compare = |a: &Named, b: &Named| {
        let (a, b) = (std::slice::from_ref(a), std::slice::from_ref(b));
        Comparison::of(a, b, &settings).expect("they can be compared")
    };
    let (a, b) = (run(1, typical), run(2, typical));
    let same = compare(&a, &b);
    assert_eq!(same.exit_code, 0, "{}", same.text(100, 0.05));
    let slower = compare(&a, &run(3, typical.mul_f64(1.05)));
    let text = slower.text(100, 0.05);
    assert_eq!(slower.exit_code, 1, "{text}");
    assert!(text.contains("SLOWER"), "{text}");
    let faster = compare(&a, &run(4, typical.mul_f64(0.95)));
    assert_eq!(faster.exit_code, 0);
    assert!(faster.text(100, 0.05).contains("FASTER"));
}

#[test]
fn ten_thousand_series_take_bounded_memory() {
    let mut simulated = Simulated::new(1);
    let journey = Label::intern("shop:buy");
    for second in 1..=600_u32 {
        for n in 0..100_u32 {
            let name = format!("__root__ :: page {}", (second * 100 + n) % 20_000);
            let took = Duration::from_millis(u64::from(1 + n));
            simulated.runner.transaction(&journey, &Label::intern(&name), took, End::Finished);
        }
        simulated.tick(SECOND * second);
    }
    let bytes = simulated.course.history.heap_bytes();
    assert!(bytes < 8 << 20, "{bytes}");
    let document = simulated.document();
    assert!(document.windows.t_s.len() <= 256);
    assert_eq!(document.windows.series.len(), 53);
    // Three totals, which are finer.
    let schemas: Vec<_> = document.windows.series.values().map(|w| w.hist.schema).collect();
    assert_eq!(schemas, [vec![5; 3], vec![3; 50]].concat());
    assert_eq!(document.truncated.series, 1);
    assert_eq!(of(&document, SeriesKind::AllTransactions).count, 60_000);
}

#[test]
fn a_stall_is_told_when_it_begins_and_when_it_is_over() {
    let mut simulated = Simulated::new(1);
    for second in 1..=20 {
        // Ten a second, and nothing from 8 s to 12 s.
        if !(9..=12).contains(&second) {
            (0..5).for_each(|_| simulated.journey(SECOND / 10));
        }
        simulated.tick(SECOND * second);
    }
    let told = simulated.course.events.list.iter();
    let told: Vec<_> = told.map(|event| format!("{} {}", event.t_s.get(), &*event.text)).collect();
    assert_eq!(
        told,
        ["8 nothing ends, with 10 journeys in flight", "13 the stall of 5.0 s is over"]
    );
}

#[test]
fn an_event_is_told_once_and_the_list_has_an_end() {
    let mut simulated = Simulated::new(1);
    let journey = Label::intern("shop:buy");
    for second in 1..=3 {
        if second == 2 {
            let error = mite_core::error::Error::new("sold out");
            simulated.runner.failure(&journey, None, &error);
            simulated.status.scenarios[0].started = 7;
            simulated.runner.journey_blocked(&journey, SECOND);
            simulated.status.scenarios[0].ended = Some("its volume is over".into());
            simulated.status.load = Some(SECOND * 2);
        }
        simulated.tick(SECOND * second);
    }
    let told: Vec<_> = simulated
        .course
        .events
        .list
        .iter()
        .map(|event| format!("{} {}: {}", event.t_s.get(), &*event.kind, &*event.text))
        .collect();
    assert_eq!(
        told,
        [
            "2 phase: line 1 (shop:buy) begins",
            "2 error: sold out",
            "2 phase: line 1 (shop:buy) begins no more: its volume is over",
            "2 phase: no more load is asked for",
            "2 blocked: shop:buy kept its runner from all other work 1 time; 1.000 s at most until now",
        ]
    );
    for _ in 0..2_000 {
        simulated.course.events.event(SECOND, "finding", String::new(), []);
    }
    assert_eq!(
        (simulated.course.events.list.len(), simulated.course.events.unlisted),
        (1_000, 1_005)
    );
    // Marks find room all the same, whoever sets them.
    simulated.board.mark(Mark::new(SECOND * 2, "deployed v2"));
    simulated.runner.mark(Mark::new(SECOND * 3 / 2, "saw /?token=abc"));
    simulated.tick(SECOND * 4);
    simulated.tick(SECOND * 5);
    (0..300).for_each(|_| simulated.runner.mark(Mark::new(SECOND * 5, "again")));
    simulated.tick(SECOND * 6);
    let document = simulated.document();
    let marks = document.events.iter().filter(|event| &*event.kind == "mark");
    let marks: Vec<_> = marks.map(|event| (event.t_s.get(), &*event.text)).collect();
    assert_eq!(marks[..2], [(1.5, "saw /?token=***"), (2.0, "deployed v2")]);
    assert_eq!((marks.len(), document.truncated.events), (200, 1_005 + 102));
}

#[test]
fn two_hours_are_shown_in_bounded_memory_and_fit_on_a_page() {
    let mut simulated = Simulated::new(1);
    let (live, facts) = (LiveRun::default(), RunFacts::default());
    let mut most = 0;
    for second in 1..=7_200 {
        (0..5).for_each(|_| simulated.journey(Duration::from_millis(50 + u64::from(second % 400))));
        simulated.status.elapsed = SECOND * second;
        simulated.board.merge(&simulated.runner.take());
        let snapshot = simulated.board.snapshot(simulated.status.clone());
        live.follow(&snapshot, &facts, second % 600 == 0);
        if second == 600 {
            most = live.heap_bytes();
        }
    }
    assert!(live.heap_bytes() <= most * 2, "{} and {most}", live.heap_bytes());
    let answer = |since| {
        let json = live.answer(Duration::from_secs_f64(since)).expect("JSON");
        let read: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
        (json.len(), read)
    };
    // Who comes late is told all, the last minute in seconds.
    let (_, all) = answer(0.0);
    assert_eq!((&all["state"], &all["whole"]), (&"running".into(), &true.into()));
    let lengths = all["run"]["windows"]["length_s"].as_array().expect("a column");
    assert!(lengths.len() <= 316, "{}", lengths.len());
    assert!(lengths[lengths.len() - 60..].iter().all(|length| length == 1.0));
    let counts = all["run"]["windows"]["series"]["0"]["count"].as_array().expect("a column");
    assert_eq!(counts.iter().filter_map(|n| n.as_u64()).sum::<u64>(), 36_000);
    assert_eq!(all["run"]["totals"]["requests"], 36_000);
    assert_eq!(all["run"]["verdict"]["ended_by"], "running");
    // Who has seen the rest is told the last second.
    let (bytes, last) = answer(7_198.5);
    assert_eq!(last["run"]["windows"]["t_s"], serde_json::json!([7_199.0]));
    assert!(bytes < 10_000, "{bytes}");
    assert_eq!(last["whole"], false);
    // Who slept for more than a minute is told all again: what it missed is merged.
    let (_, all) = answer(7_100.5);
    assert_eq!((&all["whole"], &all["run"]["windows"]["t_s"][0]), (&true.into(), &0.0.into()));
    let page = mite_results::page::report(&live.document());
    assert!(page.len() < 500_000, "{}", page.len());
}

#[test]
fn statistics_of_the_tests_own_have_windows() {
    let mut simulated = Simulated::new(1);
    let labels = Labels::new();
    for second in 1..=300_u32 {
        let runner = &mut simulated.runner;
        let mut tell = |kind, name: &str, value: f64, at: f64| {
            runner.statistic(kind, name, &labels, value, at);
        };
        tell(StatisticKind::Counter, "orders", 2.0, 0.0);
        tell(StatisticKind::Counter, "orders", 1.0, 0.0);
        if second % 10 == 1 {
            tell(StatisticKind::Gauge, "queue", f64::from(second), f64::from(second));
        }
        tell(StatisticKind::Histogram, "depth", 4.0, 0.0);
        tell(StatisticKind::Histogram, "depth", 8.0, 0.0);
        if second == 300 {
            (0..60).for_each(|n| tell(StatisticKind::Counter, &format!("other {n}"), 1.0, 0.0));
        }
        simulated.tick(SECOND * second);
    }
    let document = simulated.document();
    // Neighbours were merged.
    let windows = document.windows.t_s.len();
    assert_eq!(windows, 150);
    let of = |name: &str| {
        let mut found = document.statistics.iter().filter(|statistic| &*statistic.name == name);
        let statistic = found.next().expect("it was told");
        statistic.id.map(|id| document.windows.statistics[&id].clone())
    };
    let sums = |told: &StatisticWindows| told.sum.iter().map(|n| n.get()).collect::<Vec<_>>();
    let orders = of("orders").unwrap();
    assert_eq!((orders.count.clone(), sums(&orders)), (vec![4; windows], vec![6.0; windows]));
    assert!(orders.last.iter().all(Option::is_none), "only of gauges");
    let queue = of("queue").unwrap();
    assert_eq!(queue.count.iter().sum::<u64>(), 30);
    let last: Vec<_> = queue.last.iter().map(|n| n.map(|n| n.get())).collect();
    assert_eq!(last[..6], [Some(1.0), None, None, None, None, Some(11.0)]);
    assert_eq!(sums(&of("depth").unwrap()), vec![24.0; windows]);
    // The first fifty have windows, the others their sums alone.
    assert_eq!((document.statistics.len(), document.windows.statistics.len()), (63, 50));
    assert_eq!(of("other 59"), None);
}

#[test]
fn rates_of_a_run_that_goes_on_are_without_its_warm_up() {
    let mut simulated = Simulated::new(1);
    simulated.board.warm_up(SECOND * 5);
    let live = LiveRun::default();
    for second in 1..=15_u32 {
        if second > 5 {
            (0..20).for_each(|_| simulated.journey(SECOND / 20));
        }
        simulated.status.elapsed = SECOND * second;
        simulated.board.merge(&simulated.runner.take());
        let snapshot = simulated.board.snapshot(simulated.status.clone());
        live.follow(&snapshot, &RunFacts::default(), true);
    }
    let document = live.document();
    assert_eq!((document.run.warmup_s.get(), document.totals.requests), (5.0, 200));
    assert_eq!(document.series[0].rate_per_s.expect("a rate").get(), 20.0);
}
