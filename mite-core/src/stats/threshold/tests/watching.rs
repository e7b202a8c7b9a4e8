use super::*;

/// A run of some seconds, in which `second` counts what happens in each.
pub(super) struct Run {
    board: Board,
    runner: Aggregator,
    seconds: u64,
    aborted: Option<u64>,
}

impl Run {
    pub(super) fn of(limits: &[&str]) -> Self {
        let limits = limits.iter().map(|text| Threshold::parse(text).unwrap()).collect();
        let mut board = Board::default();
        board.hold_against(limits);
        Self { board, runner: Aggregator::default(), seconds: 0, aborted: None }
    }

    pub(super) fn second(mut self, count: impl FnOnce(&mut Aggregator)) -> Self {
        count(&mut self.runner);
        self.board.merge(&self.runner.take());
        self.seconds += 1;
        if self.board.broken(secs(self.seconds)).is_some() {
            assert_eq!(self.aborted, None, "it aborts once");
            self.aborted = Some(self.seconds);
        }
        self
    }

    pub(super) fn checked(mut self) -> Vec<Checked> {
        self.board.checked(secs(self.seconds))
    }

    pub(super) fn told(self) -> Vec<String> {
        self.checked().iter().map(Checked::to_string).collect()
    }
}

pub(super) fn get(
    runner: &mut Aggregator,
    transaction: &str,
    name: &str,
    status: u16,
    millis: u64,
) {
    let outcome = if status == 0 { Outcome::Failed("connect") } else { Outcome::Ok };
    let exchange = Exchange {
        protocol: "http",
        name: label(name),
        status: Some(status).filter(|status| *status > 0),
        outcome,
        took: ms(millis).into(),
        received: 0,
        sent: 0,
    };
    let transaction = label("__root__").child(transaction);
    runner.exchange(&label("shop::cart:buy"), Some(&transaction), &exchange);
}

pub(super) fn journey(runner: &mut Aggregator, name: &str, millis: u64, error: bool) {
    let name = label(name);
    runner.journey_started(&name);
    if error {
        runner.failure(&name, Some(&label("__root__ :: pay")), &Error::new("no"));
    }
    let end = if error { End::Failed } else { End::Finished };
    runner.transaction(&name, &label("__root__ :: pay"), ms(millis / 2), end);
    runner.transaction(&name, &label("__root__"), ms(millis), end);
    runner.journey_ended(&name, if error { End::Failed } else { End::Finished });
}

#[test]
fn a_selection_holds_what_it_says() {
    let limits = [
        "http count == 10",
        r#"http p100 {transaction="Log in"} == 40ms"#,
        r#"http count {transaction="Log in*"} == 7"#,
        "http count {transaction!='Log in*'} == 3",
        "http count {method=POST} == 4",
        "http count {name=\"* /b\", method=GET} == 3",
        "http count {journey=shop.cart.buy} == 10",
        "http count {journey=shop*, transaction=*out} == 3",
        "http count {status=5*} == 2",
        "http rate {status=503} == 20%",
        "http failed == 10%",
        "http failed == 1",
        "http rate == 5/s",
        // The one without a response counts as the slowest that had one.
        "http mean == 24ms",
        "http min == 10ms",
    ];
    let run = Run::of(&limits)
        .second(|r| {
            (1..=4).for_each(|n| get(r, "Log in", "POST /a", 200, n * 10));
            (1..=3).for_each(|_| get(r, "Log out", "GET /b", 200, 20));
        })
        .second(|r| {
            (1..=2).for_each(|_| get(r, "Log in :: token", "GET /a", 503, 20));
            get(r, "Log in :: token", "GET /c", 0, 20);
        });
    for (checked, limit) in run.checked().iter().zip(limits) {
        assert!(checked.kept, "{limit}: {checked}");
    }
}

#[test]
fn journeys_transactions_and_errors_are_told_apart() {
    let limits = [
        "journeys count == 4",
        "journeys failed == 25%",
        "journeys rate == 2/s",
        "journeys max == 80ms",
        "journeys count {journey=shop:buy} == 3",
        "transactions count == 4",
        "transactions max == 40ms",
        "transactions failed {transaction=pay} == 1",
        "errors count == 1",
        "errors rate == 25%",
        "errors rate == 0.5/s",
        "errors rate {journey=shop:browse} == 0%",
        "errors rate {transaction=pay, journey=shop:buy} > 33%",
    ];
    let run = Run::of(&limits)
        .second(|r| (0..3).for_each(|n| journey(r, "shop:buy", 80, n == 0)))
        .second(|r| journey(r, "shop:browse", 20, false));
    let checked = run.checked();
    for (checked, limit) in checked.iter().zip(limits) {
        assert!(checked.kept, "{limit}: {checked}");
    }
    assert_eq!((checked[0].samples, checked[4].samples), (4, 3));
}

#[test]
fn figures_are_compared_as_they_are() {
    let limits = [
        "http p100 < 200ms",
        "http p100 <= 200ms",
        "http p100 > 200ms",
        "http p100 >= 200ms",
        "http p100 == 200ms",
        "http p100 != 200ms",
        "http p100 <= 199.999ms",
    ];
    let kept: Vec<_> = Run::of(&limits)
        .second(|r| get(r, "a", "GET /", 200, 200))
        .checked()
        .iter()
        .map(|checked| checked.kept)
        .collect();
    assert_eq!(kept, [false, true, false, true, true, false, false]);
}

#[test]
fn a_limit_is_told_with_its_value_and_its_samples() {
    let told =
        Run::of(&["http p99 {method=GET} < 300ms", "errors rate < 0.1%", "errors count <= 0"])
            .second(|r| {
                get(r, "a", "GET /", 200, 412);
                (0..3).for_each(|n| journey(r, "shop:buy", 80, n == 0));
            })
            .told();
    assert_eq!(
        told,
        [
            "limit `http p99 {method=GET} < 300ms` broken: 412 ms of 1 sample",
            "limit `errors rate < 0.1%` broken: 33.33 % of 3 journeys",
            "1 error, above the limit of 0",
        ]
    );
}

#[test]
fn a_limit_on_what_never_came_is_not_kept_and_names_what_did() {
    let limits = [
        "ping p95 < 5ms",
        "\"htttp\" p95 < 5ms",
        "http p95 {transaction=\"Login\"} < 5s",
        "http count {method=GET, name=\"GET /x\"} < 5",
        "transactions count {journey=shop:by} < 5",
        "http count {status=500} < 5",
    ];
    let told = Run::of(&limits)
        .second(|r| {
            get(r, "Log in", "GET /a", 200, 1);
            get(r, "Log out", "POST /x", 200, 1);
            journey(r, "shop:buy", 80, false);
        })
        .told();
    assert_eq!(
        told,
        [
            "limit `ping p95 < 5ms` is not shown to be kept: no `ping` came; there were `http`, `errors`, `journeys`, `transactions`",
            "limit `\"htttp\" p95 < 5ms` is not shown to be kept: no `htttp` came; did you mean `http`?",
            "limit `http p95 {transaction=\"Login\"} < 5s` is not shown to be kept: no http with transaction=\"Login\" came; transaction was `Log in`, `Log out`",
            "limit `http count {method=GET, name=\"GET /x\"} < 5` is not shown to be kept: no http with name=\"GET /x\" came; name was `GET /a`, `POST /x`",
            "limit `transactions count {journey=shop:by} < 5` is not shown to be kept: no transactions with journey=\"shop:by\" came; journey was `shop:buy`",
            "limit `http count {status=500} < 5` kept: 0 of 2 samples",
        ]
    );
}

#[test]
fn where_nothing_ran_only_the_absence_of_errors_is_kept() {
    let told = Run::of(&["errors count <= 0", "errors rate < 1%", "http rate < 5/s"])
        .second(|_| {})
        .told();
    assert_eq!(
        told,
        [
            "0 errors, within the limit of 0",
            "limit `errors rate < 1%` is not shown to be kept: nothing was counted at all",
            "limit `http rate < 5/s` is not shown to be kept: nothing was counted at all",
        ]
    );
}

#[test]
fn a_stretch_that_breaks_it_is_found_wherever_it_is() {
    let mut run =
        Run::of(&["http mean < 30ms over 3s", "http mean < 30ms", "http rate > 1/s over 3s"]);
    // Twenty seconds of 10 ms, with three of 40 ms from the seventh on.
    for second in 1..=20 {
        let millis = if (7..=9).contains(&second) { 40 } else { 10 };
        run = run.second(|r| (0..2).for_each(|_| get(r, "a", "GET /", 200, millis)));
    }
    let checked = run.checked();
    assert_eq!(
        checked[0].to_string(),
        "limit `http mean < 30ms over 3s` broken: 40 ms of 6 samples in the worst 3.0 s, until 00:09"
    );
    assert_eq!((checked[1].kept, checked[1].value), (true, Some(14_500_000.0)));
    assert_eq!(
        checked[2].to_string(),
        "limit `http rate > 1/s over 3s` kept: 2/s of 6 samples in the worst 3.0 s, until 00:03"
    );
}

#[test]
fn stretches_end_with_the_load_and_a_short_run_is_one() {
    let rate = || Run::of(&["journeys rate > 1/s over 2s"]);
    let busy = |r: &mut Aggregator| (0..2).for_each(|_| journey(r, "j", 10, false));
    let mut drained = rate().second(busy).second(busy).second(busy);
    drained.board.drain(secs(3));
    let drained = drained.second(|_| {}).second(|_| {}).checked();
    assert!(drained[0].kept, "{}", drained[0]);
    let paused =
        rate().second(busy).second(busy).second(|_| {}).second(|_| {}).second(busy).checked();
    assert_eq!((paused[0].kept, paused[0].value), (false, Some(0.0)));
    let short = rate().second(busy).checked();
    assert_eq!((short[0].kept, short[0].value, short[0].at), (true, Some(2.0), Some(secs(1))));
}

#[test]
fn a_stretch_without_a_sample_has_no_times() {
    let run = Run::of(&["http p99 < 1s over 2s"])
        .second(|r| get(r, "a", "GET /", 200, 10))
        .second(|_| {})
        .second(|_| {})
        .second(|_| {});
    let checked = run.checked();
    assert_eq!((checked[0].kept, checked[0].samples), (true, 1));
}

#[test]
fn a_long_stretch_slides_in_thirty_steps() {
    let mut run = Run::of(&["http count < 1 over 10m"]);
    for _ in 0..1_300 {
        run = run.second(|_| {});
    }
    let pieces = |run: &Run| format!("{:?}", run.board).matches("Piece {").count();
    assert!((29..=32).contains(&pieces(&run)), "{}", pieces(&run));
}

#[test]
fn a_broken_limit_ends_the_run_from_its_time_on_and_stays_broken() {
    let slow = |r: &mut Aggregator| get(r, "a", "GET /", 200, 900);
    let quick = |r: &mut Aggregator| (0..100).for_each(|_| get(r, "a", "GET /", 200, 10));
    let run = Run::of(&["http mean < 300ms abort after 3s"]).second(slow).second(slow).second(slow);
    assert_eq!(run.aborted, Some(3));
    let run = run.second(quick);
    assert_eq!(
        run.told(),
        [
            "limit `http mean < 300ms abort after 3s` broken: 35.92 ms of 103 samples; it ended the run at 00:03"
        ]
    );
    let recovered =
        Run::of(&["http mean < 300ms abort after 3s"]).second(slow).second(quick).second(quick);
    assert_eq!((recovered.aborted, recovered.checked()[0].kept), (None, true));
    let at_once = Run::of(&["errors count < 1 abort"]).second(|r| journey(r, "j", 1, true));
    assert_eq!(at_once.aborted, Some(1));
    let none_yet = Run::of(&["http rate > 5/s abort", "http p99 < 1s abort"]).second(|_| {});
    assert_eq!(none_yet.aborted, None, "nothing came yet");
    let windowed = Run::of(&["http mean < 300ms over 2s abort"]).second(slow);
    assert_eq!(windowed.aborted, None, "its stretch is not over yet");
    assert_eq!(windowed.second(slow).aborted, Some(2));
}

#[test]
fn what_lost_its_name_is_not_shown_to_be_kept() {
    let mut runner = Aggregator::with_limits(crate::stats::Limits {
        series: 2,
        ..crate::stats::Limits::default()
    });
    for n in 0..5 {
        get(&mut runner, &format!("t{n}"), "GET /", 200, 10);
    }
    let mut board = Board::default();
    let limits = ["http p99 {transaction=t0} < 1s", "http p99 < 1s"];
    let limits = limits.iter().map(|text| Threshold::parse(text).unwrap()).collect();
    board.hold_against(limits);
    board.merge(&runner.take());
    let checked = board.checked(secs(1));
    assert_eq!(
        checked[0].to_string(),
        "limit `http p99 {transaction=t0} < 1s` is not shown to be kept: there were more names than are told apart, and 3 are counted without theirs; give fewer names"
    );
    assert_eq!((checked[1].kept, checked[1].samples), (true, 5));
}

#[test]
fn the_spread_of_rates_is_that_of_single_seconds() {
    let mut run = Run::of(&["http rate_stddev <= 5/s", "http rate_stddev < 5/s"]);
    for requests in [10, 20, 10, 20] {
        run = run.second(|r| (0..requests).for_each(|_| get(r, "a", "GET /", 200, 5)));
    }
    let checked = run.checked();
    assert_eq!((checked[0].value, checked[0].kept, checked[1].kept), (Some(5.0), true, false));
}

#[test]
fn checked_limits_are_written_with_seconds() {
    let checked =
        Run::of(&["http max < 300ms"]).second(|r| get(r, "a", "GET /", 200, 412)).checked();
    assert_eq!(
        serde_json::to_value(&checked[0]).unwrap(),
        serde_json::json!({
            "expression": "http max < 300ms", "unit": "time", "limit": 0.3, "value": 0.412,
            "samples": 1, "failed": 0, "worst_until_s": null, "aborted_s": null, "why": null, "ok": false
        })
    );
}

#[test]
fn limits_stand_while_the_run_goes_on_as_they_would_be_judged() {
    let limits = ["http p50 < 300ms", "errors count <= 0", "orders rate > 5/s"];
    let mut run = Run::of(&limits).second(|runner| get(runner, "pay", "GET /", 200, 100));
    let stand = |run: &mut Run| {
        let elapsed = secs(run.seconds);
        let limits = run.board.snapshot(RunStatus { elapsed, ..RunStatus::default() }).limits;
        let told = limits.iter().map(|l| (l.threshold.to_string(), l.shown_value(), l.kept));
        told.collect::<Vec<_>>()
    };
    let none = |kept| ("errors count <= 0".to_owned(), "0".to_owned(), kept);
    let orders = ("orders rate > 5/s".to_owned(), "-".to_owned(), false);
    let http = |value: &str, kept| ("http p50 < 300ms".to_owned(), value.to_owned(), kept);
    assert_eq!(stand(&mut run), [http("100 ms", true), none(true), orders.clone()]);
    run = run.second(|runner| (0..3).for_each(|_| get(runner, "pay", "GET /", 200, 400)));
    assert_eq!(stand(&mut run), [http("400 ms", false), none(true), orders]);
    assert!(!run.checked()[0].kept, "and so it is judged");
}
