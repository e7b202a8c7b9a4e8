use super::*;

fn read(text: &str) -> Threshold {
    Threshold::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

fn wrong(text: &str) -> String {
    Threshold::parse(text).unwrap_err().to_string()
}

#[test]
fn every_part_is_read() {
    let text = r#"http p99.9 {transaction="Log in", method!=GET} >= 1.5s over 10s abort after 1m"#;
    let limit = read(&format!(" {text} "));
    assert_eq!(limit.selection.subject, Subject::Named("http".into()));
    let selector = |key: &str, pattern: &str, negated| Selector {
        key: key.into(),
        pattern: pattern.into(),
        negated,
    };
    assert_eq!(
        limit.selection.selectors,
        [selector("transaction", "Log in", false), selector("method", "GET", true)]
    );
    assert_eq!(limit.statistic, Statistic::Percentile(99.9));
    assert_eq!(
        (limit.comparison, limit.bound, limit.unit),
        (Comparison::AtLeast, 1.5e9, Unit::Time)
    );
    assert_eq!((limit.over, limit.abort), (Some(secs(10)), Some(secs(60))));
    assert_eq!(limit.to_string(), text);
}

#[test]
fn figures_have_their_names_and_their_units() {
    for (text, statistic, bound, unit) in [
        ("http p0 < 1ns", Statistic::Percentile(0.0), 1.0, Unit::Time),
        ("http p100 < 2us", Statistic::Percentile(100.0), 2e3, Unit::Time),
        ("http p(95) < 3µs", Statistic::Percentile(95.0), 3e3, Unit::Time),
        ("http median<4ms", Statistic::Percentile(50.0), 4e6, Unit::Time),
        ("http med < 4 ms", Statistic::Percentile(50.0), 4e6, Unit::Time),
        ("transactions mean < 5s", Statistic::Mean, 5e9, Unit::Time),
        ("journeys avg < 6m", Statistic::Mean, 360e9, Unit::Time),
        ("journeys min > 1h", Statistic::Min, 3_600e9, Unit::Time),
        ("http max < 1e3ms", Statistic::Max, 1e9, Unit::Time),
        ("http stddev < 7ms", Statistic::Deviation, 7e6, Unit::Time),
        ("http count == 100", Statistic::Count, 100.0, Unit::Number),
        ("journeys rate > 480/s", Statistic::Rate, 480.0, Unit::PerSecond),
        ("http rate_stddev < 5 / s", Statistic::RateDeviation, 5.0, Unit::PerSecond),
        ("errors rate < 0.1%", Statistic::Rate, 0.001, Unit::Share),
        ("errors rate < 2/s", Statistic::Rate, 2.0, Unit::PerSecond),
        ("errors count != 1", Statistic::Count, 1.0, Unit::Number),
        ("transactions failed < 1%", Statistic::Failed, 0.01, Unit::Share),
        ("transactions failed < 1", Statistic::Failed, 1.0, Unit::Number),
        ("http rate {status=503} < 1%", Statistic::Rate, 0.01, Unit::Share),
        ("ping p95 < 5ms", Statistic::Percentile(95.0), 5e6, Unit::Time),
        ("queue_depth p90 < 17", Statistic::Percentile(90.0), 17.0, Unit::Number),
        ("temperature last > -17.5", Statistic::Last, -17.5, Unit::Number),
        ("orders sum >= 1000", Statistic::Sum, 1_000.0, Unit::Number),
        ("\"error\" rate < 5/s", Statistic::Rate, 5.0, Unit::PerSecond),
    ] {
        let limit = read(text);
        assert_eq!((limit.statistic, limit.bound, limit.unit), (statistic, bound, unit), "{text}");
    }
    assert_eq!(read("errors count < 1 abort").abort, Some(Duration::ZERO));
    assert_eq!(read("http count {status=5*} < 1").selection.selectors[0].pattern, "5*");
}

#[test]
fn selectors_stand_before_or_behind_the_figure() {
    let both = [read("http {name=x} p9 < 1s"), read("http p9 {name=x} < 1s")];
    assert_eq!(both[0].selection, both[1].selection);
    assert_eq!(read("http p9 {} < 1s").selection.selectors, []);
}

#[test]
fn what_is_wrong_has_a_caret_under_it_and_the_word_that_was_meant() {
    assert_eq!(
        wrong(r#"http p99 {transacton="Log in"} < 300ms"#),
        "http cannot be selected by `transacton`; did you mean `transaction`?; they have journey, transaction, name, method, status, time
  http p99 {transacton=\"Log in\"} < 300ms
            ^^^^^^^^^^"
    );
    assert_eq!(
        wrong("http  pp99\t< 300ms"),
        "there is no statistic `pp99`; did you mean `p99`?; http have p99, mean, median, min, max, stddev, count, rate, failed, rate_stddev
  http  pp99 < 300ms
        ^^^^"
    );
    assert_eq!(
        wrong("journey rate > 480/s"),
        "there is nothing called `journey`; did you mean `journeys`? A statistic of your own that is called so is written \"journey\"
  journey rate > 480/s
  ^^^^^^^"
    );
    assert_eq!(
        wrong("µ rate < 5 mss"),
        "`mss` is no unit; did you mean `ms`?; there are ns, us, ms, s, m, h, % and /s
  µ rate < 5 mss
             ^^^"
    );
    assert_eq!(
        wrong("http p99 <"),
        "a number is missing here, such as 300ms, 0.1%, 480/s or 17
  http p99 <
            ^"
    );
}

#[test]
fn every_slip_has_its_own_word() {
    for (text, what) in [
        ("", "a threshold begins with what it is about"),
        ("< 5", "a threshold begins with what it is about"),
        ("Errors count < 5", "there is nothing called `Errors`; did you mean `errors`?"),
        ("https p99 < 5ms", "there is nothing called `https`; did you mean `http`?"),
        (
            "http_req_duration p99 < 5ms",
            "there is nothing called `http_req_duration`; did you mean `http`?",
        ),
        ("http < 5ms", "which figure of http?"),
        ("http p101 < 5ms", "a percentile is from p0 to p100"),
        ("http p(x) < 5ms", "a percentile is from p0 to p100"),
        ("http count {status=5*} < 5ms", "count is a number without a unit; 5ms has one"),
        ("http p99 {status=200} < 5ms", "p99 is not kept for each status"),
        ("http sum < 5", "http have no sum; they have p99, mean"),
        ("errors p99 < 5ms", "errors have no p99; they have count, rate, rate_stddev"),
        ("journeys rate {transaction=x} > 5/s", "journeys cannot be selected by `transaction`"),
        ("journeys rate > 5", "a rate is a number a second or a share: write 5/s or 5%"),
        ("journeys rate > 5%", "a rate of journeys is a number a second"),
        ("journeys rate > 5/m", "`/m` is no unit; rates are a second: /s"),
        ("http p99 < 5%", "p99 of http is a time; 5% is none, write it as 300ms"),
        ("http p99 < 300", "p99 of http is a time, and 300 has no unit"),
        ("http failed < 3s", "failed is a share, a number, or a number a second"),
        ("http p99 = 5ms", "equal is written =="),
        ("http p99 =< 5ms", "at most is written <="),
        ("http p99 5ms", "what compares is missing here"),
        ("http p99 {name} < 5ms", "behind name stands = or !="),
        ("http p99 {name=} < 5ms", "name has no value"),
        ("http p99 {name=a b} < 5ms", "here stands , or }"),
        ("http p99 {name=\"a} < 5ms", "this text has no closing \""),
        ("http p99 < 5ms over 10", "behind `over` stands a time with its unit, such as 10s"),
        ("http p99 < 5ms over 0s", "a stretch of no length holds nothing"),
        ("http p99 < 5ms over 5%", "behind `over` stands a time with its unit, such as 10s"),
        ("http p99 < 5ms abort after", "behind `after` stands a time"),
        ("http p99 < 5ms abrt", "`abrt` does not belong here; did you mean `abort`?"),
        ("http p99 < 5ms 7", "the threshold should end here"),
        ("http count > 5 abort", "count still grows, so that `>` is not broken before the end"),
        ("http p99 < 5ms §", "`§` has no meaning here"),
        ("http p99 < 1.2.3ms", "`1.2.3` is not a number"),
        ("http rate_stddev < 3/s over 5s", "rate_stddev is over the whole run"),
    ] {
        let error = Threshold::parse(text).expect_err(text);
        assert!(error.what().starts_with(what), "{text}: {}", error.what());
    }
}

#[test]
fn no_text_whatever_makes_it_panic() {
    let mut rng = fastrand::Rng::with_seed(7);
    let parts = [
        "http",
        "errors",
        "p99",
        "p(",
        "{",
        "}",
        "=",
        "!=",
        "\"",
        "'",
        "<",
        ">=",
        "5",
        "-",
        "µs",
        "/s",
        "%",
        " ",
        "over",
        "abort",
        "after",
        "*",
        ",",
        "\\",
        "é",
        "\u{1f600}",
        "1e",
        ".",
    ];
    for _ in 0..20_000 {
        let text: String =
            (0..rng.usize(..12)).map(|_| *rng.choice(parts.iter()).unwrap()).collect();
        if let Err(error) = Threshold::parse(&text) {
            assert!(error.to_string().ends_with('^'), "{error}");
        }
    }
}
