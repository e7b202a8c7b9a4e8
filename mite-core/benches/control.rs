//! What the control plane costs: a controller of 1,000 runners that start a million journeys
//! a second together, in cores of the controller's thread.
//!
//! `cargo bench -p mite-core --bench control [RUNNERS] [JOURNEYS_A_SECOND]`

use std::time::{Duration, Instant};

use bytes::Bytes;
use mite_core::control::{
    Controller, Demand, Grant, HeldLine, Item, Line, Order, Progress, RunnerState, Settings, Taken,
};
use mite_core::pool::PoolKind;
use mite_core::volume::{Constant, volume_fn};

/// Every journey takes so long, and runners look so often at theirs.
const LENGTH: Duration = Duration::from_millis(100);
const PERIOD: Duration = Duration::from_secs(1);
/// How often a runner asks at most, as over NATS.
const MIN_DELAY: Duration = Duration::from_millis(50);
const WARM: u32 = 3;
const MEASURED: u32 = 10;

struct Runner {
    state: RunnerState,
    id: u32,
    asked: Duration,
    running: Vec<Taken>,
}

struct Measured {
    /// In the controller, and in encoding and decoding for it.
    control: Duration,
    wire: Duration,
    answers: u64,
    started: u64,
    bytes: u64,
}

/// A line, and what is kept of it.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    kind: PoolKind,
    /// By a rate, else by a level.
    open: bool,
    /// Whether what must outlive the controller is saved before each Grant.
    durable: bool,
    /// Items of the pool, if it has an end: for so many of the slots of a closed line.
    items: Option<f64>,
    /// Whether the level grows all the time, by the spawn rate.
    grows: bool,
}

const CASE: Case = Case {
    name: "closed, no data",
    kind: PoolKind::Unlimited,
    open: false,
    durable: false,
    items: None,
    grows: false,
};

/// A pool that gives what it has, and has again what comes back.
struct Pool {
    next: u64,
    size: u64,
    free: Vec<u64>,
}

impl Pool {
    fn give(&mut self, count: u32) -> Vec<u64> {
        let free = self.free.len().min(count as usize);
        let mut ids = self.free.split_off(self.free.len() - free);
        let end = (self.next + u64::from(count) - free as u64).min(self.size);
        ids.extend(self.next..end);
        self.next = end;
        ids
    }
}

/// One run.
fn run(runners: u32, rate: u64, case: Case) -> Measured {
    let Case { kind, open, durable, .. } = case;
    let slots = rate as f64 * LENGTH.as_secs_f64();
    let settings = Settings {
        period: PERIOD,
        spawn_rate: if case.grows { slots / 20.0 } else { f64::INFINITY },
        runner_max_journeys: None,
        seed: 1,
        until: None,
        runner_timeout: Some(Duration::from_secs(10)),
    };
    let demand = if open {
        let model = Box::new(Constant::new(rate as f64, Duration::MAX));
        Demand::Rate { model: Some(model), poisson: false, at_most: None }
    } else {
        Demand::Level(Box::new(volume_fn(move |_, _| slots)))
    };
    let line = Line { id: 1, demand, pool: 0 };
    let mut controller = Controller::new(settings, vec![line], vec![kind.into()]);
    if durable {
        controller = controller.durable();
    }
    let mut all: Vec<Runner> = (1..=runners)
        .map(|id| {
            controller.hello(Duration::ZERO, id);
            let line = HeldLine::new(1, kind, None);
            let state = RunnerState::new(id, vec![line]).termed(settings.runner_timeout);
            Runner { state, id, asked: Duration::ZERO, running: Vec::new() }
        })
        .collect();
    let data = Bytes::from_static(&[0x90]);
    let size = case.items.map_or(u64::MAX, |part| (slots * part) as u64);
    let mut pool = Pool { next: 0, size, free: Vec::new() };
    let mut measured = Measured {
        control: Duration::ZERO,
        wire: Duration::ZERO,
        answers: 0,
        started: 0,
        bytes: 0,
    };
    let steps = (WARM + MEASURED) * 10;
    for step in 0..steps {
        if step == WARM * 10 {
            let zero = Duration::ZERO;
            measured = Measured { control: zero, wire: zero, answers: 0, started: 0, bytes: 0 };
        }
        for (index, runner) in all.iter_mut().enumerate() {
            let now = LENGTH * step + LENGTH * index as u32 / runners;
            for taken in std::mem::take(&mut runner.running) {
                runner.state.finish(0, taken);
            }
            runner.state.look(now, now);
            measured.started += start(runner, now, open);
            let due = now >= runner.asked + PERIOD || step == 0;
            let early = runner.state.wants_to_ask() && now >= runner.asked + MIN_DELAY;
            if !due && !early {
                continue;
            }
            runner.asked = now;
            runner.state.sends(now);
            let progress = runner.state.progress(now, 0);
            let sent = rmp_serde::to_vec(&progress).expect("a report is encoded");
            let wire = Instant::now();
            let progress: Progress = rmp_serde::from_slice(&sent).expect("a report is decoded");
            measured.wire += wire.elapsed();
            let begun = Instant::now();
            controller.tick(now);
            let grant = controller.answer(now, &progress).expect("a runner that is known");
            measured.control += begun.elapsed();
            obey(&mut controller, &mut pool, &data, &mut measured.control);
            if durable {
                let begun = Instant::now();
                drop(controller.unsaved());
                measured.control += begun.elapsed();
            }
            let wire = Instant::now();
            let bytes = rmp_serde::to_vec(&grant).expect("a Grant is encoded");
            measured.wire += wire.elapsed();
            measured.answers += 1;
            measured.bytes += bytes.len() as u64;
            let grant: Grant = rmp_serde::from_slice(&bytes).expect("a Grant is decoded");
            assert!(runner.state.apply(now, grant), "runner {} waits for it", runner.id);
            runner.state.look(now, now);
            measured.started += start(runner, now, open);
        }
    }
    measured
}

fn start(runner: &mut Runner, now: Duration, open: bool) -> u64 {
    let before = runner.running.len();
    if open {
        while let Some(arrived) = runner.state.arrive(now) {
            if let mite_core::control::Fate::Starts(taken) = arrived.fate {
                runner.running.push(taken);
            }
        }
    } else {
        while let Some(taken) = runner.state.start(0, now) {
            runner.running.push(taken);
        }
    }
    (runner.running.len() - before) as u64
}

/// Does what the controller orders.
fn obey(controller: &mut Controller, items: &mut Pool, data: &Bytes, control: &mut Duration) {
    loop {
        let begun = Instant::now();
        let orders = controller.orders();
        *control += begun.elapsed();
        if orders.is_empty() {
            return;
        }
        for order in orders {
            match order {
                Order::Checkout { pool, count } => {
                    let given = items.give(count);
                    let is_all = given.len() as u32 == count;
                    let given = given.into_iter().map(|id| Item { id, data: data.clone() });
                    let given: Vec<_> = given.collect();
                    let begun = Instant::now();
                    if !given.is_empty() {
                        controller.stocked(pool, given);
                    }
                    if !is_all {
                        controller.pool_later(pool);
                    }
                    *control += begun.elapsed();
                }
                Order::Checkin { pool, ids } => {
                    items.free.extend(ids);
                    let begun = Instant::now();
                    controller.checked_in(pool);
                    *control += begun.elapsed();
                }
                _ => {}
            }
        }
    }
}

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|arg| arg.parse::<u64>().ok());
    let runners = numbers.next().unwrap_or(1_000) as u32;
    let rate = numbers.next().unwrap_or(1_000_000);
    println!("{runners} runners, {rate} journeys a second, of {} ms each", LENGTH.as_millis());
    println!(
        "{:34} {:>8} {:>8} {:>10} {:>10} {:>9}",
        "", "control", "wire", "answers/s", "journeys/s", "MB/s"
    );
    let (recyclable, once) = (PoolKind::Recyclable, PoolKind::Once);
    for case in [
        CASE,
        Case { name: "closed, growing", grows: true, ..CASE },
        Case { name: "closed, recyclable", kind: recyclable, ..CASE },
        Case {
            name: "closed, recyclable, a scarce pool",
            kind: recyclable,
            items: Some(0.9),
            ..CASE
        },
        Case { name: "closed, custom", kind: PoolKind::Custom, ..CASE },
        Case { name: "closed, once", kind: once, ..CASE },
        Case { name: "closed, once, durable", kind: once, durable: true, ..CASE },
        Case { name: "open, no data", open: true, ..CASE },
        Case { name: "open, no data, durable", open: true, durable: true, ..CASE },
        Case { name: "open, once", kind: once, open: true, ..CASE },
        Case { name: "open, once, durable", kind: once, open: true, durable: true, ..CASE },
    ] {
        let Measured { control, wire, answers, started, bytes } = run(runners, rate, case);
        let name = case.name;
        let seconds = f64::from(MEASURED);
        println!(
            "{name:34} {:7.3}c {:7.3}c {:>10.0} {:>10.0} {:>9.2}",
            control.as_secs_f64() / seconds,
            wire.as_secs_f64() / seconds,
            answers as f64 / seconds,
            started as f64 / seconds,
            bytes as f64 / 1e6 / seconds,
        );
    }
}
