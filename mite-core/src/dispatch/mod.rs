//! Where the controller's decisions meet a clock, the pools and the runners.

mod transport;

use std::collections::HashSet;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::config::Config;
use crate::control::{Controller, Item, Order, Report};
use crate::error::Error;
use crate::ids::{RunnerId, TestTime};
use crate::panics::{self, CatchPanic};
use crate::plan::PlannedPool;
use crate::pool::any::AnyPool;
use crate::pool::{Checkout, ItemId, PoolKind};
use crate::stats::Finding;

pub use transport::{Disconnected, Hub, InProcess, Request, Transport};

/// What may be asked of a running dispatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Start no more journeys; let those that run finish.
    Drain,
    /// Cancel what still runs.
    Cancel,
    /// A runner's thread has ended before its time.
    Lost(RunnerId),
}

/// Serves the runners of a test until it has ended.
pub struct Dispatch {
    controller: Controller,
    pools: Vec<Pool>,
    config: Config,
    start: Instant,
    hub: Hub,
    pool_events: mpsc::UnboundedReceiver<PoolEvent>,
    lost: HashSet<RunnerId>,
    failures: Vec<Finding>,
}

struct Pool {
    pool: AnyPool,
    bare: bool,
    name: String,
    /// How many items it has given.
    given: u64,
    /// Where a pool of the user's own gets its orders: its answers may take
    /// their time, and must not hold up anything else.
    orders: Option<mpsc::UnboundedSender<u32>>,
    checkins: Option<mpsc::UnboundedSender<ItemId>>,
    checkout_task: Option<JoinHandle<()>>,
    checkin_task: Option<JoinHandle<()>>,
}

/// How long a pool of the user's own may take to get back what was out.
const CLOSING: Duration = Duration::from_secs(2);

enum PoolEvent {
    Items(usize, Vec<Item>),
    Later(usize),
    Exhausted(usize),
    Failed(usize, String),
}

impl Dispatch {
    /// Serves the runners of `hub`; test time is zero at `start`.
    ///
    /// Must be called on a local runtime: each pool of the user's own gets a task.
    pub fn new(
        controller: Controller,
        pools: Vec<PlannedPool>,
        config: Config,
        start: Instant,
        hub: Hub,
    ) -> Self {
        panics::install_hook();
        let (events, pool_events) = mpsc::unbounded_channel();
        let pools = pools
            .into_iter()
            .enumerate()
            .map(|(index, PlannedPool { pool, bare, name })| {
                let mut planned = Pool {
                    pool,
                    bare,
                    name,
                    given: 0,
                    orders: None,
                    checkins: None,
                    checkout_task: None,
                    checkin_task: None,
                };
                if planned.pool.kind() == PoolKind::Custom {
                    planned.attend(index, config.clone(), events.clone());
                }
                planned
            })
            .collect();
        Self {
            controller,
            pools,
            config,
            start,
            hub,
            pool_events,
            lost: HashSet::new(),
            failures: Vec::new(),
        }
    }

    /// Serves until every line has ended and every runner has been told so.
    /// `commands` end it sooner; `watch` sees the state after each change.
    pub async fn run(
        mut self,
        mut commands: mpsc::UnboundedReceiver<Command>,
        mut watch: impl FnMut(&Report, &[Finding]),
    ) -> Report {
        loop {
            self.tick().await;
            let report = self.controller.report();
            watch(&report, &self.failures);
            if self.controller.finished() {
                self.close().await;
                return report;
            }
            if self.hub.is_deserted() {
                self.failures.push(Finding::NoRunnerLeft);
                watch(&report, &self.failures);
                return report;
            }
            // Runners may ask faster than they are answered; whoever shares the
            // thread, such as Ctrl-C, must have its turn.
            tokio::task::yield_now().await;
            let next = self.start + self.controller.next_event();
            tokio::select! {
                biased;
                Some(command) = commands.recv() => self.command(command),
                Some(event) = self.pool_events.recv() => self.pool_event(event),
                request = self.hub.next() => self.answer(request).await,
                () = tokio::time::sleep_until(next) => {}
            }
        }
    }

    /// Lets pools of the user's own have what comes back to them.
    async fn close(&mut self) {
        for pool in &mut self.pools {
            pool.orders = None;
            pool.checkins = None;
            if let Some(task) = pool.checkin_task.take() {
                // One that hangs is left behind.
                let _ = tokio::time::timeout(CLOSING, task).await;
            }
            if let Some(task) = pool.checkout_task.take() {
                task.abort();
            }
        }
    }

    fn now(&self) -> TestTime {
        Instant::now().saturating_duration_since(self.start)
    }

    async fn tick(&mut self) {
        if Instant::now() >= self.start {
            self.controller.tick(self.now());
        }
        self.carry_out().await;
    }

    fn command(&mut self, command: Command) {
        let now = self.now();
        match command {
            Command::Drain => self.controller.stop(now),
            Command::Cancel => self.controller.cancel(now),
            Command::Lost(runner) => {
                if self.lost.insert(runner) {
                    self.controller.lost(now, runner);
                }
            }
        }
    }

    async fn answer(&mut self, Request { progress, reply }: Request) {
        self.tick().await;
        self.controller.progress(self.now(), &progress);
        self.carry_out().await;
        let mut grant = self.controller.grant(self.now(), progress.runner);
        grant.config = self.config.changes_since(progress.config_version);
        // A runner that is gone does not need its answer.
        let _ = reply.send(grant);
    }

    /// Carries out what the controller orders, until it orders nothing more.
    async fn carry_out(&mut self) {
        loop {
            let orders = self.controller.orders();
            if orders.is_empty() {
                return;
            }
            for order in orders {
                match order {
                    Order::Nudge(runner) => self.hub.nudge(runner),
                    Order::Checkout { pool, count } => self.checkout(pool, count).await,
                    Order::Checkin { pool, ids } => self.checkin(pool, ids).await,
                    Order::LineEnded { .. } => {}
                }
            }
        }
    }

    async fn checkout(&mut self, index: usize, count: u32) {
        let pool = &self.pools[index];
        if let Some(orders) = &pool.orders {
            // The task lives as long as the dispatch.
            let _ = orders.send(count);
            return;
        }
        for event in check_out(index, pool.pool.clone(), pool.bare, &self.config, count).await {
            self.pool_event(event);
        }
    }

    async fn checkin(&mut self, index: usize, ids: Vec<ItemId>) {
        for id in ids {
            let pool = &self.pools[index];
            match &pool.checkins {
                Some(checkins) => drop(checkins.send(id)),
                None => {
                    if let Err(error) = check_in(&pool.pool, id).await {
                        self.pool_event(PoolEvent::Failed(index, why(&error)));
                    }
                }
            }
        }
    }

    fn pool_event(&mut self, event: PoolEvent) {
        match event {
            PoolEvent::Items(pool, items) => {
                self.pools[pool].given += items.len() as u64;
                self.controller.stocked(pool, items);
            }
            PoolEvent::Later(pool) => self.controller.pool_later(pool),
            PoolEvent::Exhausted(pool) => self.controller.pool_exhausted(pool),
            PoolEvent::Failed(pool, why) => {
                let Pool { name, given, pool: kind, .. } = &self.pools[pool];
                // What a pool of rows gave before is as good as if it had ended there.
                let given = (kind.kind() == PoolKind::Once).then_some(*given);
                self.failures.push(Finding::PoolFailed { pool: name.clone(), given, why });
                if given.is_none() {
                    self.controller.pool_failed(pool);
                    return;
                }
                self.controller.pool_exhausted(pool);
            }
        }
    }
}

impl Pool {
    /// Starts the tasks of a pool of the user's own: check-outs one after the
    /// other, and check-ins beside them, since a check-out may wait for one.
    fn attend(&mut self, index: usize, config: Config, events: mpsc::UnboundedSender<PoolEvent>) {
        let (orders, mut ordered) = mpsc::unbounded_channel();
        let (checkins, mut returned) = mpsc::unbounded_channel();
        self.orders = Some(orders);
        self.checkins = Some(checkins);
        let (pool, bare, failed) = (self.pool.clone(), self.bare, events.clone());
        self.checkout_task = Some(tokio::task::spawn_local(async move {
            while let Some(count) = ordered.recv().await {
                'order: for _ in 0..count {
                    for event in check_out(index, pool.clone(), bare, &config, 1).await {
                        let over = !matches!(event, PoolEvent::Items(..));
                        if events.send(event).is_err() || over {
                            break 'order;
                        }
                    }
                }
            }
        }));
        let pool = self.pool.clone();
        self.checkin_task = Some(tokio::task::spawn_local(async move {
            while let Some(id) = returned.recv().await {
                if let Err(error) = check_in(&pool, id).await {
                    // The dispatch may have ended.
                    let _ = failed.send(PoolEvent::Failed(index, why(&error)));
                }
            }
        }));
    }
}

/// Checks an item in; a panic of the pool is an error.
async fn check_in(pool: &AnyPool, id: ItemId) -> Result<(), Error> {
    CatchPanic(Box::pin(pool.checkin(id))).await
}

/// Checks out up to `count` items; says why if it is fewer.
async fn check_out(
    index: usize,
    pool: AnyPool,
    bare: bool,
    config: &Config,
    count: u32,
) -> Vec<PoolEvent> {
    let mut items = Vec::new();
    let mut end = None;
    while end.is_none() && items.len() < count as usize {
        let checkout = CatchPanic(Box::pin(pool.checkout(config, bare))).await;
        end = match checkout.and_then(|inner| inner) {
            Ok(Checkout::Item(id, data)) => {
                items.push(Item { id, data });
                None
            }
            Ok(Checkout::Later) => Some(PoolEvent::Later(index)),
            Ok(Checkout::Exhausted) => Some(PoolEvent::Exhausted(index)),
            Err(error) => Some(PoolEvent::Failed(index, why(&error))),
        };
    }
    let mut events = Vec::new();
    if !items.is_empty() {
        events.push(PoolEvent::Items(index, items));
    }
    events.extend(end);
    events
}

fn why(error: &Error) -> String {
    let (text, place) = (error.message(), error.location());
    // An error about a file names it.
    if text.contains(&*place.file) {
        return error.text().to_owned();
    }
    format!("{text} ({place})")
}
