//! The data pools of a run, off the control thread: what they do is code of the test's
//! own, and must not hold up anything else.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::attendant::{Attendant, Inbox, Work};
use super::limits::{OVERDUE, SILENT};
use super::outbox::{Gathered, Outbox};
use super::workers::Workers;
use crate::config::Config;
use crate::control::Ended;
use crate::error::Result;
use crate::plan;
use crate::pool::{ItemId, PoolKind};
use crate::stats::{Culprit, Finding, Unanswered};

/// The pools of a run.
pub(super) struct Pools {
    pools: Vec<Pool>,
    workers: Rc<Workers>,
    signals: mpsc::UnboundedReceiver<usize>,
    _signal: mpsc::UnboundedSender<usize>,
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
    checkouts: Arc<Inbox>,
    checkins: Arc<Inbox>,
    tasks: Vec<JoinHandle<()>>,
    told: [bool; 2],
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
        workers: Rc<Workers>,
        virtual_time: bool,
    ) -> Result<Self> {
        let (signal, signals) = mpsc::unbounded_channel();
        let mut pools = Vec::with_capacity(planned.len());
        for (index, planned) in planned.into_iter().enumerate() {
            let outbox = Outbox::new(index, signal.clone());
            pools.push(Pool::start(planned, config, outbox, virtual_time)?);
        }
        Ok(Self { pools, workers, signals, _signal: signal })
    }

    pub(super) fn check_out(&mut self, pool: usize, count: u32) {
        let pool = &mut self.pools[pool];
        pool.ordered = count;
        if let Err(error) = pool.checkouts.put(Work::Checkout(count), &self.workers) {
            pool.outbox.fail(&error);
        }
    }

    pub(super) fn check_in(&mut self, pool: usize, ids: Vec<ItemId>) {
        let pool = &mut self.pools[pool];
        pool.returning += ids.len() as u64;
        if let Err(error) = pool.checkins.put(Work::Checkin(ids), &self.workers) {
            pool.outbox.fail(&error);
        }
    }

    /// The next pool that has something. If the future is dropped, nothing is lost.
    pub(super) async fn next(&mut self) -> usize {
        self.signals.recv().await.expect("a sender is kept here")
    }

    /// One more that has something already.
    pub(super) fn try_next(&mut self) -> Option<usize> {
        self.signals.try_recv().ok()
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

    /// That a pool cannot be put back to where it was before a restart.
    pub(super) fn lost(&self, pool: usize, why: &Ended) -> Finding {
        let pool = self.pools[pool].name.clone();
        Finding::PoolFailed { pool, given: None, why: why.to_string() }
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
            let silent = pool.outbox.checkout.lasts().is_some_and(|time| time >= SILENT);
            if silent && pool.given == 0 && !pool.told[0] {
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
        let attendant = || Attendant::new(&pool, bare, config, &outbox);
        let mut tasks = Vec::new();
        let (checkouts, checkins) = match kind {
            _ if virtual_time => {
                let mut task = || {
                    let (inbox, task) = attendant().task();
                    tasks.push(task);
                    Arc::new(inbox)
                };
                let checkouts = task();
                let own = kind == PoolKind::Custom;
                let checkins = if own { task() } else { checkouts.clone() };
                (checkouts, checkins)
            }
            // A check-out of the test's own may wait for a check-in.
            PoolKind::Custom => {
                let (checkouts, checkins) = (attendant(), attendant());
                (Arc::new(checkouts.thread("check-out")?), Arc::new(checkins.thread("check-in")?))
            }
            _ => {
                let inbox = Arc::new(attendant().shared());
                (inbox.clone(), inbox)
            }
        };
        let (ordered, returning, told) = (0, 0, [false; 2]);
        Ok(Self {
            name,
            kind,
            given: 0,
            ordered,
            returning,
            outbox,
            checkouts,
            checkins,
            tasks,
            told,
        })
    }
}
