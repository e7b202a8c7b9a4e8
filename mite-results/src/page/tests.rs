//! Of pages as text: what they say without scripts, what they weigh, and that nothing that
//! came from a system under test is taken for HTML.

use std::path::Path;
use std::time::Duration;

use hdrhistogram::Histogram;

use super::*;
use crate::document::{
    Event, Exemplar, Failure, Limit, Number, Reason, Series, SeriesKind, Text, Times, Validity,
};
use crate::windows::{Counts, Exponential, History, Limits, Load, Rank, TOTAL_SCHEMA};

mod failed;

/// What a page must not take for its own.
const HARM: &str = "</script><img src=x onerror=\"alert('1')\"><!--&\u{202e}";

fn seconds(n: f64) -> Duration {
    Duration::from_secs_f64(n)
}

fn number(value: f64) -> Number {
    Number::new(value).expect("finite")
}

fn counts(schema: u8, time: Duration, n: u64) -> Counts {
    let mut times = Exponential::new(schema);
    times.record(time, n);
    let max = (n > 0).then_some(time);
    Counts { count: n, sum: time * n as u32, max, times, ..Counts::default() }
}

fn times(of: &[(Duration, u64)]) -> Option<Times> {
    let mut micros = Histogram::<u64>::new_with_bounds(1, 3_600_000_000, 3).expect("bounds");
    of.iter()
        .for_each(|(time, n)| micros.record_n(time.as_micros() as u64, *n).expect("below an hour"));
    Times::of(&micros)
}

/// A minute of 100 requests a second of 10 ms; from 20 s to 24 s the service stands still.
/// `pay` is in it, `list` is not; the generator is well, or as late as it is said.
fn stalled(loop_lag: Duration) -> Document {
    let (fast, slow) = (seconds(0.01), seconds(4.0));
    let mut history = History::new(Limits::default());
    for second in 0..60 {
        let (pay, took) = match second {
            20..24 => (0, fast),
            24 => (50, slow),
            _ => (50, fast),
        };
        let load = Load {
            running_min: 2,
            running_max: 4,
            required: 4.0,
            started: pay,
            cpu: vec![seconds(0.2)],
            loop_lag_max: Some(if second == 22 { loop_lag } else { seconds(0.001) }),
            ..Load::default()
        };
        // What is listed takes as long as ever, and nobody lists while others stand still.
        let list = if pay == 0 { 0 } else { 5 };
        let mut all = counts(TOTAL_SCHEMA, took, pay);
        all.times.record(fast, list);
        all.count += list;
        let series = [
            (0, Rank::Total, all),
            (1, Rank::Series, counts(3, took, pay)),
            (2, Rank::Series, counts(3, fast, list)),
        ];
        let at = seconds(f64::from(second));
        history.add(at, at + seconds(1.0), &load, series);
    }
    let of = |id, kind, name: Option<&str>, of: &[(Duration, u64)]| Series {
        id,
        kind,
        journey: name.map(|_| "shop:buy".into()),
        name: name.map(Into::into),
        count: of.iter().map(|(_, n)| n).sum(),
        rate_per_s: Some(number(51.0)),
        service: times(of),
        ..Series::default()
    };
    let mut document = Document {
        series: vec![
            of(0, SeriesKind::AllRequests, None, &[(fast, 3_030), (slow, 50)]),
            of(1, SeriesKind::Transaction, Some("pay"), &[(fast, 2_750), (slow, 50)]),
            of(2, SeriesKind::Transaction, Some("list"), &[(fast, 280)]),
        ],
        windows: history.columns(),
        ..Document::default()
    };
    document.run.elapsed_s = number(60.0);
    document.run.load_s = Some(number(60.0));
    document.totals.journeys.finished = 3_000;
    document.totals.journeys.failed = 30;
    document.verdict.exit_code = 1;
    document.verdict.limits = vec![Limit {
        expression: "http p99 < 300ms".into(),
        value: Some(number(4.0)),
        limit: number(0.3),
        unit: Some("s".into()),
        samples: 3_080,
        ..Limit::default()
    }];
    document.failures = vec![Failure {
        count: 30,
        text: "sold out".into(),
        journey: Some("shop:buy".into()),
        transaction: Some("pay".into()),
        ..Failure::default()
    }];
    document
}

#[test]
fn what_happened_when_and_to_whom_is_said_in_sentences() {
    let sentences = in_short(&stalled(seconds(0.005)));
    assert_eq!(
        sentences,
        [
            "`http p99 < 300ms` is broken: 4.00 s.",
            "3080 requests in 01:00 of load, 51.0 a second, by 3030 journeys, of which 30 failed (0.99 %).",
            "Half of the requests took 10.0 ms or less, 99 % 4.00 s or less; the slowest took 4.00 s.",
            "From 00:20 to 00:25 it was slow: 90 % of the 55 requests that ended then took up to 3.99 s, usually 10.1 ms; 1.8 % of all.",
            "It hit 1 of 2 transactions: shop:buy, pay (90 % up to 3.97 s, usually 10.0 ms). There are too few times of 1 transaction to tell.",
            "In that stretch the load generator's CPU was at most 20 % of a core, its loops were at most 5.00 ms late: not enough to be the cause.",
            "The most frequent error, 30 times: sold out (shop:buy, pay).",
            "The load generator kept its own schedule: the figures can be trusted.",
        ]
    );
}

#[test]
fn a_generator_that_was_late_itself_is_named() {
    let sentences = in_short(&stalled(seconds(3.0)));
    let blame = sentences.iter().find(|s| s.starts_with("In that stretch")).expect("said");
    assert!(
        blame
            .ends_with("its loops were at most 3.00 s late: it may be the cause, or a part of it."),
        "{blame}"
    );
}

#[test]
fn without_scripts_and_styles_there_are_tables_and_three_pictures() {
    let html = report(&stalled(seconds(0.005)));
    let static_part = html.split_once("<script").expect("there is one").0;
    for said in [
        "<p><b>FAILED</b>, exit code 1</p>",
        "<td>http p99 &lt; 300ms</td><td align=\"right\">4.00 s</td><td align=\"right\">300 ms</td>",
        "<bdi>shop:buy, pay</bdi>",
        "<bdi>sold out</bdi>",
        "From 00:20 to 00:25 it was slow",
    ] {
        assert!(static_part.contains(said), "{said}");
    }
    assert_eq!(static_part.matches("<svg xmlns").count(), 3);
    assert!(!static_part.contains(" style=") && !static_part.contains(" class=\"h"));
    // The heat map has a cell for what took 4 s at 24 s, and the limit across.
    assert!(static_part.contains("p99 &lt; 300 ms</text>"));
}

#[test]
fn what_comes_from_a_system_under_test_is_text() {
    let harm = || Text::from(HARM);
    let mut document = stalled(seconds(0.005));
    document.run.test = harm();
    document.run.started = harm();
    document.run.labels.insert(HARM.to_owned(), harm());
    document.series[1].name = Some(harm());
    document.verdict.limits[0].expression = harm();
    document.verdict.reasons = vec![Reason { text: harm(), ..Reason::default() }];
    document.events = vec![Event { kind: harm(), text: harm(), ..Event::default() }];
    document.failures[0].text = harm();
    document.failures[0].example.insert(HARM.to_owned(), HARM.into());
    document.exemplars = vec![Exemplar {
        name: harm(),
        outcome: harm(),
        arguments: Some(harm()),
        text: Some(harm()),
        ..Exemplar::default()
    }];
    let html = report(&document);
    assert!(!html.contains("<img") && !html.contains("<!--"));
    // That of the data, and that of the page.
    assert_eq!(html.matches("</script>").count(), 2);
    let read = Document::parse(Path::new("report.html"), html.as_bytes()).expect("it is in it");
    assert_eq!(read, document);
    assert_eq!(live(HARM, "n").matches("</script>").count(), 1);
}

#[test]
fn a_place_in_a_text_is_not_filled() {
    let mut document = Document::default();
    document.run.test = "{{data}}{{script}}".into();
    let html = report(&document);
    assert!(html.contains("<h1><bdi>{{data}}{{script}}</bdi></h1>"));
    assert_eq!(html.matches("\"use strict\"").count(), 1);
}

#[test]
fn an_empty_report_is_below_90_kb_and_says_that_nothing_ended() {
    let html = report(&Document::default());
    assert!(html.len() <= 90_000, "{}", html.len());
    assert!(html.contains("Nothing ended"));
}

#[test]
fn one_sample_has_no_percentiles() {
    let mut document = Document::default();
    let one = times(&[(seconds(0.25), 1)]);
    document.series = vec![
        Series { id: 0, count: 1, service: one.clone(), ..Series::default() },
        Series {
            id: 1,
            kind: SeriesKind::Transaction,
            name: Some("pay".into()),
            count: 1,
            service: one,
            ..Series::default()
        },
    ];
    let html = report(&document);
    let row = "<td><bdi>pay</bdi></td><td align=\"right\">-</td><td align=\"right\">1</td>\
               <td align=\"right\">-</td><td align=\"right\">0 %</td><td align=\"right\">250 ms</td>\
               <td align=\"right\">-</td><td align=\"right\">-</td><td align=\"right\">-</td><td align=\"right\">250 ms</td>";
    assert!(html.contains(row));
}

#[test]
fn ten_thousand_series_stay_below_2_mb_and_it_is_said_what_is_missing() {
    let mut document = stalled(seconds(0.005));
    let mut random = fastrand::Rng::with_seed(1);
    let spread: Vec<_> =
        (1..2_000).map(|n| (Duration::from_millis(n * 7), random.u64(1..100))).collect();
    let wide = times(&spread);
    document.series.extend((3..10_000).map(|id| Series {
        id,
        kind: SeriesKind::Transaction,
        journey: Some("shop:buy".into()),
        name: Some(format!("page {id}").into()),
        count: spread.iter().map(|(_, n)| n).sum(),
        service: wide.clone(),
        ..Series::default()
    }));
    let html = report(&document);
    assert!(html.len() <= 2_000_000, "{}", html.len());
    let read = Document::parse(Path::new("report.html"), html.as_bytes()).expect("still sound");
    // Totals and what has most time are whole.
    assert_eq!(read.series[0], document.series[0]);
    let shown = read.series.len();
    let whole =
        read.series.iter().filter(|s| s.service.as_ref().is_some_and(|t| t.hdr.is_some())).count();
    assert!(shown > 1_000 && whole > 100, "{shown} {whole}");
    let note = format!(
        "<p id=\"dropped\">To keep this page below 2 MB, left out: {} of 10000 rows, those of the least time; \
         the histograms and the course of {} rows. --json has all.</p>",
        10_000 - shown,
        shown - whole
    );
    assert!(html.contains(&note), "{note}");
    assert!(html.contains("100 of"));
}

#[test]
fn texts_without_end_stay_below_2_mb() {
    let mut document = stalled(seconds(0.005));
    let long = || Text::from("x".repeat(1_000));
    let failure = Failure {
        text: long(),
        example: [("a".to_owned(), "y".repeat(1_000).into())].into_iter().collect(),
        ..Failure::default()
    };
    document.failures = vec![failure; 1_000];
    document.exemplars = vec![
        Exemplar {
            name: long(),
            arguments: Some(long()),
            text: Some(long()),
            ..Exemplar::default()
        };
        600
    ];
    document.events = vec![Event { text: long(), ..Event::default() }; 1_000];
    let html = report(&document);
    assert!(html.len() <= 2_000_000, "{}", html.len());
    assert!(html.contains("left out: examples of errors"));
}

/// In a script `<` takes six bytes, in a table four.
#[test]
fn texts_that_are_escaped_stay_below_2_mb_and_are_cut_in_tables() {
    let mut document = stalled(seconds(0.005));
    let long = || Text::from("<".repeat(3_000));
    let failure = Failure {
        text: long(),
        journey: Some(long()),
        example: [("a".to_owned(), "<".repeat(3_000).into())].into_iter().collect(),
        ..Failure::default()
    };
    document.failures = vec![failure; 401];
    document.events = vec![Event { text: long(), ..Event::default() }; 1_000];
    document.run.labels = (0..500).map(|n| (format!("{n}{}", "<".repeat(500)), long())).collect();
    let html = report(&document);
    assert!(html.len() <= 2_000_000, "{}", html.len());
    let cell = format!("<td><bdi>{}…</bdi></td>", "&lt;".repeat(200));
    assert!(html.contains(&cell));
    let read = Document::parse(Path::new("report.html"), html.as_bytes()).expect("still sound");
    assert_eq!(read.verdict, document.verdict);
    assert_eq!(read.series[0], document.series[0]);
    let both = overlay(&document, &document, &"<p>compared</p>".repeat(50_000));
    assert!(both.len() <= 2_000_000, "{}", both.len());
}

#[test]
fn what_is_left_of_a_document_is_sound_however_little_it_is() {
    let document = stalled(seconds(0.005));
    for (most, course) in [(10_000, 60), (3_000, 0)] {
        let (small, said) = fit::fit(&document, most);
        small.check().expect("sound");
        let length = serde_json::to_string(&small).expect("JSON").len();
        assert!(length <= most, "{length}");
        assert_eq!((small.windows.t_s.len(), small.verdict == document.verdict), (course, true));
        assert!(said.expect("something is left out").starts_with("To keep this page below 2 MB"));
    }
}

#[test]
fn an_invalid_run_says_so() {
    let mut document = stalled(seconds(0.005));
    document.verdict.validity = Validity::Invalid;
    let html = report(&document);
    assert!(html.contains("<p><b>INVALID</b>"));
    assert!(html.contains(
        "The load generator did not do what it was asked to: the figures cannot be trusted."
    ));
}

/// The rules of the format allow all of these.
#[test]
fn coarse_histograms_without_sums_are_drawn() {
    let mut document = stalled(seconds(0.005));
    for windows in document.windows.series.values_mut() {
        let mut coarse = crate::document::Hist { schema: 2, ..Default::default() };
        for (first, counts) in windows.hist.first.iter().zip(&windows.hist.counts) {
            let mut times = Exponential::new(2);
            times.merge(&Exponential::of_counts(windows.hist.schema, *first, counts));
            coarse.first.push(times.first());
            coarse.counts.push(times.counts().to_vec());
        }
        // A second stretch, in which less time was lost.
        let (first, counts) = (coarse.first[24], coarse.counts[24].clone());
        let n: u64 = counts.iter().sum();
        let less = n.min(40);
        coarse.first[40] = first;
        coarse.counts[40] = vec![0; counts.len()];
        *coarse.counts[40].last_mut().expect("there were some") = less;
        windows.count[40] = less;
        windows.hist = coarse;
        windows.sum_s.clear();
        windows.max_s.clear();
        windows.received_bytes.clear();
    }
    document.check().expect("sound");
    let sentences = in_short(&document);
    let slow = sentences.iter().find(|s| s.contains("it was slow")).expect("said");
    assert!(slow.starts_with("From 00:20 to 00:25 it was slow"), "{slow}");
    assert!(slow.ends_with("There was one more stretch like it: 00:40 to 00:41."), "{slow}");
    // One cell from 10 ms, of four a doubling: the map is as coarse as the file.
    assert_eq!(report(&document).matches("<svg xmlns").count(), 3);
}

#[test]
fn a_limit_is_named_by_its_own_comparison_and_counts_are_whole() {
    let mut document = stalled(seconds(0.005));
    document.verdict.limits = [("http p99 >= 300ms", "s", 0.3), ("http count > 7", "count", 7.0)]
        .map(|(expression, unit, bound)| Limit {
            expression: expression.into(),
            value: Some(number(bound)),
            limit: number(bound),
            unit: Some(unit.into()),
            ok: false,
            ..Limit::default()
        })
        .to_vec();
    let html = report(&document);
    let static_part = html.split_once("<script").expect("there is one").0;
    assert!(static_part.contains("p99 &gt;= 300 ms</text>"));
    assert!(!static_part.contains("p99 &lt; 300 ms</text>"));
    assert!(static_part.contains("<td align=\"right\">7</td>"));
    assert_eq!(in_short(&document)[1], "`http count > 7` is broken: 7.");
}
