use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::terminal::style::painted;
use mite_core::error::Place;
use mite_core::label::Label;
use mite_core::stats::{
    BlockedRow, Checked, Failure, FailureRow, Finding, JourneyCounts, LineStatus, Part, PartKind,
    PoolStatus, ProtocolCounts, Reason, RunStatus, Threshold, Totals, Warmup, Window, judge,
};

fn text_of(summary: &Summary, errors_per_journey: bool) -> String {
    painted(&text(summary, errors_per_journey, &Next::default(), &Room::default()), false)
}

fn limits_of(checked: &[Checked]) -> Vec<String> {
    let lines = limits::limits(checked, &Room::default());
    lines.iter().map(|line| painted(line, false)).collect()
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn spread(count: u64, unit: u64) -> Spread {
    Spread {
        count,
        min: ms(unit),
        mean: ms(2 * unit),
        p50: ms(3 * unit),
        p90: ms(4 * unit),
        p95: ms(5 * unit),
        p99: ms(6 * unit),
        max: ms(7 * unit),
        ..Spread::default()
    }
}

fn failure(text: &str, fields: &[(&str, &str)], stacktrace: Option<&str>) -> Failure {
    Failure {
        journey: Label::intern("shop:buy"),
        transaction: Some(Label::intern("__root__ :: pay")),
        ex_type: "Error".into(),
        location: Place { file: "src/shop.rs".into(), line: 12 },
        text: text.into(),
        message: text.into(),
        declared: stacktrace.is_none(),
        folded: false,
        queries: false,
        fields: fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        stacktrace: stacktrace.map(str::to_owned),
    }
}

fn part(kind: PartKind, from: u64, length: u64, requests: u64) -> Part {
    let mut counted = Window { length: ms(length), errors: 1, ..Window::default() };
    (0..requests).for_each(|_| counted.requests.record(ms(20)));
    Part { kind, from: ms(from), counted }
}

#[test]
fn everything_at_once() {
    let counts = JourneyCounts {
        started: 12,
        finished: 9,
        failed: 2,
        cancelled: 1,
        errors: 3,
        ..Default::default()
    };
    let transaction = |name: &str, errors| TransactionRow {
        journey: "shop:buy".into(),
        name: name.into(),
        errors,
        cancelled: u64::from(name.is_empty()),
        rate: 1.1,
        times: spread(11, 200),
        response: (name == "pay").then(|| spread(11, 300)),
    };
    let mut summary = Summary {
        status: RunStatus {
            elapsed: Duration::from_secs(10),
            load: Some(ms(9_500)),
            runners: 2,
            scenarios: vec![LineStatus {
                id: 1,
                journey: "shop:buy".into(),
                required: 10,
                actual: 0,
                peak: 10,
                pool: Some(PoolStatus {
                    name: "`shop:users` (users.csv)".into(),
                    items: Some(3),
                    used_up: false,
                }),
                unmet: vec![
                    (Reason::Data, ms(3_200)),
                    (Reason::Supply, ms(1_400)),
                    (Reason::Moving, ms(2_100)),
                    (Reason::Cap, ms(0)),
                ],
                ..LineStatus::default()
            }],
            lost_messages: 1,
            notes: vec!["7 records in recorder_data/users.msgpack".into()],
            findings: vec![Finding::ItemsInDoubt { items: 1, some: Vec::new() }],
            health: Health {
                runners: vec![RunnerHealth { time: ms(300_000), ..RunnerHealth::of(1) }],
                ..Health::default()
            },
            ..RunStatus::default()
        },
        totals: Totals {
            requests: 2_000,
            failed_requests: 5,
            cancelled_requests: 3,
            transactions: 11,
            cancelled_transactions: 4,
            journeys: counts,
            received: 1_536,
            sent: 10,
        },
        journeys: vec![JourneyRow { journey: "shop:buy".into(), counts }],
        transactions: vec![
            transaction("", 2),
            transaction("pay", 2),
            transaction("pay :: card", 0),
        ],
        requests: vec![RequestRow {
            journey: "shop:buy".into(),
            transaction: "pay".into(),
            protocol: LIMITED,
            name: "GET /".into(),
            failed: 5,
            cancelled: 3,
            rate: 2_000.0,
            times: spread(2_000, 1),
            codes: vec![(200, 1_990), (404, 5)],
            kinds: vec![("connect", 5)],
            ..RequestRow::default()
        }],
        failures: vec![
            FailureRow {
                seen: None,
                count: 2,
                failure: Arc::new(failure("no card", &[("user", "bob")], None)),
            },
            FailureRow {
                seen: None,
                count: 1,
                failure: Arc::new(Failure {
                    folded: true,
                    ..failure(
                        "bad digit\nin 7",
                        &[],
                        Some("bad digit\nin 7\n  at src/shop.rs:12\n  caused by: x"),
                    )
                }),
            },
        ],
        parts: vec![part(PartKind::Steady, 0, 9_500, 190), part(PartKind::Drain, 9_500, 500, 0)],
        warmup: Warmup {
            length: ms(2_000),
            counted: Window { failed_requests: 1, ..part(PartKind::Steady, 0, 2_000, 2).counted },
            journeys: JourneyCounts { started: 3, ..JourneyCounts::default() },
        },
        events: vec![("checked_out".into(), 9)],
        unserializable: 1,
        blocked: vec![BlockedRow {
            journey: "shop:buy".into(),
            times: 2,
            longest: ms(1_200),
            in_all: ms(1_500),
        }],
        ..Summary::default()
    };
    summary.verdict = judge(Vec::new(), &summary);
    let expected = "
JOURNEYS  started  finished  failed  cancelled  errors
shop:buy       12         9       2          1       3

WARM-UP of 2.0 s, in nothing else: 2 requests (1 failed), 0 transactions, 3 journeys, 0 errors; requests: p50 20.00 ms, p99 20.00 ms

TRANSACTIONS      count  errors  cancelled  per second        min       mean        p50        p90      p95      p99      max
shop:buy             11       2          1         1.1  200.00 ms  400.00 ms  600.00 ms  800.00 ms  1.000 s  1.200 s  1.400 s
  pay                11       2          0         1.1  300.00 ms  600.00 ms  900.00 ms    1.200 s  1.500 s  1.800 s  2.100 s
    service time                                        200.00 ms  400.00 ms  600.00 ms  800.00 ms  1.000 s  1.200 s  1.400 s
  pay :: card        11       0          0         1.1  200.00 ms  400.00 ms  600.00 ms  800.00 ms  1.000 s  1.200 s  1.400 s
times are response times, from when each was meant to start; below them service times, from when it did

REQUESTS  count  failed  cancelled  per second      min     mean      p50      p90      p95      p99      max  responses
shop:buy, pay
  GET /    2000       5          3       2.00K  1.00 ms  2.00 ms  3.00 ms  4.00 ms  5.00 ms  6.00 ms  7.00 ms  200: 1990, 404: 5, connect: 5

PARTS    from      to  requests  per second  errors       p50       p90       p99       max
steady  0.0 s   9.5 s       190        20.0       1  20.00 ms  20.00 ms  20.00 ms  20.00 ms
drain   9.5 s  10.0 s         0           -       1         -         -         -         -

ERRORS
2 x no card
    in shop:buy, pay, at src/shop.rs:12
    user: bob
1 x bad digit
    in 7
    in shop:buy, pay, at src/shop.rs:12
    for example; the texts differ in their numbers
      caused by: x

MESSAGES     sent
checked_out     9

FILES
7 records in recorder_data/users.msgpack

FINDINGS
- 1 data item with a runner that was lost; whether they were used is in doubt
- scenario 1 (shop:buy): 3.2 s of journey time below its volume: its data pool `shop:users` (users.csv) has 3 items for a volume of 10; give it at least 10, or lower the volume
- scenario 1 (shop:buy): 1.4 s of journey time below its volume: its data pool `shop:users` (users.csv) gave items more slowly than they were used; make it faster, or ask for less
- scenario 1 (shop:buy): 2.1 s of journey time below its volume: it, or its data, was on its way to a runner; journeys that take no time use data up faster than it travels
- shop:buy kept its runner from all other work 2 times, for up to 1.200 s, 0.5 % of all time; use async calls, or tokio::task::spawn_blocking
- 1 journey still ran when the test was over and was cancelled; --graceful-stop gives them longer
- 1 value in messages could not be serialized and were sent as the reason
- 1 message lost: whoever listened was too slow

2000 requests (5 failed, 3 more cancelled), 11 transactions (4 more cancelled), 12 journeys (1 cancelled), 3 errors in 10.0 s on 2 runners; rates are over the 7.5 s in which load was asked for, the warm-up left out; bodies: 1.50 KB received, 10 B sent";
    let found = text_of(&summary, true);
    assert!(found == expected, "{found}");
}

#[test]
fn a_run_in_which_nothing_happened_is_one_line() {
    let status = RunStatus { elapsed: ms(1_500), runners: 1, ..RunStatus::default() };
    let summary = Summary { status, ..Summary::default() };
    assert_eq!(
        text_of(&summary, false),
        "\n0 transactions, 0 journeys, 0 errors in 1.5 s on 1 runner"
    );
}

#[test]
fn errors_beyond_what_is_shown_are_counted() {
    let rows: Vec<_> = (0..103)
        .map(|n| FailureRow {
            seen: None,
            count: 2,
            failure: Arc::new(failure(&n.to_string(), &[], None)),
        })
        .collect();
    let lines = errors::errors(&rows);
    assert_eq!(lines.len(), 1 + 2 * errors::MOST_ERRORS + 1);
    assert_eq!(lines.last().unwrap(), "… and 3 less frequent errors, 6 in all");
}

#[test]
fn a_long_stack_is_cut() {
    let trace = format!("m\n  at x:1\n{}", "frame\n".repeat(50));
    let lines = errors::stack(Some(&trace), "m");
    assert_eq!(lines.len(), errors::MOST_STACK_LINES + 1);
    assert_eq!(lines.last().unwrap(), "    … 30 more lines");
}

#[test]
fn requests_of_each_protocol_have_a_table_and_a_total() {
    let request = |protocol, name: &str, codes: &[(u16, u64)]| RequestRow {
        journey: "shop:buy".into(),
        protocol,
        name: name.into(),
        rate: 2.0,
        times: spread(4, 10),
        codes: codes.to_vec(),
        ..RequestRow::default()
    };
    let ping = ProtocolCounts { requests: 4, failed_requests: 1, ..ProtocolCounts::default() };
    let summary = Summary {
        totals: Totals { requests: 4, ..Totals::default() },
        protocols: [("ping", ping)].into(),
        requests: vec![request(LIMITED, "GET /", &[(200, 4)]), request("ping", "PING a", &[])],
        ..Summary::default()
    };
    let shown = text_of(&summary, false);
    let titles: Vec<_> = shown.lines().filter(|line| line.contains("REQUESTS")).collect();
    assert_eq!(titles.len(), 2, "{shown}");
    assert!(titles[0].starts_with("REQUESTS ") && titles[1].starts_with("PING REQUESTS "));
    let total = "4 requests (0 failed), 4 ping requests (1 failed), 0 transactions";
    assert!(shown.contains(total), "{shown}");
}

#[test]
fn every_limit_has_its_value_and_its_samples() {
    let checked = |text, value, samples, kept, why: Option<&str>| Checked {
        threshold: Threshold::parse(text).unwrap(),
        value,
        samples,
        failed: 0,
        at: None,
        aborted: None,
        why: why.map(str::to_owned),
        kept,
    };
    let errors = |kept| checked("errors count <= 0", Some(0.0), 12, kept, None);
    assert_eq!(limits_of(&[errors(true)]), [""; 0]);
    let all = [
        errors(true),
        checked("http p99 < 300ms", Some(412e6), 24_120, false, None),
        checked("orders rate > 5/s", None, 0, false, Some("no `orders` came")),
    ];
    assert_eq!(
        limits_of(&all),
        [
            "LIMITS              value  samples",
            "errors count <= 0       0       12  kept",
            "http p99 < 300ms   412 ms    24120  BROKEN",
            "orders rate > 5/s       -        0  not shown",
        ]
    );
    assert_eq!(limits_of(&[errors(false)]).len(), 2);
}

#[test]
fn of_many_names_those_that_matter_are_shown_and_the_rest_is_counted() {
    let row = |n: u64| TransactionRow {
        journey: "j".into(),
        name: format!("step {n}"),
        errors: u64::from(n == 777),
        times: spread(10_000 - n, 1),
        ..TransactionRow::default()
    };
    let rows: Vec<_> = (0..1_000).map(row).collect();
    let lines = transactions(&rows, None, &Room::default());
    // The header, the journey, thirty rows and the rest.
    assert_eq!(lines.len(), 1 + 1 + MOST_ROWS + 1);
    assert!(lines[2].starts_with("  step 0 ") && lines[30].starts_with("  step 28 "), "{lines:?}");
    assert!(lines[31].starts_with("  step 777 "), "{lines:?}");
    assert!(lines[32].starts_with("… and 970 transactions, "), "{lines:?}");
    let requests: Vec<_> = (0..40)
        .map(|n| RequestRow {
            protocol: LIMITED,
            name: format!("GET /{n}"),
            ..RequestRow::default()
        })
        .collect();
    let lines = requests_of_a_protocol(&requests, None, &Room::default());
    assert!(lines.last().unwrap().starts_with("… and 10 request names, "), "{lines:?}");
    assert!(lines.last().unwrap().contains(".tag(\"name\", …)"), "{lines:?}");
}

#[test]
fn of_many_journeys_and_message_types_the_rest_is_counted_too() {
    let events: Vec<_> = (0..10_000).map(|n| (format!("order {n}"), 1 + n % 9_999)).collect();
    let lines = messages(&events, &Room::default());
    assert_eq!(lines.len(), 1 + MOST_ROWS + 1);
    assert!(lines[1].starts_with("order 9969 ") && lines[30].starts_with("order 9998 "));
    assert_eq!(
        lines[31],
        "… and 9970 message types, all sent less often; a type with an id in it is a new one each time"
    );
    let row = |n: u64| JourneyRow {
        journey: format!("j{n}"),
        counts: JourneyCounts { started: 1_000 - n, ..JourneyCounts::default() },
    };
    let lines = journeys(&(0..31).map(row).collect::<Vec<_>>(), false, &Room::default());
    assert_eq!(lines.len(), 1 + MOST_ROWS + 1);
    assert_eq!(lines[31], "… and 1 journey, all with fewer failures or less often");
}
