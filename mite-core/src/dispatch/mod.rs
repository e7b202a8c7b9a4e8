//! Where the controller's decisions meet a clock, the runners, and the code of the
//! test's own: data pools and volume models, each on threads of its own.

mod attendant;
mod in_process;
mod limits;
mod models;
mod notice;
mod outbox;
mod pools;
mod store;
mod transport;
mod workers;
mod writes;

use std::collections::VecDeque;
use std::rc::Rc;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::clock;
use crate::config::Config;
use crate::control::{
    self, Controller, Demand, Ended, Fence, Line, Order, Report, Saved, Settings, StoreMark,
};
use crate::error::Result;
use crate::ids::{RunnerId, TestTime};
use crate::panics;
use crate::plan::{self, Plan};
use crate::stats::{Finding, Unanswered};

pub use in_process::{Hub, InProcess};
use limits::{CLOSING, FIRST_ANSWERS, OVERDUE};
use models::Models;
pub use notice::Notice;
use outbox::{End, Gathered};
use pools::Pools;
pub use store::{NoStore, Store};
pub use transport::{ControllerEnd, Disconnected, Transport};
use workers::Workers;
use writes::Writes;

/// What may be asked of a running dispatch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Command {
    /// Start no more journeys; let those that run finish.
    Drain,
    /// Cancel what still runs.
    Cancel,
    /// A runner's thread has ended before its time.
    Lost(RunnerId),
    /// A runner has joined, in this incarnation of it. It must be told before its first
    /// report comes: a report of somebody unknown is answered with the end.
    Joined {
        /// Which.
        runner: RunnerId,
        /// One more after each restart of it.
        incarnation: u64,
    },
    /// A runner has said goodbye, and runs nothing any more.
    Left(RunnerId),
    /// Start nothing until [`Resume`](Self::Resume); see [`Controller::pause`].
    Pause,
    /// Go on; see [`Controller::resume`].
    Resume,
    /// Multiply the load that the scenario asks for; see [`Controller::scale`].
    Scale(f64),
}

/// Serves the runners of a test until it has ended.
pub struct Dispatch<E, S = NoStore> {
    controller: Controller,
    pools: Pools,
    models: Models,
    start: Instant,
    end: E,
    writes: Writes<S>,
    commands: mpsc::UnboundedReceiver<Command>,
    notices: VecDeque<Notice>,
    findings: Vec<Finding>,
    /// Until when runners wait for the first answers of volume models.
    waits_until: Instant,
    cancelled: bool,
    deserted: bool,
    /// Whether another controller leads, or nothing can be kept: nothing leaves any more.
    is_deposed: bool,
}

enum Event {
    Command(Command),
    Pool(usize),
    Volume(crate::ids::LineId, control::Answer),
    Progress(crate::control::Progress),
    Saved(std::result::Result<u64, String>),
    Tick,
    /// Look at who has not answered.
    Look,
}

impl<E: ControllerEnd> Dispatch<E> {
    /// Serves runners 1 to `runners`, who are at the other end of `end`, and those that
    /// [join](Command::Joined) later: there may be none at the start, as long as `end` says
    /// that some may come. Test time is zero at `start`. `commands` change or end the test.
    ///
    /// Must be called on a local runtime.
    ///
    /// # Errors
    /// If the thread of a pool cannot be started.
    pub fn new(
        plan: Plan,
        settings: Settings,
        config: Config,
        runners: u32,
        start: Instant,
        end: E,
        commands: mpsc::UnboundedReceiver<Command>,
    ) -> Result<Self> {
        panics::install_hook();
        let virtual_time = clock::is_paused();
        let pools = plan.pools.iter().map(|plan::Pool { pool, .. }| control::Pool {
            kind: pool.kind(),
            spares: pool.spares(),
        });
        let pools = pools.collect();
        let workers = Rc::new(Workers::default());
        let mut models = Models::new(workers.clone(), virtual_time);
        let mut lines = Vec::with_capacity(plan.lines.len());
        for line in plan.lines {
            let name = line.name();
            let plan::Line { id, pool, volume, .. } = line;
            let (demand, model) = Demand::of(volume);
            if let Some(model) = model {
                models.add(id, name, model);
            }
            lines.push(Line { id, demand, pool });
        }
        let mut controller = Controller::new(settings, lines, pools).with_config(config.clone());
        for runner in 1..=runners {
            controller.hello(TestTime::ZERO, runner);
        }
        Ok(Self {
            controller,
            pools: Pools::start(plan.pools, &config, workers, virtual_time)?,
            models,
            start,
            end,
            writes: Writes::new(NoStore),
            commands,
            notices: VecDeque::new(),
            findings: Vec::new(),
            waits_until: Instant::now() + FIRST_ANSWERS,
            cancelled: false,
            deserted: false,
            is_deposed: false,
        })
    }

    /// The same, of this run and epoch, which keeps in `store` what it must know again after
    /// a restart. If `saved` is what an earlier controller kept there, it takes up where that
    /// one was: see [`Controller::restored`]. Each controller before it has ended at one of
    /// `ends`.
    pub fn kept<S: Store>(
        self,
        fence: Fence,
        store: S,
        (saved, ends): (&[Saved], &[StoreMark]),
    ) -> Dispatch<E, S> {
        let now = self.now();
        let controller = self.controller.fenced(fence);
        let controller = match saved {
            [] => controller.durable(),
            _ => controller.restored(now, saved),
        };
        let controller = controller.following(ends);
        Dispatch {
            controller,
            pools: self.pools,
            models: self.models,
            start: self.start,
            end: self.end,
            writes: Writes::new(store),
            commands: self.commands,
            notices: self.notices,
            findings: self.findings,
            waits_until: self.waits_until,
            cancelled: self.cancelled,
            deserted: self.deserted,
            is_deposed: self.is_deposed,
        }
    }
}

impl<E: ControllerEnd, S: Store> Dispatch<E, S> {
    /// Serves until something is worth telling; nothing once every line has ended and
    /// every runner has been told so. If the future is dropped, nothing is lost.
    pub async fn next(&mut self) -> Option<Notice> {
        loop {
            self.carry_out();
            let begun = self.writes.go_on(&mut self.controller, &mut self.end);
            self.look_whether_deposed(begun);
            if let Some(why) = self.writes.deposed() {
                self.look_whether_deposed(Err(why));
            }
            if let Some(notice) = self.notices.pop_front() {
                return Some(notice);
            }
            if self.is_deposed || (self.controller.finished() && !self.writes.is_under_way()) {
                return None;
            }
            if !self.end.has_runners() {
                if !std::mem::replace(&mut self.deserted, true) {
                    self.findings.push(Finding::NoRunnerLeft);
                }
                return None;
            }
            let event = self.event().await;
            self.happen(event);
            // Runners may ask faster than they are answered; whoever shares the
            // thread, such as Ctrl-C, must have its turn.
            tokio::task::yield_now().await;
        }
    }

    async fn event(&mut self) -> Event {
        let now = Instant::now();
        let next = self.start + self.controller.next_event();
        let look = self.pools.look().into_iter().chain(self.models.patience()).min();
        let unanswered = self.models.is_asked() && now < self.waits_until;
        tokio::select! {
            biased;
            Some(command) = self.commands.recv() => Event::Command(command),
            pool = self.pools.next() => Event::Pool(pool),
            (line, answer) = self.models.next() => Event::Volume(line, answer),
            saved = self.writes.ended(), if self.writes.is_under_way() => Event::Saved(saved),
            progress = self.end.next(), if !unanswered => Event::Progress(progress),
            () = tokio::time::sleep_until(next.max(self.start)) => Event::Tick,
            () = tokio::time::sleep_until(self.waits_until), if unanswered => Event::Look,
            () = tokio::time::sleep(look.unwrap_or_default()), if look.is_some() => Event::Look,
        }
    }

    fn happen(&mut self, event: Event) {
        let now = self.now();
        match event {
            Event::Command(command) => self.command(now, command),
            Event::Pool(pool) => {
                self.take(pool);
                while let Some(pool) = self.pools.try_next() {
                    self.take(pool);
                }
            }
            Event::Volume(line, answer) => self.controller.volume(now, line, answer),
            Event::Progress(progress) => {
                if let Some(grant) = self.controller.answer(now, &progress) {
                    self.writes.send(progress.runner, grant, &mut self.end);
                }
                if let Some(outdated) = self.controller.outdated() {
                    self.look_whether_deposed(Err(outdated.to_string()));
                }
            }
            Event::Saved(saved) => {
                let left = saved.and_then(|at| self.writes.written(at, &mut self.end));
                self.look_whether_deposed(left);
            }
            Event::Tick => self.controller.tick(now),
            Event::Look => self.look(),
        }
    }

    /// Grants nothing more if what they follow from cannot be kept.
    fn look_whether_deposed(&mut self, outcome: std::result::Result<(), String>) {
        if let Err(why) = outcome
            && !std::mem::replace(&mut self.is_deposed, true)
        {
            self.findings.push(Finding::Deposed { why });
        }
    }

    fn command(&mut self, now: TestTime, command: Command) {
        let turned = match command {
            Command::Drain => {
                self.controller.stop(now);
                false
            }
            Command::Cancel => {
                self.cancelled = true;
                self.controller.cancel(now);
                false
            }
            Command::Lost(runner) => {
                self.controller.lost(now, runner);
                false
            }
            Command::Joined { runner, incarnation } => {
                self.controller.hello_again(now, runner, incarnation);
                self.notices.push_back(Notice::Joined(runner));
                false
            }
            Command::Left(runner) => {
                // It may say so more than once.
                if self.controller.left(now, runner) {
                    self.notices.push_back(Notice::Left(runner));
                }
                false
            }
            Command::Pause => self.controller.pause(now),
            Command::Resume => self.controller.resume(now),
            Command::Scale(factor) => self.controller.scale(now, factor),
        };
        if turned {
            self.notices.push_back(Notice::Throttled(self.controller.throttle()));
        }
    }

    /// Takes what pools have given, and names who has not answered for too long.
    fn look(&mut self) {
        for pool in self.pools.busy() {
            self.take(pool);
        }
        let (mut overdue, given_up) = self.models.overdue();
        overdue.extend(self.pools.overdue());
        for culprit in overdue {
            let found = Finding::Unanswered(Unanswered::Overdue { culprit, after: OVERDUE });
            self.findings.push(found.clone());
            self.notices.push_back(Notice::Overdue(found));
        }
        for (line, why) in given_up {
            self.controller.volume(self.now(), line, Err(why));
        }
    }

    /// How things stand.
    pub fn report(&self) -> Report {
        self.controller.report()
    }

    /// Whether no journey is in flight, as far as runners have reported.
    pub fn is_idle(&self) -> bool {
        self.controller.is_idle()
    }

    /// Whether no line starts anything more.
    pub fn lines_have_ended(&self) -> bool {
        self.controller.lines_have_ended()
    }

    /// What was found so far.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Lets pools have what comes back to them, but waits for none that does not
    /// answer. What was found in the whole run.
    pub async fn close(mut self) -> Vec<Finding> {
        let until = Instant::now() + CLOSING;
        while self.pools.is_returning() && !self.cancelled && Instant::now() < until {
            tokio::select! {
                biased;
                Some(command) = self.commands.recv() => self.cancelled |= command == Command::Cancel,
                pool = self.pools.next() => self.take(pool),
                () = tokio::time::sleep_until(until) => {}
            }
        }
        for pool in self.pools.busy() {
            self.take(pool);
        }
        self.findings.extend(self.models.silent());
        self.findings.extend(self.pools.close());
        self.findings
    }

    fn now(&self) -> TestTime {
        Instant::now().saturating_duration_since(self.start)
    }

    /// Carries out what the controller orders, until it orders nothing more.
    fn carry_out(&mut self) {
        loop {
            let orders = self.controller.orders();
            if orders.is_empty() {
                return;
            }
            for order in orders {
                match order {
                    Order::Nudge(runner) => self.end.nudge(runner),
                    Order::Checkout { pool, count } => self.pools.check_out(pool, count),
                    Order::Checkin { pool, ids } => self.pools.check_in(pool, ids),
                    Order::AskVolume { line, start, end } => {
                        if let Err(why) = self.models.ask(line, start, end) {
                            self.controller.volume(self.now(), line, Err(why));
                        }
                    }
                    Order::RunnerLost(lost) => self.notices.push_back(Notice::Lost(lost)),
                    Order::LineStarted { id } => {
                        self.notices.push_back(Notice::LineStarted(id));
                    }
                    Order::LineStopped { id, why } => {
                        if why == Ended::PoolLost {
                            self.findings.push(self.pools.lost(self.controller.pool_of(id), &why));
                        }
                        self.notices.push_back(Notice::LineStopped(id, why));
                    }
                    Order::LineEnded { id, why } => {
                        self.notices.push_back(Notice::LineEnded(id, why));
                    }
                }
            }
        }
    }

    /// Hands on what a pool has given.
    fn take(&mut self, pool: usize) {
        let Gathered { items, end, returned, failure, .. } = self.pools.take(pool);
        if returned > 0 {
            self.controller.checked_in(pool);
        }
        if !items.is_empty() {
            self.controller.stocked(pool, items);
        }
        match end {
            None => {}
            Some(End::Later) => self.controller.pool_later(pool),
            Some(End::Exhausted) => self.controller.pool_exhausted(pool),
            Some(End::Failed(why)) => self.fail(pool, why),
        }
        if let Some(why) = failure {
            self.fail(pool, why);
        }
    }

    fn fail(&mut self, pool: usize, why: String) {
        let (finding, keeps) = self.pools.failure(pool, why);
        self.findings.push(finding);
        match keeps {
            true => self.controller.pool_exhausted(pool),
            false => self.controller.pool_failed(pool),
        }
    }
}
