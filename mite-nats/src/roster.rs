//! The processes that take part in a run, as its controller knows them.

use std::time::Duration;

use mite_core::ids::RunnerId;
use mite_core::stats::{Standing, process_name};
use tokio::time::Instant;

use crate::wire::{Hello, Kept, KeptProcess, Options, Reply, Start};

/// A process that waits for the start and has not asked for so long has gone.
const SILENT: Duration = Duration::from_secs(2);

/// Runners that a process may have at most.
const MOST: u32 = 4_096;

/// Lines of a list that a refusal shows.
const SHOWN: usize = 10;

/// The processes of a run.
#[derive(Debug)]
pub struct Roster {
    version: String,
    catalogue: Vec<String>,
    /// How many runners the run waits for.
    wanted: u32,
    /// How it is run.
    options: Options,
    state: State,
    processes: Vec<Process>,
    /// The runner that comes next.
    next: RunnerId,
    refused: u64,
    /// When there was none, or nobody to be heard, for the last time.
    deserted: Option<Instant>,
}

#[derive(Debug)]
enum State {
    /// Until as many runners have come as the run waits for.
    Gathering,
    /// They are numbered, and the run is about to start.
    Numbered,
    Started(Box<Start>),
    /// Since then.
    Over(Instant),
}

/// A process of runners.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    /// Its own number, another one each time that it joins.
    pub id: u64,
    /// The number that it has drawn at its start: by which it is known again.
    pub origin: u64,
    /// Its machine.
    pub host: String,
    /// Its number there.
    pub pid: u32,
    /// How many others with the same machine and number came before it: containers have
    /// process 1 each, and may have the name of their machine.
    pub namesake: u32,
    /// Its first runner.
    pub first: RunnerId,
    /// How many it has.
    pub runners: u32,
    /// How it stands.
    pub standing: Standing,
    /// Whether what it has counted in all has come, however it stands.
    pub has_told: bool,
    /// When it was heard last.
    heard: Instant,
}

impl Process {
    /// The runners that it has.
    pub fn ids(&self) -> std::ops::Range<RunnerId> {
        self.first..self.first + self.runners
    }

    /// As people know it.
    pub fn name(&self) -> String {
        process_name(&self.host, self.pid, self.namesake)
    }
}

impl Roster {
    /// Nobody yet, of a run that waits for `wanted` runners of this version of mite and
    /// with this to run.
    pub fn new(version: &str, catalogue: Vec<String>, wanted: u32) -> Self {
        Self {
            version: version.to_owned(),
            catalogue,
            wanted: wanted.max(1),
            options: Options::default(),
            state: State::Gathering,
            processes: Vec::new(),
            next: 1,
            refused: 0,
            deserted: None,
        }
    }

    /// The same, of a run that is run like that.
    pub fn run_with(self, options: Options) -> Self {
        Self { options, ..self }
    }

    /// Answers a Hello. The second thing is a process that has joined a run under way.
    pub fn hello(&mut self, now: Instant, hello: &Hello) -> (Reply, Option<Process>) {
        if let Some(why) = self.refuses(hello) {
            self.refused += 1;
            return (Reply::Refused(why), None);
        }
        let known = self.processes.iter().position(|process| process.id == hello.process);
        if known.is_none() && matches!(self.state, State::Over(_)) {
            // It waits for the next run, and has no part in this one.
            return (Reply::Wait { runners: [0, self.wanted] }, None);
        }
        let mut joined = None;
        let at = known.unwrap_or_else(|| {
            self.processes.push(Process {
                id: hello.process,
                origin: hello.origin,
                host: hello.host.clone(),
                pid: hello.pid,
                namesake: 0,
                first: 0,
                runners: hello.runners.max(1),
                standing: Standing::Here,
                has_told: false,
                heard: now,
            });
            self.processes.len() - 1
        });
        self.processes[at].heard = now;
        let wait = Reply::Wait { runners: [self.gathered(now), self.wanted] };
        let State::Started(start) = &self.state else { return (wait, None) };
        let mut start = start.clone();
        if self.processes[at].first == 0 {
            self.number_one(at);
            joined = Some(self.processes[at].clone());
        }
        let process = &self.processes[at];
        if process.standing != Standing::Here {
            let why = "the run has given this process up: it was not heard in time".to_owned();
            return (Reply::Refused(why), None);
        }
        start.welcome.runner = process.first;
        (Reply::Start(start), joined)
    }

    fn refuses(&self, hello: &Hello) -> Option<String> {
        if hello.version != self.version {
            return Some(format!(
                "the controller is built with mite {}, this runner with mite {}; build both from the same sources",
                self.version, hello.version
            ));
        }
        if hello.runners > MOST {
            return Some(format!(
                "this process has {} runners, and may have {MOST} at most; give it less with --runners",
                hello.runners
            ));
        }
        if hello.catalogue == self.catalogue {
            return None;
        }
        let only = |a: &[String], b: &[String]| -> String {
            let only: Vec<_> = a.iter().filter(|line| !b.contains(line)).collect();
            let shown: Vec<_> =
                only.iter().take(SHOWN).map(|line| format!("\n    {line}")).collect();
            match (only.len(), only.len().saturating_sub(SHOWN)) {
                (0, _) => " nothing".to_owned(),
                (_, 0) => shown.concat(),
                (_, more) => format!("{}\n    and {more} more", shown.concat()),
            }
        };
        Some(format!(
            "controller and runner are not the same binary; build both from the same sources.\n  only the controller has:{}\n  only this runner has:{}",
            only(&self.catalogue, &hello.catalogue),
            only(&hello.catalogue, &self.catalogue),
        ))
    }

    /// Runners that wait for the start.
    pub fn gathered(&self, now: Instant) -> u32 {
        let waits = |p: &&Process| p.standing == Standing::Here && now - p.heard < SILENT;
        self.processes.iter().filter(waits).map(|process| process.runners).sum()
    }

    /// Whether as many have come as the run waits for.
    pub fn is_complete(&self, now: Instant) -> bool {
        self.gathered(now) >= self.wanted
    }

    /// Numbers the runners that have come, from 1: how many there are. Others come later.
    pub fn number(&mut self, now: Instant) -> u32 {
        self.processes.retain(|process| now - process.heard < SILENT);
        (0..self.processes.len()).for_each(|at| self.number_one(at));
        self.state = State::Numbered;
        self.next - 1
    }

    /// Gives a process that takes part its numbers.
    fn number_one(&mut self, at: usize) {
        self.processes[at].namesake = self.namesake(&self.processes[at]);
        self.processes[at].first = self.next;
        self.next += self.processes[at].runners;
    }

    /// How many of that name take part besides: none is counted twice, or is the same one.
    fn namesake(&self, of: &Process) -> u32 {
        let named = |p: &&Process| (&p.host, p.pid) == (&of.host, of.pid);
        let others: Vec<_> = self.taking_part().filter(named).collect();
        match others.iter().find(|process| process.origin == of.origin) {
            Some(same) => same.namesake,
            None => others.iter().map(|other| other.namesake + 1).max().unwrap_or(0),
        }
    }

    /// What must be known of it after a restart of its controller, if it starts like that.
    pub(crate) fn kept(&self, start: &Start) -> Kept {
        let kept = |process: &Process| KeptProcess {
            id: process.id,
            origin: process.origin,
            host: process.host.clone(),
            pid: process.pid,
            namesake: process.namesake,
            first: process.first,
            runners: process.runners,
        };
        let numbered = self.processes.iter().filter(|process| process.first > 0);
        Kept {
            start: start.clone(),
            catalogue: self.catalogue.clone(),
            options: self.options.clone(),
            processes: numbered.map(kept).collect(),
        }
    }

    /// What runners were told, if the run has started.
    pub(crate) fn started(&self) -> Option<&Start> {
        match &self.state {
            State::Started(start) => Some(start),
            State::Gathering | State::Numbered | State::Over(_) => None,
        }
    }

    /// Whether what another controller kept is of the same run: of this test, with the
    /// same to run. Takes its processes over then.
    pub(crate) fn restore(&mut self, now: Instant, test: &str, kept: &Kept) -> bool {
        if kept.start.welcome.test != test || kept.catalogue != self.catalogue {
            return false;
        }
        self.state = State::Numbered;
        for process in &kept.processes {
            self.next = self.next.max(process.first + process.runners);
            self.processes.push(Process {
                id: process.id,
                origin: process.origin,
                host: process.host.clone(),
                pid: process.pid,
                namesake: process.namesake,
                first: process.first,
                runners: process.runners,
                standing: Standing::Here,
                has_told: false,
                heard: now,
            });
        }
        true
    }

    /// Lets them start.
    pub fn start(&mut self, start: Start) {
        self.state = State::Started(Box::new(start));
    }

    /// Nobody joins any more: the run is over.
    pub fn close(&mut self, now: Instant) {
        self.state = State::Over(now);
    }

    /// Since when nobody joins any more, if so.
    pub fn over(&self) -> Option<Instant> {
        match self.state {
            State::Over(since) => Some(since),
            _ => None,
        }
    }

    /// A runner was heard: whether it is known.
    pub fn heard(&mut self, now: Instant, runner: RunnerId) -> bool {
        let process = self.processes.iter_mut().find(|process| process.ids().contains(&runner));
        let Some(process) = process else { return false };
        process.heard = now;
        process.standing == Standing::Here
    }

    /// A process was heard.
    pub fn heard_of(&mut self, now: Instant, id: u64, standing: Standing) {
        if let Some(process) = self.processes.iter_mut().find(|process| process.id == id) {
            process.heard = now;
            process.has_told |= standing == Standing::Done;
            if process.standing == Standing::Here {
                process.standing = standing;
            }
        }
    }

    /// Those that have said all that they had to say have left: the run goes on.
    pub fn go_on_without_those_that_are_done(&mut self) {
        for process in &mut self.processes {
            if process.standing == Standing::Done {
                process.standing = Standing::Left;
            }
        }
    }

    /// Gives up processes of which nothing was heard for `limit`.
    pub fn give_up(&mut self, now: Instant, limit: Duration) -> Vec<Process> {
        let mut lost = Vec::new();
        for process in &mut self.processes {
            if process.first > 0
                && process.standing == Standing::Here
                && now - process.heard > limit
            {
                process.standing = Standing::Lost;
                lost.push(process.clone());
            }
        }
        lost
    }

    /// Whether there are runners, or there were some less than `limit` ago.
    pub fn has_runners(&mut self, now: Instant, limit: Duration) -> bool {
        if self.taking_part().any(|process| process.standing == Standing::Here) {
            self.deserted = None;
            return true;
        }
        now - *self.deserted.get_or_insert(now) < limit
    }

    /// Those with a number: what others say is of another run.
    pub fn taking_part(&self) -> impl Iterator<Item = &Process> {
        self.processes.iter().filter(|process| process.first > 0)
    }

    /// The runners of a process with that number, if it takes part.
    pub fn runners_of(&self, id: u64) -> Option<std::ops::Range<RunnerId>> {
        self.taking_part().find(|process| process.id == id).map(Process::ids)
    }

    /// All that have come.
    pub fn processes(&self) -> &[Process] {
        &self.processes
    }

    /// How often somebody was refused.
    pub fn refused(&self) -> u64 {
        self.refused
    }
}

#[cfg(test)]
mod tests;
