//! What a test names without end takes a bounded number of rows, and nothing is lost.

use std::sync::Arc;
use std::time::Duration;

use mite_core::error::Error;
use mite_core::journey::{Context, Host, Lanes};
use mite_core::label::Label;
use mite_core::message::Identity;
use mite_core::stats::{Board, OVERFLOW, RunStatus, Summary};
use mite_core::{fields, units};

const MILLION: u64 = 1_000_000;

/// `n` in letters: texts that differ in numbers only are taken for one.
fn letters(mut n: u64) -> String {
    let mut text = String::new();
    while n > 0 || text.is_empty() {
        text.push(char::from(b'a' + (n % 26) as u8));
        n /= 26;
    }
    text
}

/// Each step has a transaction, an error and a message of a name that never came before;
/// the board takes the counts once in a second of virtual time.
async fn name_without_end(steps: u64) -> Summary {
    let host = Host::new(1, Label::intern("tests:all"), Lanes::new(None));
    let ctx = Context::new(Arc::new(host), Identity::alone("tests:all", "tests:one"));
    let (mut board, mut elapsed) = (Board::default(), Duration::ZERO);
    for n in 0..steps {
        let name = letters(n);
        ctx.transaction(&name, async |ctx| {
            ctx.send(&name, fields! {});
            Err::<(), _>(Error::new(format!("no {name}")))
        })
        .await
        .expect_err("it fails");
        if n % 10 == 0 {
            ctx.sleep(Duration::from_millis(1)).await;
        }
        if (n + 1) % 10_000 == 0 {
            elapsed += Duration::from_secs(1);
            board.merge(&ctx.runner_host().lanes.counted().take());
            let rows = board.snapshot(RunStatus { elapsed, ..RunStatus::default() }).series.len();
            assert!(rows <= 10_001, "{rows} at {}", units::clock(elapsed));
        }
    }
    board.summary(RunStatus { elapsed, ..RunStatus::default() })
}

#[tokio::test(start_paused = true)]
async fn a_million_names_texts_and_types_are_counted_in_a_bounded_number_of_rows() {
    let start = tokio::time::Instant::now();
    let summary = name_without_end(MILLION).await;
    assert_eq!(start.elapsed(), Duration::from_secs(100));

    let rows = &summary.transactions;
    let (overflow, named): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.journey == OVERFLOW);
    assert_eq!((named.len(), overflow.len()), (10_000, 1));
    assert!(named.iter().all(|row| (row.times.count, row.errors) == (1, 1)));
    assert_eq!((overflow[0].times.count, overflow[0].errors), (MILLION - 10_000, MILLION - 10_000));
    assert_eq!(summary.totals.transactions, MILLION);

    let failures = &summary.failures;
    let (overflow, named): (Vec<_>, Vec<_>) =
        failures.iter().partition(|row| row.failure.ex_type == OVERFLOW);
    assert_eq!((named.len(), overflow.len()), (1_000, 1));
    assert!(named.iter().all(|row| row.count == 1));
    assert_eq!(overflow[0].count, MILLION - 1_000);
    assert_eq!(summary.totals.journeys.errors, MILLION);

    let types = &summary.events;
    let (overflow, named): (Vec<_>, Vec<_>) = types.iter().partition(|(kind, _)| kind == OVERFLOW);
    assert_eq!((named.len(), overflow.len()), (1_000, 1));
    assert!(named.iter().all(|(_, n)| *n == 1));
    assert_eq!(overflow[0].1, MILLION - 1_000);
}
