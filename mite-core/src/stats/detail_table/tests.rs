use std::time::Duration;

use super::*;
use crate::label::Label;
use crate::stats::exemplar::Exemplar;
use crate::stats::{
    Aggregator, Board, Counts, Distribution, Outcome, Phases, RunStatus, Tally, Took,
};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn exchange(name: &str, outcome: Outcome, status: u16, total: Duration) -> Exchange {
    Exchange {
        protocol: "http",
        name: Label::intern(name),
        status: Some(status).filter(|status| *status > 0),
        outcome,
        took: total.into(),
        received: 0,
        sent: 0,
    }
}

fn count(runner: &mut Aggregator, exchange: &Exchange, at: u64) {
    let body = exchange.took.service / 4;
    let phases = Phases {
        first_byte: Some(exchange.took.service - body),
        body: Some(body),
        dns: at.is_multiple_of(10).then_some(ms(1)),
        ..Phases::default()
    };
    let (journey, transaction) = (Label::intern("shop:buy"), Label::intern("__root__ :: pay"));
    let describe = || ExemplarDetail {
        at: at as f64,
        arguments: Some(format!("n = {at}")),
        text: None,
        trace: None,
    };
    runner.exchange_in_detail(&journey, Some(&transaction), exchange, &phases, describe);
}

/// Of the only series: counts of phases, slowest and failed.
fn shown(board: &Board) -> (Vec<u64>, Vec<(u64, Duration)>, Vec<u64>) {
    let summary = board.summary(RunStatus::default());
    let detail = summary.series[0].detail.as_ref().expect("there is room").clone();
    let at = |exemplar: &Exemplar| exemplar.at as u64;
    (
        detail.phases.iter().map(Distribution::count).collect(),
        detail.exemplars.slowest.iter().map(|e| (at(e), e.total)).collect(),
        detail.exemplars.failed.iter().map(at).collect(),
    )
}

#[test]
fn phases_add_up_and_the_slowest_and_the_first_failures_stay() {
    let mut runners = [Aggregator::default(), Aggregator::default()];
    let (mut board, mut tally, mut remote) = (Board::default(), Tally::new(1), Board::default());
    for n in 0..1_000 {
        let runner = &mut runners[n as usize % 2];
        let total = ms((n * 7919) % 1_009 + 1);
        let (outcome, status) = match n {
            n if n % 100 == 7 => (Outcome::Failed("timeout"), 0),
            n if n % 100 == 8 => (Outcome::Ok, 503),
            _ => (Outcome::Ok, 200),
        };
        count(runner, &exchange("GET /", outcome, status, total), n);
        if n % 90 == 0 || n == 999 {
            for runner in &mut runners {
                let window = runner.take();
                board.merge(&window);
                tally.add(&window);
            }
            let update = tally.update().clone();
            if n % 180 == 0 || n == 999 {
                remote.update(update.clone());
                remote.update(update);
            }
        }
    }
    let mut all: Vec<(u64, Duration)> =
        (0..1_000).map(|n| (n, ms((n * 7919) % 1_009 + 1))).collect();
    all.sort_by_key(|(_, total)| std::cmp::Reverse(*total));
    let expected = (vec![0, 100, 0, 0, 1_000, 1_000], all[..3].to_vec(), vec![7, 8, 107]);
    assert_eq!(shown(&board), expected);
    assert_eq!(shown(&remote), expected);
    let summary = board.summary(RunStatus::default());
    let phases = &summary.series[0].detail.as_ref().unwrap().phases;
    let times = &summary.series[0].total.times;
    assert_eq!(phases.first_byte.sum() + phases.body.sum(), times.sum());
}

#[test]
fn what_is_cancelled_is_in_no_detail() {
    let (mut runner, mut board) = (Aggregator::default(), Board::default());
    count(&mut runner, &exchange("GET /", Outcome::Ok, 200, ms(1)), 1);
    count(&mut runner, &exchange("GET /", Outcome::Cancelled, 0, ms(900)), 2);
    board.merge(&runner.take());
    assert_eq!(shown(&board), (vec![0, 0, 0, 0, 1, 1], vec![(1, ms(1))], vec![]));
}

#[test]
fn an_exemplar_of_an_open_line_has_both_times() {
    let (mut runner, mut board) = (Aggregator::default(), Board::default());
    for lag in [None, Some(ms(0)), Some(ms(30))] {
        let took = Took { lag, ..ms(5).into() };
        let one = exchange(&format!("GET /{lag:?}"), Outcome::Ok, 200, ms(5));
        count(&mut runner, &Exchange { took, ..one }, 1);
    }
    board.merge(&runner.take());
    let summary = board.summary(RunStatus::default());
    let slowest = summary.series.iter().map(|series| {
        let exemplar = &series.detail.as_ref().unwrap().exemplars.slowest[0];
        (exemplar.total, exemplar.response)
    });
    let slowest: Vec<_> = slowest.collect();
    assert_eq!(slowest, [(ms(5), None), (ms(5), Some(ms(5))), (ms(5), Some(ms(35)))]);
}

/// By name of a request, how many of its attempts its phases are of.
fn known(board: &Board) -> Vec<(String, u64, u64)> {
    let summary = board.summary(RunStatus::default());
    let series = summary.series.iter().filter_map(|series| {
        let detail = series.detail.as_ref()?;
        let first_byte = detail.phases.first_byte.count();
        assert_eq!(first_byte, detail.attempts);
        let name = series.key.request.as_ref()?.name.to_string();
        Some((name, detail.attempts, series.total.times.count()))
    });
    series.collect()
}

/// That of all, by what each phase took, and of how many attempts.
fn total(board: &Board) -> (u64, Duration) {
    let all = board.summary(RunStatus::default()).request_phases;
    let Phases { first_byte, body, .. } = &all.phases;
    assert_eq!((first_byte.count(), body.count()), (all.attempts, all.attempts));
    (all.attempts, first_byte.sum() + body.sum())
}

#[test]
fn there_is_room_for_a_hundred_series_and_others_are_in_the_sum() {
    let (mut runner, mut board) = (Aggregator::default(), Board::default());
    for n in 0..300 {
        count(&mut runner, &exchange(&format!("GET /{n}"), Outcome::Ok, 200, ms(n)), n);
    }
    board.merge(&runner.take());
    let names: Vec<_> = known(&board).into_iter().map(|(name, ..)| name).collect();
    // The runner had no choice but to take the first: the board knows better.
    assert_eq!(names, (200..300).map(|n| format!("GET /{n}")).collect::<Vec<_>>());
    assert_eq!(total(&board), (300, ms((0..300).sum())));
}

/// Ten thousand series, of which the last fifty are heavy in all of four parts but the first.
fn late(runner: &mut Aggregator, part: u64) {
    const ALL: u64 = 9_990;
    let names = (0..ALL).map(|n| (n, if n < ALL - 50 { 10 + n % 7 } else { part * n + 1 }));
    for (n, took) in names {
        count(runner, &exchange(&format!("GET /late/{n}"), Outcome::Ok, 200, ms(took)), n);
    }
}

#[test]
fn the_heaviest_of_ten_thousand_that_come_late_have_phases_that_say_of_how_many() {
    let mut runners = [Aggregator::default(), Aggregator::default()];
    let mut windows = [Counts::default(), Counts::default()];
    let (mut board, mut tally, mut remote) = (Board::default(), Tally::new(1), Board::default());
    let mut all = Duration::ZERO;
    for part in 0..4 {
        for (runner, window) in runners.iter_mut().zip(&mut windows) {
            late(runner, part);
            runner.swap(window);
            all += window.series.filled().map(|(_, series)| series.times.sum()).sum::<Duration>();
            tally.add(window);
            board.absorb(window);
        }
        // Of three updates one comes, of which one twice.
        let update = tally.update().clone();
        if part % 2 == 1 {
            tally.heard(update.number);
            remote.update(update.clone());
            remote.update(update);
        }
    }
    for board in [&board, &remote] {
        let known = known(board);
        assert_eq!(known.len(), MOST_SERIES);
        let heavy = |name: &str| name.rsplit('/').next().unwrap().parse::<u64>().unwrap() >= 9_940;
        let heavy: Vec<_> = known.iter().filter(|(name, ..)| heavy(name)).collect();
        assert_eq!(heavy.len(), 50);
        assert!(heavy.iter().all(|(_, attempts, count)| (*attempts, *count) == (2, 8)));
        // What was seen in the second part is known to both windows of a runner by the fourth.
        // Nothing is missing in the sum, whoever lost a place.
        assert_eq!(total(board), (2 * 4 * 9_990, all));
    }
}

#[test]
fn a_series_that_loses_its_place_and_gets_it_again_is_not_counted_twice() {
    let (mut runner, mut tally, mut board) =
        (Aggregator::default(), Tally::new(1), Board::default());
    let mut window = Counts::default();
    let names: Vec<_> = (0..=MOST_SERIES).map(|n| format!("GET /again/{n}")).collect();
    // The first is the least, the heaviest, the least, the heaviest.
    for (part, first) in [1_u64, 100_000, 1, 10_000_000].into_iter().enumerate() {
        for (n, name) in names.iter().enumerate() {
            let took = if n == 0 { first } else { 1_000_u64.pow(part as u32).min(500_000) + 9 };
            count(&mut runner, &exchange(name, Outcome::Ok, 200, ms(took)), n as u64);
        }
        runner.swap(&mut window);
        tally.absorb(&mut window);
        let update = tally.update().clone();
        tally.heard(update.number);
        board.update(update);
    }
    let known = known(&board);
    assert!(known.iter().all(|(_, attempts, count)| attempts <= count), "{known:?}");
    assert_eq!(known.len(), MOST_SERIES);
    let (attempts, all) = total(&board);
    let took = board.summary(RunStatus::default()).all_requests.times;
    assert_eq!((attempts, all), (took.count(), took.sum()));
}

#[test]
fn a_window_keeps_details_of_what_the_run_looks_at() {
    let (mut runner, mut board) = (Aggregator::default(), Board::default());
    let mut window = Counts::default();
    for _ in 0..3 {
        for n in 0..200 {
            count(&mut runner, &exchange(&format!("GET /w/{n}"), Outcome::Ok, 200, ms(n)), n);
        }
        runner.swap(&mut window);
        board.absorb(&mut window);
    }
    let wanted: Vec<_> = window.details.iter().map(|(place, _)| place).collect();
    assert_eq!(wanted, (100..200).collect::<Vec<_>>());
    // All but what the first two windows, of which there are two, had no place for.
    assert_eq!(known(&board)[0], ("GET /w/100".to_owned(), 1, 3));
}

#[test]
fn what_a_lost_update_told_of_a_series_is_in_the_next_one() {
    let (mut runner, mut tally, mut board) =
        (Aggregator::default(), Tally::new(1), Board::default());
    let mut window = Counts::default();
    let names: Vec<_> = (0..=MOST_SERIES).map(|n| format!("GET /lost/{n}")).collect();
    for part in 0..4 {
        for (n, name) in names.iter().enumerate() {
            // All but the last have a place; then the last is the heaviest by far.
            let took = if n == MOST_SERIES { 1_000_000 * part } else { 1_000 + n as u64 };
            count(&mut runner, &exchange(name, Outcome::Ok, 200, ms(took)), n as u64);
        }
        runner.swap(&mut window);
        tally.absorb(&mut window);
        let update = tally.update().clone();
        // The one before the least loses its place is lost with a connection.
        if part != 1 {
            tally.heard(update.number);
            board.update(update);
        }
    }
    let (attempts, all) = total(&board);
    let took = board.summary(RunStatus::default()).all_requests.times;
    assert_eq!((attempts, all), (took.count(), took.sum()));
    // In the end it has one.
    assert!(known(&board).iter().any(|(name, ..)| *name == names[MOST_SERIES]));
}
