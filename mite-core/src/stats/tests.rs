use super::*;
use crate::error::Error;
use crate::stats::{Exchange, Outcome};
use std::time::Duration;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn label(text: &str) -> Label {
    Label::intern(text)
}

fn get(outcome: Outcome, code: u16, total: Duration) -> Exchange {
    Exchange {
        protocol: "http",
        name: label("GET /"),
        status: (code > 0).then_some(code),
        outcome,
        took: total.into(),
        received: 10,
        sent: 1,
    }
}

fn status(elapsed: Duration) -> RunStatus {
    RunStatus { elapsed, runners: 2, ..RunStatus::default() }
}

/// Three journeys of 1, 2 and 3 requests each on two runners.
fn busy_board(ticks: u64) -> Board {
    let mut board = Board::default();
    let mut runners = [Aggregator::default(), Aggregator::default()];
    let (journey, root, inner) =
        (label("shop:buy"), label("__root__"), label("__root__ :: pay :: card"));
    for tick in 0..ticks {
        for runner in &mut runners {
            runner.journey_started(&journey);
            runner.exchange(&journey, Some(&inner), &get(Outcome::Ok, 200, ms(10)));
            runner.exchange(&journey, Some(&inner), &get(Outcome::Ok, 404, ms(20)));
            runner.exchange(&journey, Some(&inner), &get(Outcome::Failed("connect"), 0, ms(30)));
            runner.failure(&journey, Some(&inner), &Error::new("no"));
            runner.transaction(&journey, &inner, ms(60), End::Failed);
            runner.transaction(&journey, &root, ms(70), End::Failed);
            runner.journey_ended(&journey, End::Failed);
            runner.event("note", 1);
            board.merge(&runner.take());
        }
        board.snapshot(status(ms(1_000 * (tick + 1))));
    }
    board
}

#[test]
fn the_most_journeys_in_flight_are_known_between_two_looks() {
    let (mut runner, journey) = (Aggregator::default(), Label::intern("shop:buy"));
    let mut most = |started: u64, ended: u64| {
        (0..started).for_each(|_| runner.journey_started(&journey));
        (0..ended).for_each(|_| runner.journey_ended(&journey, End::Finished));
        runner.take().most_in_flight()
    };
    // Five at once; two stay, and what runs when a window begins is of it.
    assert_eq!([most(5, 3), most(0, 0), most(1, 3), most(0, 0)], [5, 2, 3, 0]);
    let mut board = Board::default();
    board.saw_in_flight(5);
    board.saw_in_flight(3);
    assert_eq!(board.snapshot(RunStatus::default()).window.most_in_flight, 5);
    assert_eq!(board.snapshot(RunStatus::default()).window.most_in_flight, 0);
}

#[test]
fn totals_are_sums_over_runners_and_ticks() {
    let summary = busy_board(5).summary(status(ms(5_000)));
    let journeys = JourneyCounts {
        started: 10,
        finished: 0,
        failed: 10,
        cancelled: 0,
        errors: 10,
        ..JourneyCounts::default()
    };
    assert_eq!(
        summary.totals,
        Totals {
            requests: 30,
            failed_requests: 10,
            cancelled_requests: 0,
            transactions: 10,
            cancelled_transactions: 0,
            journeys,
            received: 300,
            sent: 30,
        }
    );
    assert_eq!(summary.journeys, [JourneyRow { journey: "shop:buy".into(), counts: journeys }]);
    let [whole, pay] = &summary.transactions[..] else { panic!("{:?}", summary.transactions) };
    assert_eq!((&*whole.name, whole.times.count, whole.times.max), ("", 10, ms(70)));
    assert_eq!((&*pay.name, pay.errors, pay.rate), ("pay :: card", 10, 2.0));
    let [request] = &summary.requests[..] else { panic!("{:?}", summary.requests) };
    assert_eq!((&*request.transaction, &*request.name), ("pay :: card", "GET /"));
    assert_eq!(request.codes, [(200, 10), (404, 10)]);
    assert_eq!(request.kinds, [("connect", 10)]);
    assert_eq!((request.times.count, request.failed, request.times.p50), (30, 10, ms(20)));
    assert_eq!(summary.failures.len(), 1);
    assert_eq!((summary.failures[0].count, &*summary.failures[0].failure.text), (10, "no"));
    assert_eq!((&summary.events[..], summary.unserializable), (&[("note".into(), 10)][..], 10));
    assert_eq!(summary.request_rates.windows(), 5);
    assert_eq!(summary.request_rates.mean(), 6.0);
    assert_eq!(summary.request_rates.standard_deviation(), 0.0);
}

#[test]
fn a_window_is_what_came_since_the_last_snapshot() {
    let mut board = busy_board(3);
    let mut runner = Aggregator::default();
    runner.exchange(&label("j"), None, &get(Outcome::Ok, 200, ms(5)));
    runner.transaction(&label("j"), &label("alone"), ms(6), End::Finished);
    board.merge(&runner.take());
    let snapshot = board.snapshot(status(ms(3_500)));
    let window = &snapshot.window;
    assert_eq!((window.length, window.errors, window.failed_requests), (ms(500), 0, 0));
    assert_eq!((window.requests.count(), window.requests.max()), (1, ms(5)));
    assert_eq!((window.transactions.count(), window.journeys.count()), (1, 0));
    assert_eq!(snapshot.totals.requests, 19);
    assert_eq!(board.snapshot(status(ms(4_000))).window.requests.count(), 0);
}

#[test]
fn what_was_cancelled_is_counted_and_in_no_times() {
    let (mut board, mut runner) = (Board::default(), Aggregator::default());
    let (journey, root, inner) = (label("j"), label(ROOT), label("__root__ :: pay"));
    let gone = get(Outcome::Cancelled, 200, ms(9_000));
    runner.exchange(&journey, Some(&inner), &get(Outcome::Ok, 200, ms(5)));
    runner.exchange(&journey, Some(&inner), &gone);
    runner.exchange(&journey, Some(&inner), &Exchange { protocol: "ping", ..gone.clone() });
    runner.transaction(&journey, &inner, ms(9_000), End::Cancelled);
    runner.transaction(&journey, &root, ms(9_001), End::Cancelled);
    board.merge(&runner.take());
    let window = board.snapshot(status(ms(1_000))).window;
    assert_eq!((window.requests.max(), window.transactions.count()), (ms(5), 0));
    let summary = board.summary(status(ms(1_000)));
    let rows =
        summary.transactions.iter().map(|r| (&*r.name, r.times.count, r.errors, r.cancelled));
    assert_eq!(rows.collect::<Vec<_>>(), [("", 0, 0, 1), ("pay", 0, 0, 1)]);
    let rows = summary.requests.iter();
    let rows: Vec<_> =
        rows.map(|r| (r.protocol, r.times.max, r.failed, r.cancelled, r.rate)).collect();
    assert_eq!(rows, [("http", ms(5), 0, 1, 1.0), ("ping", ms(0), 0, 1, 0.0)]);
    let Totals { requests, failed_requests, cancelled_requests, received, .. } = summary.totals;
    // The bytes of what was cancelled did come.
    assert_eq!((requests, failed_requests, cancelled_requests, received), (1, 0, 1, 20));
    assert_eq!((summary.totals.transactions, summary.totals.cancelled_transactions), (0, 1));
    assert_eq!(summary.protocols["ping"].cancelled_requests, 1);
}

#[test]
fn what_belongs_to_the_warm_up_is_in_the_windows_and_in_nothing_else() {
    let (mut board, mut runner) = (Board::default(), Aggregator::default());
    board.warm_up(ms(1_000));
    board.hold_against(vec![Threshold::parse("http rate == 2/s").unwrap()]);
    let (journey, root) = (label("j"), label(ROOT));
    let early = |took: u64| Took { warmup: true, ..ms(took).into() };
    let mut tick = |board: &mut Board, warmup: bool, took: u64, now| {
        let counted = runner.during(warmup);
        counted.journey_started(&journey);
        counted.failure(&journey, None, &Error::new("no"));
        counted.journey_ended(&journey, End::Failed);
        let took = if warmup { early(took) } else { ms(took).into() };
        runner.exchange(&journey, None, &Exchange { took, ..get(Outcome::Ok, 200, ms(0)) });
        runner.transaction(&journey, &root, took, End::Failed);
        board.merge(&runner.take());
        board.snapshot(status(ms(now)))
    };
    let first = tick(&mut board, true, 900, 1_000);
    assert_eq!((first.window.requests.max(), first.window.errors), (ms(900), 1));
    assert!(first.series.iter().all(|series| series.window.is_some()));
    assert_eq!((first.totals, first.warmup.started), (Totals::default(), 1));
    assert_eq!(board.new_failures().len(), 1, "it is told all the same");
    // One that started in it may end later.
    tick(&mut board, true, 800, 1_500);
    let last = tick(&mut board, false, 5, 1_500);
    assert_eq!((last.totals.requests, last.window.requests.count()), (1, 1));
    board.drain(ms(1_500));
    let [limit] = &board.checked(ms(1_500))[..] else { panic!("not one") };
    assert_eq!((limit.value, limit.samples, limit.kept), (Some(2.0), 1, true));
    let summary = board.summary(status(ms(1_500)));
    assert_eq!((summary.response_times.count(), summary.response_times.max()), (1, ms(5)));
    assert_eq!((summary.requests[0].rate, summary.transactions[0].errors), (2.0, 1));
    assert_eq!((summary.failures[0].count, summary.totals.journeys.errors), (1, 1));
    assert_eq!((summary.request_rates.windows(), summary.request_rates.mean()), (1, 2.0));
    let Warmup { length, counted, journeys, .. } = summary.warmup;
    assert_eq!((length, counted.requests.max(), counted.journeys.count()), (ms(1_000), ms(900), 2));
    assert_eq!((journeys.started, journeys.failed, journeys.errors), (2, 2, 2));
}

#[test]
fn response_times_are_kept_where_a_schedule_was_late() {
    let late = |took, lag| Took { lag: Some(ms(lag)), ..ms(took).into() };
    let times = |board: &Board| {
        let summary = board.summary(status(ms(1_000)));
        let row = &summary.transactions[0];
        (row.times.max, row.response.map(|response| (response.count, response.max)))
    };
    let (mut board, mut runner) = (Board::default(), Aggregator::default());
    let (journey, name) = (label("j"), label("t"));
    let mut count = |board: &mut Board, took: Took| {
        runner.transaction(&journey, &name, took, End::Finished);
        let counts = runner.take();
        let series = &counts.series.iter().next().unwrap().1;
        let kept = series.response.is_some();
        board.merge(&counts);
        kept
    };
    assert!(!count(&mut board, ms(5).into()));
    assert_eq!(times(&board), (ms(5), None));
    // As long as both are the same they are kept once.
    assert!(!count(&mut board, late(6, 0)));
    assert_eq!(times(&board), (ms(6), Some((2, ms(6)))));
    assert!(count(&mut board, late(7, 100)));
    assert_eq!(times(&board), (ms(7), Some((3, ms(107)))));
    assert!(!count(&mut board, ms(8).into()), "each window begins anew");
    assert_eq!(times(&board), (ms(8), Some((4, ms(107)))));
    // A limit is on response times, unless it says which.
    for (limit, kept) in [
        ("transactions max <= 107ms", true),
        ("transactions max < 107ms", false),
        ("transactions max {time=response} >= 107ms", true),
        ("transactions max {time=service} <= 8ms", true),
    ] {
        let all: Counts = {
            let mut runner = Aggregator::default();
            runner.transaction(&journey, &name, late(7, 100), End::Finished);
            runner.transaction(&journey, &name, late(8, 0), End::Finished);
            runner.take()
        };
        let mut other = Board::default();
        other.hold_against(vec![Threshold::parse(limit).unwrap()]);
        other.merge(&all);
        assert_eq!(other.checked(ms(1_000))[0].kept, kept, "{limit}");
    }
}

#[test]
fn a_limit_on_response_times_is_not_kept_by_closed_lines() {
    let (mut board, mut runner) = (Board::default(), Aggregator::default());
    board.hold_against(vec![Threshold::parse("http p99 {time=response} < 1s").unwrap()]);
    runner.exchange(&label("j"), None, &get(Outcome::Ok, 200, ms(5)));
    board.merge(&runner.take());
    let [limit] = &board.checked(ms(1_000))[..] else { panic!("not one") };
    let why = "no open line has run, and closed ones have no response times";
    assert_eq!((limit.kept, limit.value, limit.why.as_deref()), (false, None, Some(why)));
}

#[test]
fn series_that_nobody_looks_at_are_in_the_summary_alone() {
    let (mut board, mut runner) = (Board::default(), Aggregator::default());
    let mut tick = |board: &mut Board| {
        runner.transaction(&label("j"), &label("t"), ms(7), End::Finished);
        board.merge(&runner.take());
        board.snapshot(status(ms(1_000)))
    };
    let window = tick(&mut board).series[0].window.clone();
    assert_eq!(window.map(|window| window.times.count()), Some(1));
    board.hide_series();
    let hidden = tick(&mut board);
    assert_eq!((hidden.series.len(), hidden.totals.transactions), (0, 2));
    assert_eq!(hidden.window.transactions.count(), 1);
    let summary = board.summary(status(ms(2_000)));
    assert_eq!(summary.series[0].total.times.count(), 2);
}

#[test]
fn protocols_are_counted_apart_even_under_one_name() {
    let (mut board, mut runner) = (Board::default(), Aggregator::default());
    let ping =
        |outcome, total| Exchange { protocol: "ping", status: None, ..get(outcome, 0, total) };
    runner.exchange(&label("j"), None, &get(Outcome::Ok, 200, ms(50)));
    runner.exchange(&label("j"), None, &ping(Outcome::Ok, ms(1)));
    runner.exchange(&label("j"), None, &ping(Outcome::Failed("connect"), ms(2)));
    board.merge(&runner.take());
    let counts = ProtocolCounts {
        requests: 2,
        failed_requests: 1,
        received: 20,
        sent: 2,
        ..ProtocolCounts::default()
    };
    let snapshot = board.snapshot(status(ms(1_000)));
    assert_eq!(snapshot.protocols, [("ping", counts)].into());
    assert_eq!((snapshot.totals.requests, snapshot.window.requests.max()), (1, ms(50)));
    let summary = board.summary(status(ms(1_000)));
    assert_eq!(summary.protocols, snapshot.protocols);
    assert_eq!((summary.response_times.count(), summary.response_times.min()), (1, ms(50)));
    assert_eq!((summary.totals.received, summary.request_rates.mean()), (10, 1.0));
    let rows: Vec<_> = summary
        .requests
        .iter()
        .map(|row| (row.protocol, &*row.name, row.times.count, row.failed, &*row.codes))
        .collect();
    assert_eq!(rows, [("http", "GET /", 1, 0, &[(200, 1)][..]), ("ping", "GET /", 2, 1, &[])]);
}

#[test]
fn a_run_shorter_than_a_window_has_all_its_samples() {
    let mut board = Board::default();
    let mut runner = Aggregator::default();
    runner.exchange(&label("j"), None, &get(Outcome::Ok, 200, ms(5)));
    board.merge(&runner.take());
    let summary = board.summary(status(ms(100)));
    assert_eq!(summary.response_times.count(), 1);
    assert_eq!((summary.request_rates.windows(), summary.request_rates.mean()), (1, 10.0));
    assert_eq!(summary.request_rates.standard_deviation(), 0.0);
}

#[test]
fn rates_spread_as_their_windows_do() {
    let mut board = Board::default();
    let mut runner = Aggregator::default();
    for (second, requests) in [10, 20, 10, 20].into_iter().enumerate() {
        for _ in 0..requests {
            runner.exchange(&label("j"), None, &get(Outcome::Ok, 200, ms(5)));
        }
        board.merge(&runner.take());
        board.snapshot(status(ms(1_000 * (second as u64 + 1))));
    }
    let rates = board.summary(status(ms(4_001))).request_rates;
    assert_eq!((rates.windows(), rates.mean(), rates.min(), rates.max()), (4, 15.0, 10.0, 20.0));
    assert_eq!(rates.standard_deviation(), 5.0);
    assert_eq!(rates.share_within_deviation(), 1.0);
}

#[test]
fn a_board_is_capped_whatever_its_runners_send() {
    let limits = Limits { series: 5, failures: 5, kinds: 5, statistics: 5 };
    let mut board = Board::with_limits(limits);
    for i in 0..20 {
        let mut runner = Aggregator::with_limits(limits);
        runner.transaction(&label("j"), &label(&format!("__root__ :: {i}")), ms(1), End::Finished);
        runner.event(&format!("kind {i}"), 0);
        runner.journey_blocked(&label("j"), ms(i));
        board.merge(&runner.take());
    }
    let summary = board.summary(status(ms(1)));
    assert_eq!(summary.transactions.len(), 6);
    let over = summary.transactions.iter().find(|row| row.name == OVERFLOW).unwrap();
    assert_eq!(over.times.count, 15);
    assert_eq!(summary.totals.transactions, 20);
    assert_eq!(summary.events.len(), 6);
    assert!(summary.events.contains(&(OVERFLOW.to_owned(), 15)));
    assert_eq!((summary.blocked[0].times, summary.blocked[0].longest), (20, ms(19)));
}

#[test]
fn names_of_any_length_are_kept_in_a_thousand_bytes() {
    let long = "n".repeat(100_000);
    let mut runner = Aggregator::default();
    for end in ["a", "b"] {
        let name = format!("{ROOT} :: {long}{end}");
        runner.transaction(&label(&long), &label(&name), ms(1), End::Finished);
        runner.event(&format!("{long}{end}"), 0);
        runner.event(&format!("{long}{end}"), 0);
    }
    let mut board = Board::default();
    board.merge(&runner.take());
    let summary = board.summary(status(ms(1)));
    let cut = |end: char| {
        move |text: &str| text.len() <= 1_024 && text.contains("n…n") && text.ends_with(end)
    };
    for (row, end) in summary.transactions.iter().zip(['a', 'b']) {
        assert!(cut('n')(&row.journey) && cut(end)(&row.name), "{} {}", row.journey, row.name);
        assert_eq!(row.times.count, 1);
    }
    assert_eq!((summary.transactions.len(), summary.events.len()), (2, 2));
    for ((kind, n), end) in summary.events.iter().zip(['a', 'b']) {
        assert!(cut(end)(kind), "{kind}");
        assert_eq!(*n, 2);
    }
}

#[test]
fn taking_leaves_nothing_behind() {
    let mut runner = Aggregator::default();
    runner.failure(&label("j"), None, &Error::new("no"));
    runner.journey_ended(&label("j"), End::Cancelled);
    runner.take();
    let mut board = Board::default();
    board.merge(&runner.take());
    let summary = board.summary(status(ms(1)));
    assert_eq!((summary.totals, summary.failures.len()), (Totals::default(), 0));
}

#[test]
fn a_run_is_hopeless_if_nothing_succeeds_and_all_fails_the_same_way() {
    let hopeless = |failed: u64, texts: u64, succeeds: bool| {
        let (mut board, mut runner) = (Board::default(), Aggregator::default());
        for n in 0..failed {
            let error = Error::new(["refused", "unreachable"][(n % texts) as usize]);
            runner.failure(&label("j"), None, &error);
            runner.transaction(&label("j"), &label(ROOT), ms(1), End::Failed);
            runner.journey_ended(&label("j"), End::Failed);
        }
        if succeeds {
            runner.exchange(&label("j"), None, &get(Outcome::Ok, 200, ms(1)));
        }
        board.merge(&runner.take());
        board.hopeless(1_000)
    };
    let why = "refused".to_owned();
    assert_eq!(hopeless(1_000, 1, false), Some(Finding::Hopeless { times: 1_000, why }));
    assert_eq!(hopeless(999, 1, false), None, "too few");
    assert_eq!(hopeless(1_998, 2, false), None, "in two ways");
    assert_eq!(hopeless(5_000, 1, true), None, "something succeeded");
}
