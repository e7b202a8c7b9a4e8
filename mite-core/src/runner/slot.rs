//! A slot runs one journey after another, as long as the level allows.

use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use tokio::time::Instant;

use super::shared::Shared;
use super::started::{Journey, Start};
use crate::control::{Taken, Tenure};
use crate::journey;
use crate::journey::{Context, Host};
use crate::message::Identity;
use crate::pool::NO_ARGUMENTS;
use crate::stats::End;

/// What a journey takes at least on a clock that jumps, real requests included.
const LEAST_VIRTUAL_TIME: Duration = Duration::from_millis(1);

/// Starts a slot of `line`: with the level it runs journey after journey, the first with
/// `taken`. An arrival, with the moment for which it was scheduled, is one journey.
pub(super) fn start(shared: &Rc<Shared>, line: usize, taken: Taken, intended: Option<Instant>) {
    let id = shared.new_slot();
    let flight =
        Flight { shared: shared.clone(), line, taken: Some(taken), begun: Cell::new(None) };
    let held = shared.clone();
    let task = if shared.is_fenced() {
        tokio::task::spawn_local(async move {
            work::<true>(flight, intended).await;
            held.remove_slot(id);
        })
    } else {
        tokio::task::spawn_local(async move {
            work::<false>(flight, intended).await;
            held.remove_slot(id);
        })
    };
    shared.add_slot(id, task.abort_handle());
}

/// Runs the one journey of an arrival, or journeys for as long as the level of a line
/// allows. `FENCED` is known when it is compiled, so that what never expires does not pay
/// for looking whether it has.
async fn work<const FENCED: bool>(mut flight: Flight, intended: Option<Instant>) {
    if intended.is_some() {
        one_journey::<FENCED>(&flight, intended).await;
        return flight.land();
    }
    let (shared, line) = (flight.shared.clone(), flight.line);
    loop {
        let start = Instant::now();
        let waited = one_journey::<FENCED>(&flight, None).await;
        flight.land();
        if shared.host.virtual_time && Instant::now() == start {
            // Without this, virtual time would stand still for ever.
            tokio::time::sleep(LEAST_VIRTUAL_TIME).await;
        } else if !waited {
            // A journey that never waits would starve everything else.
            tokio::task::yield_now().await;
        }
        match shared.take(line) {
            Some(taken) => flight.taken = Some(taken),
            None => return,
        }
    }
}

/// A journey in flight. If it is dropped there, it was cancelled.
struct Flight {
    shared: Rc<Shared>,
    line: usize,
    taken: Option<Taken>,
    /// Once it was counted as started: which of its line, and whether it is of the warm-up.
    begun: Cell<Option<(usize, bool)>>,
}

impl Flight {
    fn item(&self) -> &Taken {
        self.taken.as_ref().expect("an item is taken before each start")
    }

    fn ended(&self, end: End) {
        if let Some((which, warmup)) = self.begun.take() {
            self.shared.ended(self.line, which, end, warmup);
        }
    }

    fn land(&mut self) {
        if let Some(taken) = self.taken.take() {
            self.shared.finish(self.line, taken);
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if self.taken.is_some() {
            self.ended(End::Cancelled);
            self.land();
        }
    }
}

/// Runs one journey, in an open line one that its schedule meant to start at `intended`;
/// whether it ever waited.
async fn one_journey<const FENCED: bool>(flight: &Flight, intended: Option<Instant>) -> bool {
    let Flight { shared, line, .. } = flight;
    let Start { journey, item, data } = shared.next(*line, flight.item());
    let Journey { entry, origin, which, index } = journey;
    let host = &shared.host;
    let identity = Identity::new(origin, shared.next_context_id(), item);
    let ctx = Context::intended_for(host.clone(), identity, intended);
    flight.begun.set(Some((which, ctx.is_of_warmup())));
    if let Some(data) = &data
        && item.is_some()
    {
        ctx.hold_arguments(entry.parameters, data);
    }
    begun(host, &ctx);
    let data = data.as_deref().unwrap_or(NO_ARGUMENTS);
    let inner = pin!(journey::execute(&ctx, entry, data));
    let current = journey::Polled::new(ctx.clone());
    let mut polled = Polled::<_, FENCED> { shared, index, current, inner, waited: false };
    let result = (&mut polled).await;
    let waited = polled.waited;
    flight.ended(End::of(&result));
    waited
}

/// Counts a start, and how late it was.
fn begun(host: &Host, ctx: &Context) {
    let mut counted = host.lanes.counted();
    counted.during(ctx.is_of_warmup()).journey_started(ctx.journey_label());
    if let Some(lag) = ctx.lag() {
        counted.health(host.runner).lagged(lag);
    }
}

/// A journey's future, with the signs that others read while it is polled.
struct Polled<'a, F, const FENCED: bool> {
    shared: &'a Shared,
    /// The journey's place among all.
    index: usize,
    current: journey::Polled,
    inner: F,
    waited: bool,
}

impl<F: Future + Unpin, const FENCED: bool> Future for Polled<'_, F, FENCED> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        journey::wait_while_stopped();
        if FENCED && this.shared.look() == Tenure::Over {
            // Others may have its item by now. It is cancelled when this returns.
            return Poll::Pending;
        }
        this.shared.pulse.enter(this.index);
        this.current.swap();
        let poll = Pin::new(&mut this.inner).poll(cx);
        this.current.swap();
        this.shared.pulse.leave();
        this.waited |= poll.is_pending();
        poll
    }
}
