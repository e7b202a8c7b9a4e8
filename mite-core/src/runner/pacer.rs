//! Starts arrivals when they are due. It runs beside the loop that asks the controller, and
//! waits for nobody.

use std::rc::Rc;

use tokio::task::JoinHandle;

use super::shared::Shared;
use super::slot;
use super::timer::Timer;
use crate::control::{Arrived, Fate};

/// So many arrivals are decided before journeys that run have their turn.
const BATCH: usize = 64;

/// So many batches at the end; a schedule that is further behind is late.
const LAST_BATCHES: usize = 16;

/// The task that starts arrivals; it ends when this is dropped.
pub(super) struct Pacer(JoinHandle<()>);

impl Pacer {
    pub(super) fn start(shared: &Rc<Shared>) -> Self {
        Self(tokio::task::spawn_local(pace(shared.clone())))
    }
}

impl Drop for Pacer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn pace(shared: Rc<Shared>) {
    let timer = Timer::new(shared.host.virtual_time);
    loop {
        match shared.next_arrival() {
            None => shared.scheduled.notified().await,
            Some(at) => tokio::select! {
                biased;
                () = timer.until(at) => {
                    start_due(&shared);
                    // If there is more, it is due: not before the others had their turn.
                    tokio::task::yield_now().await;
                }
                // What comes next may have changed.
                () = shared.scheduled.notified() => {}
            },
        }
    }
}

/// Decides on what fell due before the run's end was told of, so that the schedule is whole
/// up to there.
pub(super) fn start_last(shared: &Rc<Shared>) {
    for _ in 0..LAST_BATCHES {
        if !start_due(shared) {
            return;
        }
    }
}

/// Decides on what is due, up to a batch of it; whether there may be more.
fn start_due(shared: &Rc<Shared>) -> bool {
    for _ in 0..BATCH {
        match shared.arrive() {
            None => return false,
            Some(Arrived { line, at, fate: Fate::Starts(taken), .. }) => {
                slot::start(shared, line, taken, Some(shared.moment(at)));
            }
            // It is counted where it was decided.
            Some(_) => {}
        }
    }
    true
}
