//! The rules, one by one, with runners that follow their Grants.

mod arrivals;
mod fencing;
mod items;
mod levels;
mod life;
mod memory;
mod throttle;

use std::time::Duration;

use super::controller::Controller;
use super::simulation::{Pool, Wish, World};
use super::{Demand, Line, Settings, Unmet};
use crate::control::{LineProgress, Progress};
use crate::ids::TestTime;
use crate::pool::PoolKind;
use crate::volume::volume_fn;

const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

const SETTINGS: Settings = Settings {
    period: ms(1000),
    spawn_rate: f64::INFINITY,
    runner_max_journeys: None,
    seed: 7,
    until: None,
    runner_timeout: None,
};

fn unlimited() -> Vec<Pool> {
    vec![Pool::new(PoolKind::Unlimited, 0)]
}

fn recyclable(size: u64) -> Vec<Pool> {
    vec![Pool::new(PoolKind::Recyclable, size)]
}

/// A world after `time`.
fn after(time: TestTime, mut world: World) -> World {
    world.run(time);
    assert_eq!(world.broken(), [] as [String; 0]);
    world
}

fn unmet(world: &World, line: usize) -> Unmet {
    world.controller.report().lines[line].unmet
}

fn controller(volume: f64, pool: PoolKind, settings: Settings) -> Controller {
    let demand = Demand::Level(Box::new(volume_fn(move |_, _| volume)));
    Controller::new(settings, vec![Line { id: 1, demand, pool: 0 }], vec![pool.into()])
}

/// A report of a runner that follows its level.
fn progress(runner: u32, number: u64, grant: u64, running: u32) -> Progress {
    let line =
        LineProgress { line: 1, running, started: running.into(), ..LineProgress::default() };
    Progress { runner, number, grant, lines: vec![line], ..Progress::default() }
}
