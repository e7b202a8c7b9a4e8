//! What may go wrong where a network lies between.

use std::time::Duration;

use super::runner::Runner;
use super::world::{Event, World};
use crate::control::{Fence, HeldLine, Phase, Tenure};
use crate::ids::{RunnerId, TestTime};

/// Something that goes wrong.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// A process is killed; another one of its name may come.
    Kill(RunnerId, Option<Duration>),
    /// It is stopped for so long.
    Pause(RunnerId, Duration),
    /// Nothing from it, or to it, arrives for so long.
    Cut {
        process: RunnerId,
        out: bool,
        length: Duration,
    },
    /// Its clock stands still meanwhile, as that of a guest that is suspended.
    Freeze(RunnerId, Duration),
    /// Its clock jumps, forwards or backwards.
    Jump(RunnerId, Duration, bool),
    /// It leaves in good order.
    Leave(RunnerId),
    /// The controller is killed, and another one started.
    Crash,
    Restart,
    /// The controller is killed, and what was written last is lost.
    GoBack,
    /// Another controller takes over while the first one goes on, whose lease is over.
    TakeOver,
    /// No write succeeds for so long.
    FullDisk(Duration),
    /// The controller is stopped for so long.
    Stall(Duration),
    /// No pool answers for so long.
    Hang(Duration),
}

impl World {
    pub(super) fn fault(&mut self, fault: Fault) {
        let now = self.now;
        match fault {
            Fault::Kill(process, again) => {
                let Some(id) = self.runners.get(&process).map(|runner| runner.id) else { return };
                self.end_process(process);
                if let Some(fleet) = &mut self.fleet {
                    fleet.killed.insert(id);
                }
                if let Some(after) = again {
                    self.come_again(now + after, id);
                }
            }
            Fault::Pause(process, length) => {
                if let Some(runner) = self.runners.get_mut(&process) {
                    runner.paused_until = now + length;
                }
            }
            Fault::Freeze(process, length) => {
                if let Some(runner) = self.clock_of(process) {
                    runner.paused_until = now + length;
                    runner.behind += length;
                    self.expect_end_of_term(process);
                }
            }
            Fault::Jump(process, length, forwards) => {
                if let Some(runner) = self.clock_of(process) {
                    let side = if forwards { &mut runner.ahead } else { &mut runner.behind };
                    *side += length;
                    self.expect_end_of_term(process);
                }
            }
            Fault::Stall(length) => self.side.stalled_until = now + length,
            Fault::Hang(length) => self.hanging_until = now + length,
            Fault::Cut { process, out, length } => {
                if let Some(runner) = self.runners.get_mut(&process) {
                    let cut = if out { &mut runner.cut.0 } else { &mut runner.cut.1 };
                    *cut = now + length;
                }
            }
            Fault::Leave(process) => {
                let Some(runner) = self.runners.get_mut(&process) else { return };
                let running = runner.all_running();
                runner.leave(now);
                running.into_iter().for_each(|(line, start)| self.cancelled(process, line, start));
                self.look(process);
            }
            Fault::Crash if self.side.lives => self.crash(),
            // What is over is not taken up again.
            Fault::GoBack if self.side.lives && !self.controller.finished() => self.go_back(),
            // Nobody can take over who cannot write.
            Fault::TakeOver if self.disk_is_full() => {}
            Fault::TakeOver if self.side.lives => {
                // Its lease was not renewed in time: it was cut from the disk.
                self.side.leads_until = now;
                self.restart();
            }
            Fault::Restart if !self.side.lives => self.restart(),
            Fault::FullDisk(length) => {
                if let Some(fleet) = &mut self.fleet {
                    fleet.disk.full_until = now + length;
                }
            }
            Fault::Crash | Fault::GoBack | Fault::TakeOver | Fault::Restart => {}
        }
    }

    /// A new process says hello.
    pub(super) fn hello(&mut self, process: RunnerId) {
        let now = self.now;
        if !self.side.lives {
            return self.at(now + self.settings.period, Event::Hello(process));
        }
        let lines = self.wishes.iter().zip(1..);
        let lines = lines
            .map(|(w, line)| HeldLine::new(line, w.use_of_items(self.pools[w.pool].kind), None));
        let lines = lines.collect();
        let (id, incarnation) = match &mut self.fleet {
            None => (process, 0),
            Some(fleet) => {
                let id = fleet.names.get(&process).copied().unwrap_or(process);
                let lives = fleet.lives.entry(id).or_default();
                *lives += 1;
                (id, *lives)
            }
        };
        let fence = match self.fleet {
            None => Fence::default(),
            Some(_) => Fence { run: 1, epoch: self.side.epoch, incarnation },
        };
        let rate = match self.drift {
            0.0 => 1.0,
            drift => 1.0 + drift * (self.rng.f64() * 2.0 - 1.0),
        };
        let timeout = self.settings.runner_timeout.filter(|_| self.switches.term);
        let mut runner = Runner::new(id, lines, now, self.settings.runner_max_journeys);
        runner.state = runner.state.fenced(fence).termed(timeout);
        runner.state.forgets(!self.switches.cumulative);
        runner.rate = rate;
        self.runners.insert(process, runner);
        self.controller.hello_again(now, id, incarnation);
        self.ask(process);
    }

    /// A process of this name comes, which was there before.
    pub(super) fn come_again(&mut self, at: TestTime, id: RunnerId) {
        let Some(fleet) = &mut self.fleet else { return };
        fleet.processes += 1;
        let process = fleet.processes;
        fleet.names.insert(process, id);
        self.at(at, Event::Hello(process));
    }

    /// The processes of a name.
    pub(super) fn processes(&self, id: RunnerId) -> Vec<RunnerId> {
        let named = self.runners.iter().filter(|(_, runner)| runner.id == id);
        named.map(|(process, _)| *process).collect()
    }

    /// A process is there no more.
    pub(super) fn end_process(&mut self, process: RunnerId) {
        let Some(running) = self.runners.get(&process).map(Runner::all_running) else { return };
        for (line, start) in running {
            self.cancelled(process, line, start);
        }
        self.runners.remove(&process);
    }

    /// A journey was cancelled.
    pub(super) fn cancelled(&mut self, process: RunnerId, line: usize, start: u64) {
        let Some(runner) = self.runners.get_mut(&process) else { return };
        let was_fenced = runner.fenced.remove(&(line, start));
        if let Some(item) = runner.end(line, start)
            && !was_fenced
        {
            self.note_end(process, line, start, item);
        }
    }

    /// What happens to a process that is stopped happens when it goes on, in any order; and
    /// it looks at its term before it does anything.
    pub(super) fn postponed(&mut self, event: Event) -> Option<Event> {
        let event = self.stalled(event)?;
        let process = match &event {
            Event::Ask(process, _)
            | Event::Silence(process, _)
            | Event::Look(process)
            | Event::Nudged(process)
            | Event::Told(process, _)
            | Event::JourneyEnd(process, _, _)
            | Event::Rise(process)
            | Event::Arrival(process) => *process,
            _ => return Some(event),
        };
        if self.fleet.is_none() {
            return Some(event);
        }
        let paused_until = self.runners.get(&process)?.paused_until;
        if paused_until > self.now {
            let at = paused_until + Duration::from_nanos(self.rng.u64(0..10_000));
            if let (Event::Arrival(_), Some(runner)) = (&event, self.runners.get_mut(&process)) {
                runner.alarm = Some(at);
            }
            self.at(at, event);
            return None;
        }
        self.look_at_term(process);
        Some(event)
    }

    /// A runner looks whether its term is over.
    pub(super) fn look_at_term(&mut self, process: RunnerId) {
        let now = self.now;
        let Some(runner) = self.runners.get_mut(&process) else { return };
        let clock = runner.clock(now);
        if runner.state.look(now, clock) == Tenure::Over {
            for (line, start) in runner.all_running() {
                self.cancelled(process, line, start);
            }
        }
    }

    /// A Grant has come: a new term begins.
    pub(super) fn renewed(&mut self, process: RunnerId) {
        let (now, timeout) = (self.now, self.settings.runner_timeout);
        let (Some(runner), Some(timeout)) = (self.runners.get_mut(&process), timeout) else {
            return;
        };
        runner.since = Some(runner.sent);
        let over = runner.moment(runner.sent + timeout);
        runner.term += 1;
        let term = runner.term;
        self.at(over.max(now), Event::Over(process, term));
        self.look_at_term(process);
    }

    /// A runner whose clock may be set: not one that is stopped, and whose term was seen to
    /// be over, for that would go on with what it is said to have ended.
    fn clock_of(&mut self, process: RunnerId) -> Option<&mut Runner> {
        self.runners.get_mut(&process).filter(|runner| runner.fenced.is_empty())
    }

    /// A clock was set: the term of its runner ends at another time.
    fn expect_end_of_term(&mut self, process: RunnerId) {
        let (now, timeout) = (self.now, self.settings.runner_timeout);
        let Some(runner) = self.runners.get_mut(&process) else { return };
        let Some(over) = runner.since.zip(timeout).map(|(since, timeout)| since + timeout) else {
            return;
        };
        runner.term += 1;
        let (term, over) = (runner.term, runner.moment(over));
        self.at(over.max(now), Event::Over(process, term));
    }

    /// What comes to a controller that is stopped, or from a pool that hangs, comes later.
    fn stalled(&mut self, event: Event) -> Option<Event> {
        let until = match &event {
            Event::Pool(epoch, ..) | Event::CheckedIn(epoch, _) => {
                self.stalled_until(*epoch).max(self.hanging_until)
            }
            Event::Tick(epoch) | Event::Saved(epoch) => self.stalled_until(*epoch),
            Event::Heard(..) | Event::Hello(_) => self.side.stalled_until,
            _ => return Some(event),
        };
        if until <= self.now {
            return Some(event);
        }
        // It is woken as soon as it goes on.
        if let Event::Tick(epoch) = event {
            let now = self.now;
            if let Some(wake) = self.wake_of(epoch)
                && *wake == Some(now)
            {
                *wake = Some(until);
                self.at(until, event);
            }
            return None;
        }
        let at = until + Duration::from_nanos(self.rng.u64(0..10_000));
        self.at(at, event);
        None
    }

    /// Whoever looks from outside sees that a term is over: the runner holds nothing any
    /// more, even if it is stopped and cannot know.
    pub(super) fn over(&mut self, process: RunnerId, term: u64) {
        let Some(runner) = self.runners.get(&process).filter(|runner| runner.term == term) else {
            return;
        };
        if runner.paused_until <= self.now {
            self.look_at_term(process);
        }
        let Some(runner) = self.runners.get_mut(&process) else { return };
        // It may have been over before, by a clock that was set since.
        let is_held = |journey: &(usize, u64)| !runner.fenced.contains(journey);
        let left: Vec<_> = runner.all_running().into_iter().filter(is_held).collect();
        let items: Vec<_> = left.iter().map(|(line, start)| runner.item(*line, *start)).collect();
        let paused = runner.paused_until > self.now;
        runner.fenced.extend(left.iter().copied());
        if !paused && !left.is_empty() {
            let text = format!("runner {process} runs {} when its term is over", left.len());
            self.observer.broken.push(text);
        }
        for ((line, start), item) in left.into_iter().zip(items) {
            self.note_end(process, line, start, item);
        }
    }

    /// Whether a runner goes away after what it was told.
    pub(super) fn goes(&mut self, process: RunnerId) -> bool {
        let now = self.now;
        let Some(runner) = self.runners.get(&process) else { return true };
        let (id, incarnation) = (runner.id, runner.state.fence().incarnation);
        if runner.state.phase() == Phase::Lost {
            self.end_process(process);
            let after = self.rng.u64(1..300);
            self.come_again(now + Duration::from_millis(after), id);
            return true;
        }
        if runner.state.has_left() {
            self.note_away(process);
            self.end_process(process);
            let current =
                self.fleet.as_ref().is_some_and(|f| f.lives.get(&id) == Some(&incarnation));
            if self.side.lives && current {
                self.controller.left(now, id);
                self.obey();
            }
            return true;
        }
        false
    }
}
