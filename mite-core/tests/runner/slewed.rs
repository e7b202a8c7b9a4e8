//! A runner whose clock turns out to be off: its test time is moved, and never stepped.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use mite_core::control::{ArrivalGrant, Fence, Grant, Items, LineGrant, Phase, Progress, Sealer};
use mite_core::dispatch::{Disconnected, Transport};
use mite_core::error::Result;
use mite_core::journey::{Context, Host, Lanes};
use mite_core::label::Label;
use mite_core::pool::PoolKind;
use mite_core::runner::{Line, Pulse, Runner, RunnerSettings};
use mite_core::volume::{Piece, secs};
use tokio::time::Instant;

use crate::runtime;

thread_local! {
    static STARTS: RefCell<Vec<Instant>> = const { RefCell::new(Vec::new()) };
}

async fn note_start(_ctx: Context) -> Result {
    STARTS.with_borrow_mut(|starts| starts.push(Instant::now()));
    Ok(())
}

/// Ten a second for thirty seconds; from 5 s on it is known that test time began 4 ms later
/// (or earlier).
struct Drifts {
    start: Instant,
    later: bool,
    grants: u64,
}

impl Transport for Drifts {
    async fn request(&mut self, progress: Progress) -> Result<Grant, Disconnected> {
        self.grants += 1;
        let mut sealer = Sealer::even();
        let segments = (0..30).map(|n| {
            let (from, to) = (secs(n), secs(n + 1));
            sealer.seal(n, from, to, vec![Piece::constant(from, to, 10.0)])
        });
        let segments = segments.collect();
        let arrivals = Some(ArrivalGrant { segments, room: None, last: true });
        let over = self.start.elapsed() >= secs(31);
        Ok(Grant {
            number: self.grants,
            answers: progress.number,
            phase: if over { Phase::Bye } else { Phase::Run },
            lines: vec![LineGrant { line: 1, arrivals, ..LineGrant::default() }],
            ..Grant::default()
        })
    }

    async fn nudged(&self) {
        std::future::pending().await
    }

    fn zero(&self) -> Option<Instant> {
        let by = Duration::from_millis(if self.start.elapsed() >= secs(5) { 4 } else { 0 });
        Some(if self.later { self.start + by } else { self.start - by })
    }
}

fn starts(later: bool) -> Vec<f64> {
    runtime(true).block_on(async move {
        STARTS.take();
        // What is earlier than the clock's own beginning cannot be said.
        tokio::time::advance(secs(60)).await;
        let start = Instant::now();
        let mut host = Host::new(1, Label::intern("tests:all"), Lanes::new(None));
        host.virtual_time = true;
        let settings = RunnerSettings {
            fence: Fence::default(),
            start,
            period: secs(1),
            min_delay: Duration::from_millis(1),
            most: None,
            max_lateness: secs(1),
            timeout: None,
        };
        let line = Line {
            id: 1,
            journeys: vec![(entry!(note_start), 1)],
            kind: PoolKind::Unlimited,
            items: Items::Tickets,
            until: None,
        };
        let transport = Drifts { start, later, grants: 0 };
        let runner = Runner::new(Arc::new(host), settings, &[line], Pulse::default(), transport);
        runner.run().await.unwrap();
        STARTS.take().into_iter().map(|at| (at - start).as_secs_f64()).collect()
    })
}

#[test]
fn test_time_is_moved_slowly_and_every_arrival_starts_once() {
    for later in [true, false] {
        let starts = starts(later);
        assert_eq!(starts.len(), 300);
        let off = |k: usize| (starts[k] - (k as f64 + 0.5) / 10.0) * if later { 1e3 } else { -1e3 };
        // Tokio's timers are exact to a millisecond, and never early.
        assert!((0.0..1.1).contains(&off(40).abs()), "{}", off(40));
        assert!((off(290) - 4.0).abs() < 1.1, "{}", off(290));
        // A step would be one of four milliseconds.
        let gaps = starts.windows(2).map(|two| (two[1] - two[0] - 0.1) * 1e3);
        gaps.for_each(|gap| assert!(gap.abs() < 2.1, "{gap}"));
    }
}
