use std::time::Duration;

use super::*;
use crate::error::Error;
use crate::label::Label;
use crate::stats::{
    Aggregator, Board, End, Exchange, Limits, Mark, Outcome, RunStatus, Snapshot, Spread, Summary,
};

fn label(text: &str) -> Label {
    Label::intern(text)
}

/// One tick of work of a runner: different every time, and now and then nothing.
fn work(runner: &mut Aggregator, random: &mut fastrand::Rng) {
    let journey = label(["shop:buy", "shop:browse"][random.usize(..2)]);
    let many = [0, 1, 5, 300, 700][random.usize(..5)];
    for _ in 0..many {
        let n = random.usize(..4);
        let took = Duration::from_nanos(random.u64(1_000..5_000_000_000));
        let name = label(&format!("__root__ :: step {n}"));
        runner.journey_started(&journey);
        let end = [End::Failed, End::Finished, End::Finished, End::Cancelled][n];
        runner.transaction(&journey, &name, took, end);
        runner.exchange(
            &journey,
            Some(&name),
            &Exchange {
                protocol: ["http", "ping"][random.usize(..2)],
                name: label(&format!("GET /{n}")),
                status: (n > 0).then_some(200 + n as u16),
                outcome: match n {
                    0 => Outcome::Failed("connect"),
                    1 => Outcome::Cancelled,
                    _ => Outcome::Ok,
                },
                took: took.into(),
                received: n as u64 * 10,
                sent: n as u64,
            },
        );
        if n == 0 {
            runner.failure(
                &journey,
                Some(&name),
                &Error::new(format!("no item {}", random.u32(..50))),
            );
        }
        runner.event(["note", "hint"][n % 2], u32::from(n == 3));
        runner.paced(&journey, took, took / 3 * (n as u32 % 2));
        runner.journey_ended(&journey, if n == 0 { End::Failed } else { End::Finished });
    }
    if many > 300 {
        runner.mark(Mark::new(Duration::from_millis(random.u64(..9_000)), "many"));
        runner.journey_blocked(&journey, Duration::from_millis(random.u64(500..900)));
    }
}

fn encoded(update: &Update) -> Vec<u8> {
    rmp_serde::to_vec(update).unwrap()
}

fn decoded(bytes: &[u8]) -> Update {
    rmp_serde::from_slice(bytes).unwrap()
}

/// Everything that is shown but rates, which follow from when updates come.
fn shown(board: &Board) -> String {
    let Summary {
        totals,
        mut journeys,
        mut transactions,
        mut requests,
        protocols,
        response_times,
        mut failures,
        events,
        unserializable,
        blocked,
        marks,
        ..
    } = board.summary(RunStatus { elapsed: Duration::from_secs(10), ..RunStatus::default() });
    journeys.sort_by(|a, b| a.journey.cmp(&b.journey));
    transactions.sort_by(|a, b| (&a.journey, &a.name).cmp(&(&b.journey, &b.name)));
    requests.sort_by(|a, b| {
        (&a.journey, &a.transaction, a.protocol, &a.name).cmp(&(
            &b.journey,
            &b.transaction,
            b.protocol,
            &b.name,
        ))
    });
    failures.sort_by(|a, b| a.failure.text.cmp(&b.failure.text));
    let times: Spread = response_times.spread();
    let mut marks: Vec<_> = marks.iter().map(|mark| mark.at).collect();
    marks.sort();
    // Which text stands for those that were folded depends on what came first.
    let failures: u64 = failures.iter().map(|row| row.count).sum();
    format!(
        "{totals:?}\n{journeys:?}\n{transactions:#?}\n{requests:#?}\n{protocols:?}\n{times:?}\n{failures}\n{events:?}\n{unserializable}\n{blocked:?}\n{marks:?}"
    )
}

/// Two sources, forty ticks; whatever happens on the way, the last update of each
/// arrives.
fn through(mut on_the_way: impl FnMut(&mut Vec<Vec<u8>>, &mut fastrand::Rng)) -> [String; 2] {
    let mut random = fastrand::Rng::with_seed(7);
    let mut way = fastrand::Rng::with_seed(11);
    let (mut near, mut far) = (Board::default(), Board::default());
    let mut runners = [Aggregator::default(), Aggregator::default(), Aggregator::default()];
    // Two runners in one process, one in another.
    let mut tallies = [Tally::new(1), Tally::new(2)];
    let mut under_way = Vec::new();
    for _ in 0..40 {
        for (i, runner) in runners.iter_mut().enumerate() {
            work(runner, &mut random);
            let window = runner.take();
            near.merge(&window);
            tallies[i / 2].add(&window);
        }
        under_way.extend(tallies.iter_mut().map(|tally| encoded(tally.update())));
        on_the_way(&mut under_way, &mut way);
        for bytes in under_way.drain(..way.usize(..=under_way.len())) {
            far.update(decoded(&bytes));
        }
    }
    for tally in &mut tallies {
        far.update(decoded(&encoded(tally.update())));
    }
    [shown(&near), shown(&far)]
}

#[test]
fn updates_that_are_lost_repeated_or_reordered_change_no_total() {
    let [near, far] = through(|_, _| {});
    assert!(near == far, "in order:\n{near}\n{far}");
    let [near, far] = through(|under_way, random| {
        under_way.retain(|_| random.bool());
        let again: Vec<_> = under_way.iter().filter(|_| random.bool()).cloned().collect();
        under_way.extend(again);
        random.shuffle(under_way);
    });
    assert!(near == far, "lost, repeated and reordered:\n{near}\n{far}");
}

#[test]
fn only_what_is_newer_is_news() {
    let (mut tally, mut board) = (Tally::new(1), Board::default());
    let mut runner = Aggregator::default();
    let mut updates = (0..3).map(|_| {
        runner.journey_ended(&label("j"), End::Finished);
        tally.add(&runner.take());
        tally.update().clone()
    });
    let [first, second, third] = [(); 3].map(|()| updates.next().unwrap());
    assert!(board.update(second.clone()));
    assert!(!board.update(first));
    assert!(!board.update(second));
    let finished = |board: &mut Board| {
        let Snapshot { totals, .. } = board.snapshot(RunStatus::default());
        totals.journeys.finished
    };
    assert_eq!(finished(&mut board), 2);
    assert!(board.update(third.clone()));
    assert_eq!(finished(&mut board), 3);
    // The same numbers from another process are its own.
    assert!(board.update(Update { source: 2, ..third }));
    assert_eq!(finished(&mut board), 6);
}

#[test]
fn a_window_after_a_gap_is_what_came_since() {
    let (mut tally, mut board) = (Tally::new(1), Board::default());
    let mut runner = Aggregator::default();
    let mut tick = |count: u64, ms: u64| {
        for _ in 0..count {
            runner.transaction(&label("j"), &label("t"), Duration::from_millis(ms), End::Finished);
        }
        tally.add(&runner.take());
        tally.update().clone()
    };
    assert!(board.update(tick(600, 10)));
    board.snapshot(RunStatus::default());
    let _lost = tick(2, 20);
    assert!(board.update(tick(1, 40)));
    let snapshot = board.snapshot(RunStatus::default());
    let times = snapshot.window.transactions.spread();
    assert_eq!((times.count, times.mean), (3, Duration::from_nanos(26_666_666)));
    // As exact as percentiles; the greatest of all is exact.
    assert_eq!(times.max, Duration::from_millis(40));
    assert!(times.min.abs_diff(Duration::from_millis(20)) < Duration::from_micros(20), "{times:?}");
    let [series] = &snapshot.series[..] else { panic!("{:?}", snapshot.series) };
    assert_eq!((series.total.times.count(), series.total.times.min().as_millis()), (603, 10));
    assert_eq!(series.window.as_ref().unwrap().times.count(), 3);
    assert!(board.snapshot(RunStatus::default()).series[0].window.is_none());
}

#[test]
fn a_table_that_is_swapped_keeps_its_names_and_nothing_else() {
    let limits = Limits { series: 2, failures: 5, kinds: 2, statistics: 2 };
    let mut runner = Aggregator::with_limits(limits);
    let mut window = Counts::with_limits(limits);
    let mut board = Board::default();
    for round in 0..6 {
        let name = label(["a", "b"][round % 2]);
        runner.transaction(&label("j"), &name, Duration::from_millis(1), End::Failed);
        runner.event("note", 1);
        runner.journey_started(&label("j"));
        runner.swap(&mut window);
        board.merge(&window);
        assert_eq!(window.series.filled().count(), 1);
        window.clear();
        assert_eq!((window.series.filled().count(), window.kinds.iter().count()), (0, 0));
    }
    let summary = board.summary(RunStatus::default());
    let rows: Vec<_> =
        summary.transactions.iter().map(|r| (&*r.name, r.times.count, r.errors)).collect();
    assert_eq!(rows, [("a", 3, 3), ("b", 3, 3)]);
    assert_eq!((summary.totals.journeys.started, summary.unserializable), (6, 6));
    assert_eq!(summary.events, [("note".to_owned(), 6)]);
}

#[test]
fn what_is_shown_can_be_written_down() {
    let (mut runner, mut board) = (Aggregator::default(), Board::default());
    work(&mut runner, &mut fastrand::Rng::with_seed(3));
    work(&mut runner, &mut fastrand::Rng::with_seed(4));
    board.merge(&runner.take());
    let snapshot = serde_json::to_value(board.snapshot(RunStatus::default())).unwrap();
    let summary = serde_json::to_value(board.summary(RunStatus::default())).unwrap();
    let series = snapshot["series"].as_array().unwrap();
    assert!(!series.is_empty());
    assert_eq!(series[0]["total"], series[0]["window"]);
    assert_eq!(summary["series"].as_array().unwrap().len(), series.len());
    assert_eq!(summary["verdict"]["outcome"], "passed");
    assert_eq!(summary["totals"], snapshot["totals"]);
    let times = &series[0]["total"]["times"];
    let values = times["values"].as_array().unwrap();
    let count: u64 = values.iter().map(|pair| pair[1].as_u64().unwrap()).sum();
    assert_eq!(times["count"].as_u64().unwrap(), count);
}
