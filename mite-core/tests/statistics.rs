//! Statistics that are told by journeys, and made of messages.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use mite_core::error::{Error, Result};
use mite_core::faults::Faults;
use mite_core::journey::{Context, Host, Lanes};
use mite_core::label::Label;
use mite_core::message::{Identity, Interest};
use mite_core::meta::Meta;
use mite_core::stat::{
    Accumulator, ActiveStats, Counter, Gauge, Histogram, IntoStat, MessageRef, Reading, Stat,
    StatEntry, StatisticKind,
};
use mite_core::stats::{Board, RunStatus, StatisticRow};
use mite_core::{ensure, fields};

/// A context whose messages are told to these.
fn context(stats: Vec<StatEntry>) -> (Context, Arc<Faults>) {
    let faults = Arc::new(Faults::default());
    let entries = stats.into_iter().map(|entry| &*Box::leak(Box::new(entry)));
    let stats = ActiveStats::build(entries, &faults).unwrap();
    let lanes = Lanes::new(None).with_stats(stats);
    let host = Host::new(1, Label::intern("tests:all"), lanes);
    let ctx = Context::new(Arc::new(host), Identity::alone("tests:all", "tests:one"));
    (ctx, faults)
}

fn entry(name: &'static str, build: fn() -> Result<Box<dyn Stat>>) -> StatEntry {
    StatEntry { meta: Meta { module: "tests", name, file: "tests/x.rs", line: 7, doc: "" }, build }
}

/// What was counted since the last time.
fn rows(ctx: &Context) -> Vec<StatisticRow> {
    let mut board = Board::default();
    board.merge(&ctx.runner_host().lanes.counted().take());
    let status = RunStatus { elapsed: Duration::from_secs(1), ..RunStatus::default() };
    board.summary(status).statistics
}

/// Name with labels, how often it was told, sum and last.
fn told(ctx: &Context) -> Vec<(String, u64, f64, f64)> {
    rows(ctx).iter().map(|row| (row.title(), row.count, row.sum, row.last)).collect()
}

#[tokio::test(start_paused = true)]
async fn journeys_tell_counters_gauges_and_histograms() {
    let (ctx, _) = context(Vec::new());
    ctx.transaction("shop", async |ctx| {
        ctx.count("orders", 1).with("kind", "new");
        let id = 7;
        ctx.count("orders", 2_usize).with("kind", "new").with("shop", format!("shop {id}"));
        ctx.count("orders", 3).with("shop", format!("shop {id}")).with("kind", "new");
        ctx.gauge("queue", 17);
        ctx.gauge("queue", -2.5_f32);
        ctx.observe("depth", 17.0);
        ctx.count("paid", 1).with("by card", true).with("shop", id).with("grade", 'a');
        ctx.count("paid", 1).with("by card", "true").with("shop", "7").with("grade", "a");
        // Not lost if it is held for a while.
        let later = ctx.observe("depth", 19);
        ctx.sleep(Duration::from_secs(1)).await;
        drop(later);
        Ok(())
    })
    .await
    .unwrap();
    let row = |title: &str, count, sum, last| (title.to_owned(), count, sum, last);
    assert_eq!(
        told(&ctx),
        [
            row("orders {kind=\"new\"}", 1, 1.0, 1.0),
            row("orders {kind=\"new\", shop=\"shop 7\"}", 2, 5.0, 3.0),
            row("paid {by card=\"true\", grade=\"a\", shop=\"7\"}", 2, 2.0, 1.0),
            row("queue", 2, 14.5, -2.5),
            row("depth", 2, 36.0, 19.0),
        ]
    );
}

#[tokio::test]
async fn a_message_is_told_to_each_statistic_that_looks_at_its_type() {
    let (ctx, _) = context(vec![
        entry("orders", || Counter::of("order").into_stat()),
        entry("by_kind", || {
            Counter::of("order").label("kind").label("n").label("absent").into_stat()
        }),
        entry("queue", || Gauge::of("order", "queue").into_stat()),
        entry("paid", || Accumulator::of("order", "paid").named("paid_pounds").into_stat()),
        entry("depth", || {
            Histogram::of("order", "queue").when(|m| m.get("n") != Some(2)).into_stat()
        }),
        entry("all", || Counter::of(Interest::Everything).label("type").into_stat()),
    ]);
    for (n, kind, queue, paid) in [(1, "new", 3, 1.5), (2, "old", 9, 2.0), (3, "new", 5, -0.5)] {
        ctx.send("order", fields! { n, kind, queue, paid });
    }
    ctx.send("other", fields! { queue: 1_000 });
    let row = |title: &str, count, sum, last| (title.to_owned(), count, sum, last);
    assert_eq!(
        told(&ctx),
        [
            row("all {type=\"order\"}", 3, 3.0, 1.0),
            row("all {type=\"other\"}", 1, 1.0, 1.0),
            row("by_kind {absent=\"\", kind=\"new\", n=\"1\"}", 1, 1.0, 1.0),
            row("by_kind {absent=\"\", kind=\"new\", n=\"3\"}", 1, 1.0, 1.0),
            row("by_kind {absent=\"\", kind=\"old\", n=\"2\"}", 1, 1.0, 1.0),
            row("orders", 3, 3.0, 1.0),
            row("queue", 3, 17.0, 5.0),
            row("paid_pounds", 3, 3.0, -0.5),
            row("depth", 2, 8.0, 5.0),
        ]
    );
}

#[tokio::test]
async fn transactions_and_errors_are_messages_too() {
    let (ctx, _) = context(vec![
        entry("done", || Counter::of("txn").label("transaction").label("had_error").into_stat()),
        entry("failed", || {
            Counter::of(["error", "exception"]).label("journey").label("ex_type").into_stat()
        }),
        entry("whole", || {
            let times = |m: MessageRef<'_>| {
                m.get::<f64>("end_time")
                    .zip(m.get::<f64>("start_time"))
                    .map(|(end, start)| end - start)
            };
            Histogram::by("txn", times).label_by("test", |_| Some(Cow::Borrowed("x"))).into_stat()
        }),
    ]);
    let failed = ctx
        .transaction("__root__", async |ctx| {
            ctx.transaction("fine", async |_| Ok(())).await?;
            ctx.transaction("bad", async |_| {
                ensure!(1 > 2, "no");
                Ok(())
            })
            .await
        })
        .await;
    assert!(failed.is_err());
    let titles: Vec<_> = told(&ctx).into_iter().map(|(title, count, ..)| (title, count)).collect();
    let row = |title: &str, count| (title.to_owned(), count);
    assert_eq!(
        titles,
        [
            row("done {had_error=\"false\", transaction=\"fine\"}", 1),
            row("done {had_error=\"true\", transaction=\"\"}", 1),
            row("done {had_error=\"true\", transaction=\"bad\"}", 1),
            row("failed {ex_type=\"Error\", journey=\"tests:one\"}", 1),
            row("whole {test=\"x\"}", 3),
        ]
    );
}

/// Upstream's cases: counters add up, gauges do not, and what was taken is gone.
#[tokio::test]
async fn what_was_taken_is_gone_and_begins_anew() {
    let (ctx, _) = context(vec![
        entry("counter", || Counter::of("m").label("foo").into_stat()),
        entry("gauge", || Gauge::of("m", "value").label("foo").into_stat()),
        entry("sum", || Accumulator::of("m", "value").label("foo").into_stat()),
        entry("spread", || Histogram::of("m", "value").label("foo").into_stat()),
    ]);
    let send = || ctx.send("m", fields! { foo: "bar", value: 3 });
    let row = |name: &str, count, sum, last| (format!("{name} {{foo=\"bar\"}}"), count, sum, last);
    send();
    let once = [
        row("counter", 1, 1.0, 1.0),
        row("gauge", 1, 3.0, 3.0),
        row("sum", 1, 3.0, 3.0),
        row("spread", 1, 3.0, 3.0),
    ];
    assert_eq!(told(&ctx), once);
    assert_eq!(told(&ctx), []);
    send();
    send();
    let twice = [
        row("counter", 2, 2.0, 1.0),
        row("gauge", 2, 6.0, 3.0),
        row("sum", 2, 6.0, 3.0),
        row("spread", 2, 6.0, 3.0),
    ];
    assert_eq!(told(&ctx), twice);
    send();
    assert_eq!(told(&ctx), once);
}

#[tokio::test]
async fn a_message_without_its_value_is_counted_as_that() {
    let (ctx, _) = context(vec![entry("queue", || Gauge::of("m", "value").into_stat())]);
    ctx.send("m", fields! { value: 3 });
    ctx.send("m", fields! { other: 3 });
    ctx.send("m", fields! { value: "three" });
    let rows = rows(&ctx);
    assert_eq!((rows[0].count, rows[0].refused, rows[0].last), (1, 2, 3.0));
}

struct Panics;

impl Stat for Panics {
    fn kind(&self) -> StatisticKind {
        StatisticKind::Counter
    }
    fn messages(&self) -> Interest {
        "m".into()
    }
    fn read<'a>(&'a self, message: MessageRef<'a>) -> Option<Reading<'a>> {
        let n: u32 = message.get("n")?;
        assert!(n < 2, "no more than one");
        Some(Reading::new(n).with("n", n.to_string()))
    }
}

#[tokio::test]
async fn one_that_panics_gets_no_more_and_the_others_go_on() {
    let (ctx, faults) = context(vec![
        entry("panics", || Panics.into_stat()),
        entry("goes_on", || Counter::of("m").into_stat()),
    ]);
    (0..5).for_each(|n| ctx.send("m", fields! { n: 4 - n }));
    ctx.send("m", fields! { n: 1 });
    assert_eq!(told(&ctx), [("goes_on".to_owned(), 6, 6.0, 1.0)]);
    let told = faults.take();
    assert_eq!((told.len(), told[0].1), (1, 1));
    let text = &told[0].0;
    let start = "statistic tests:panics panicked and counts no more: no more than one (at ";
    assert!(text.starts_with(start) && text.contains("tests/statistics.rs:"), "{text}");
}

#[test]
fn what_cannot_be_made_and_two_of_one_name_are_errors() {
    let error = |entries: Vec<StatEntry>| {
        let entries = entries.into_iter().map(|entry| &*Box::leak(Box::new(entry)));
        ActiveStats::build(entries, &Arc::default()).err().unwrap().text().to_owned()
    };
    let text = error(vec![entry("a", || {
        let made: Result<Counter> = Err(Error::new("no settings"));
        made.into_stat()
    })]);
    assert_eq!(text, "statistic `tests:a` cannot be made: no settings");
    let text = error(vec![entry("a", || panic!("oh"))]);
    assert!(text.starts_with("statistic `tests:a` panicked: oh (at "), "{text}");
    let text = error(vec![
        entry("a", || Counter::of("m").into_stat()),
        entry("b", || Gauge::of("m", "v").named("a").into_stat()),
    ]);
    assert_eq!(
        text,
        "two statistics are called `a`: tests:a (tests/x.rs:7) and tests:b (tests/x.rs:7); give one another name with `.named(…)`"
    );
}

#[tokio::test]
async fn only_messages_that_are_looked_at_are_made() {
    let (ctx, _) = context(vec![entry("orders", || Counter::of("order").into_stat())]);
    let lanes = &ctx.runner_host().lanes;
    assert_eq!(
        (lanes.wants("order"), lanes.wants("txn"), lanes.wants("other")),
        (true, false, false)
    );
}
