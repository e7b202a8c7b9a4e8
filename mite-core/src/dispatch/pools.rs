//! The data pools of a run, each on threads of its own: what they do is code of the
//! test's own, and must not hold up anything else.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::task::JoinHandle;

use super::limits::OVERDUE;
use super::outbox::{End, Gathered, Outbox};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::panics::CatchPanic;
use crate::plan;
use crate::pool::any::AnyPool;
use crate::pool::{Checkout, ItemId, PoolKind};
use crate::stats::{Culprit, Finding, Unanswered};

/// The pools of a run.
pub(super) struct Pools {
    pools: Vec<Pool>,
    signals: UnboundedReceiver<usize>,
    _signal: UnboundedSender<usize>,
}

/// One of them.
struct Pool {
    name: String,
    kind: PoolKind,
    /// How many items it has given.
    given: u64,
    /// Items that it was asked for, and those on their way back to it.
    ordered: u32,
    returning: u64,
    outbox: Arc<Outbox>,
    checkouts: UnboundedSender<Work>,
    checkins: UnboundedSender<Work>,
    tasks: Vec<JoinHandle<()>>,
    told: [bool; 2],
}

enum Work {
    Checkout(u32),
    Checkin(Vec<ItemId>),
}

/// How often pools that are at work are looked at: one that blocks its thread cannot
/// say what it gave before.
const LOOK: Duration = Duration::from_millis(5);

impl Pools {
    /// Gives each pool its threads; on a clock that jumps, tasks of this one, since
    /// their time is that of the test.
    ///
    /// # Errors
    /// If a thread cannot be started.
    pub(super) fn start(
        planned: Vec<plan::Pool>,
        config: &Config,
        virtual_time: bool,
    ) -> Result<Self> {
        let (signal, signals) = mpsc::unbounded_channel();
        let mut pools = Vec::with_capacity(planned.len());
        for (index, planned) in planned.into_iter().enumerate() {
            let outbox = Outbox::new(index, signal.clone());
            pools.push(Pool::start(planned, config, outbox, virtual_time)?);
        }
        Ok(Self { pools, signals, _signal: signal })
    }

    pub(super) fn check_out(&mut self, pool: usize, count: u32) {
        let pool = &mut self.pools[pool];
        pool.ordered = count;
        // Its thread lives as long as the dispatch.
        let _ = pool.checkouts.send(Work::Checkout(count));
    }

    pub(super) fn check_in(&mut self, pool: usize, ids: Vec<ItemId>) {
        let pool = &mut self.pools[pool];
        pool.returning += ids.len() as u64;
        let _ = pool.checkins.send(Work::Checkin(ids));
    }

    /// The next pool that has something. If the future is dropped, nothing is lost.
    pub(super) async fn next(&mut self) -> usize {
        self.signals.recv().await.expect("a sender is kept here")
    }

    /// What a pool has.
    pub(super) fn take(&mut self, pool: usize) -> Gathered {
        let pool = &mut self.pools[pool];
        let gathered = pool.outbox.take();
        pool.given += gathered.items.len() as u64;
        pool.returning = pool.returning.saturating_sub(gathered.returned);
        pool.ordered = match gathered.end {
            Some(_) => 0,
            None => pool.ordered.saturating_sub(gathered.items.len() as u32),
        };
        gathered
    }

    /// The pools that are at work.
    pub(super) fn busy(&self) -> Vec<usize> {
        let busy = |pool: &Pool| pool.ordered > 0 || pool.returning > 0;
        let pools = self.pools.iter().enumerate();
        pools.filter(|(_, pool)| busy(pool)).map(|(index, _)| index).collect()
    }

    /// When to look at them, if any is.
    pub(super) fn look(&self) -> Option<Duration> {
        let busy = self.pools.iter().any(|pool| pool.ordered > 0 || pool.returning > 0);
        busy.then_some(LOOK)
    }

    /// Whether items are on their way back to pools whose check-in answers.
    pub(super) fn is_returning(&self) -> bool {
        self.pools.iter().any(|pool| pool.returning > 0 && !pool.told[1])
    }

    /// What has not answered for too long, each once.
    pub(super) fn overdue(&mut self) -> Vec<Culprit> {
        let mut culprits = Vec::new();
        for pool in &mut self.pools {
            let culprits_of: [fn(String) -> Culprit; 2] =
                [|pool| Culprit::Checkout { pool }, |pool| Culprit::Checkin { pool }];
            let calls = pool.outbox.calls().into_iter().zip(culprits_of);
            for ((call, culprit), told) in calls.zip(&mut pool.told) {
                let silent = call.lasts().is_some_and(|time| time >= OVERDUE);
                if silent && !*told {
                    culprits.push(culprit(pool.name.clone()));
                }
                *told = silent;
            }
        }
        culprits
    }

    /// What a failure of a pool is, and whether what it gave before is used to the end.
    pub(super) fn failure(&self, pool: usize, why: String) -> (Finding, bool) {
        let Pool { name, kind, given, .. } = &self.pools[pool];
        // What a pool of rows gave before is as good as if it had ended there.
        let given = (*kind == PoolKind::Once).then_some(*given);
        (Finding::PoolFailed { pool: name.clone(), given, why }, given.is_some())
    }

    /// Lets go of the pools: what is still asked of them is not waited for. Says what
    /// they owe.
    pub(super) fn close(self) -> Vec<Finding> {
        let mut owed = Vec::new();
        for pool in self.pools {
            let name = || pool.name.clone();
            if let items @ 1.. = pool.returning {
                owed.push(Unanswered::NotCheckedIn { pool: name(), items });
            }
            if pool.ordered > 0 && pool.given == 0 && !pool.told[0] {
                owed.push(Unanswered::Never { culprit: Culprit::Checkout { pool: name() } });
            }
            pool.tasks.iter().for_each(JoinHandle::abort);
        }
        owed.into_iter().map(Finding::Unanswered).collect()
    }
}

impl Pool {
    fn start(
        planned: plan::Pool,
        config: &Config,
        outbox: Arc<Outbox>,
        virtual_time: bool,
    ) -> Result<Self> {
        let plan::Pool { pool, bare, name } = planned;
        let kind = pool.kind();
        let (checkouts, ordered) = mpsc::unbounded_channel();
        let mut started = Self {
            name,
            kind,
            given: 0,
            ordered: 0,
            returning: 0,
            outbox: outbox.clone(),
            checkins: checkouts.clone(),
            checkouts,
            tasks: Vec::new(),
            told: [false; 2],
        };
        if kind == PoolKind::Unlimited {
            return Ok(started);
        }
        // A check-out of the test's own may wait for a check-in.
        if kind == PoolKind::Custom {
            let (checkins, returned) = mpsc::unbounded_channel();
            started.checkins = checkins;
            let attendant = Attendant::new(&pool, bare, config, &outbox);
            started.tasks.extend(attendant.start(returned, "check-in", virtual_time)?);
        }
        let attendant = Attendant::new(&pool, bare, config, &outbox);
        started.tasks.extend(attendant.start(ordered, "check-out", virtual_time)?);
        Ok(started)
    }
}

/// Who asks a pool, one thing after the other.
struct Attendant {
    pool: AnyPool,
    bare: bool,
    config: Config,
    outbox: Arc<Outbox>,
}

impl Attendant {
    fn new(pool: &AnyPool, bare: bool, config: &Config, outbox: &Arc<Outbox>) -> Self {
        let (pool, config, outbox) = (pool.clone(), config.clone(), outbox.clone());
        Self { pool, bare, config, outbox }
    }

    /// Starts to work, on a thread or as a task of this one.
    fn start(
        self,
        work: UnboundedReceiver<Work>,
        name: &str,
        virtual_time: bool,
    ) -> Result<Option<JoinHandle<()>>> {
        if virtual_time {
            return Ok(Some(tokio::task::spawn_local(self.run(work))));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            runtime.block_on(self.run(work));
            // What the pool started there may never end.
            runtime.shutdown_background();
        })?;
        Ok(None)
    }

    async fn run(self, mut work: UnboundedReceiver<Work>) {
        while let Some(next) = work.recv().await {
            match next {
                Work::Checkout(count) => self.check_out(count).await,
                Work::Checkin(ids) => self.check_in(ids).await,
            }
            self.outbox.flush();
        }
    }

    async fn check_out(&self, count: u32) {
        for _ in 0..count {
            let answer = CatchPanic(Box::pin(self.pool.checkout(&self.config, self.bare)));
            let answer = self.outbox.flushing(&self.outbox.checkout, answer).await;
            let end = match answer.and_then(|inner| inner) {
                Ok(Checkout::Item(id, data)) => {
                    self.outbox
                        .put(|gathered| gathered.items.push(crate::control::Item { id, data }));
                    continue;
                }
                Ok(Checkout::Later) => End::Later,
                Ok(Checkout::Exhausted) => End::Exhausted,
                Err(error) => End::Failed(why(&error)),
            };
            return self.outbox.put(|gathered| gathered.end = Some(end));
        }
    }

    async fn check_in(&self, ids: Vec<ItemId>) {
        for id in ids {
            let answer = CatchPanic(Box::pin(self.pool.checkin(id)));
            let answer = self.outbox.flushing(&self.outbox.checkin, answer).await;
            self.outbox.put(|gathered| {
                gathered.returned += 1;
                if let Err(error) = answer {
                    gathered.failure.get_or_insert_with(|| why(&error));
                }
            });
        }
    }
}

fn why(error: &Error) -> String {
    let (text, place) = (error.message(), error.location());
    // An error about a file names it.
    if text.contains(&*place.file) {
        return error.text().to_owned();
    }
    format!("{text} ({place})")
}
