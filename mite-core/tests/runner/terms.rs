//! A runner whose Grants expire: it stops by itself when nobody renews them.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use mite_core::control::{Fence, Grant, Item, Items, Level, LineGrant, Phase, Progress};
use mite_core::dispatch::{Disconnected, Transport};
use mite_core::error::Result;
use mite_core::journey::{Context, Host, Lanes};
use mite_core::label::Label;
use mite_core::pool::PoolKind;
use mite_core::runner::{Line, Pulse, Runner, RunnerSettings};
use tokio::time::Instant;

use crate::runtime;

thread_local! {
    static BEGAN: RefCell<Option<Instant>> = const { RefCell::new(None) };
    static SEEN: RefCell<Vec<(What, u64)>> = const { RefCell::new(Vec::new()) };
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    Start,
    ToldToStop,
    Cancelled,
}

/// Notes that something happens, in tenths of a second.
fn note(what: What) {
    let began = BEGAN.with_borrow(|began| began.expect("the run has begun"));
    SEEN.with_borrow_mut(|seen| seen.push((what, began.elapsed().as_millis() as u64 / 100)));
}

fn when(what: What) -> Vec<u64> {
    SEEN.with_borrow(|seen| seen.iter().filter(|(w, _)| *w == what).map(|(_, at)| *at).collect())
}

/// 0.4 s of work.
async fn short(ctx: Context) -> Result {
    note(What::Start);
    ctx.sleep(Duration::from_millis(400)).await;
    Ok(())
}

/// Goes on when it is told to stop, and looks every tenth of a second whether it is.
async fn stubborn(ctx: Context) -> Result {
    struct Down;
    impl Drop for Down {
        fn drop(&mut self) {
            note(What::Cancelled);
        }
    }
    let _down = Down;
    let mut told = false;
    loop {
        if ctx.should_stop() && !told {
            note(What::ToldToStop);
            told = true;
        }
        ctx.sleep(Duration::from_millis(100)).await;
    }
}

/// A controller that answers at once, and not at all from 3.2 s to 12 s.
struct Absent {
    start: Instant,
    grants: u64,
    reports: Rc<RefCell<Vec<Progress>>>,
}

impl Transport for Absent {
    async fn request(&mut self, progress: Progress) -> Result<Grant, Disconnected> {
        let at = self.start.elapsed().as_millis();
        self.reports.borrow_mut().push(progress.clone());
        if (3200..12_000).contains(&at) {
            std::future::pending::<()>().await;
        }
        self.grants += 1;
        let line = |line, level, items| LineGrant {
            line,
            level: Level::fixed(level),
            items,
            keep: 1000,
            ..LineGrant::default()
        };
        let first = self.grants == 1 || at >= 12_000 && progress.lines[0].spare == 0;
        let from = self.grants * 1000;
        let items = if first { 100 } else { 0 };
        let items = (from..from + items).map(|id| Item { id, data: vec![0x90].into() });
        let phase = match at {
            ..14_000 => Phase::Run,
            14_000..15_000 => Phase::Cancel,
            _ => Phase::Bye,
        };
        let lines = vec![line(1, 2, items.collect()), line(2, 1, vec![])];
        let (number, answers) = (self.grants, progress.number);
        Ok(Grant { number, answers, phase, lines, ..Grant::default() })
    }

    async fn nudged(&self) {
        std::future::pending().await
    }
}

fn play(timeout: Option<Duration>) -> Vec<Progress> {
    runtime(true).block_on(async move {
        let start = Instant::now();
        BEGAN.set(Some(start));
        SEEN.take();
        let mut host = Host::new(1, Label::intern("tests:all"), Lanes::new(None));
        host.virtual_time = true;
        let period = Duration::from_millis(500);
        let settings = RunnerSettings {
            fence: Fence::default(),
            start,
            period,
            min_delay: Duration::from_millis(1),
            most: None,
            max_lateness: period,
            timeout,
        };
        let line = |id, journey, kind| Line {
            id,
            journeys: vec![(journey, 1)],
            kind,
            items: Items::Tickets,
            until: None,
        };
        let lines = [
            line(1, entry!(short), PoolKind::Once),
            line(2, entry!(stubborn), PoolKind::Unlimited),
        ];
        let reports = Rc::<RefCell<Vec<Progress>>>::default();
        let transport = Absent { start, grants: 0, reports: reports.clone() };
        let runner = Runner::new(Arc::new(host), settings, &lines, Pulse::default(), transport);
        runner.run().await.unwrap();
        reports.take()
    })
}

#[test]
fn it_starts_nothing_from_half_its_term_on_and_runs_nothing_when_that_is_over() {
    let reports = play(Some(Duration::from_secs(4)));
    // The last report that was answered was sent at 3 s.
    let starts = when(What::Start);
    assert_eq!(starts.iter().filter(|at| **at < 50).count(), 26, "two every 0.4 s: {starts:?}");
    assert_eq!(starts.iter().find(|at| **at >= 50), Some(&120), "{starts:?}");
    assert_eq!(when(What::ToldToStop)[0], 50);
    assert_eq!(when(What::Cancelled)[0], 70);
    // What it had in stock it says it has not used, again and again, with a new number.
    let silent: Vec<_> = reports.iter().filter(|r| r.lines[0].unused.len() == 74).collect();
    assert!(silent.len() >= 8, "{}", silent.len());
    assert!(silent.is_sorted_by_key(|report| report.number));
    assert_eq!((silent[0].lines[0].running, silent[0].lines[1].running), (0, 0));
}

#[test]
fn within_its_term_it_goes_on() {
    let reports = play(Some(Duration::from_secs(60)));
    assert!(when(What::Start).iter().any(|at| (80..120).contains(at)));
    assert_eq!(when(What::Cancelled), [140]);
    let mut busy = reports.iter().filter(|report| report.lines[0].running > 0);
    assert!(busy.clone().count() > 20);
    assert!(busy.all(|report| report.lines[0].unused.is_empty()));
}
