//! The rules, one by one, with runners that follow their Grants.

mod items;
mod levels;
mod life;
mod memory;

use std::time::Duration;

use super::controller::Controller;
use super::simulation::{Pool, Wish, World};
use super::{Line, Settings, Unmet};
use crate::control::{Progress, ScenarioProgress};
use crate::ids::TestTime;
use crate::pool::PoolKind;
use crate::volume::{VolumeKind, volume_fn};

const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

const SETTINGS: Settings =
    Settings { period: ms(1000), spawn_rate: f64::INFINITY, runner_max_journeys: None };

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
    let volume = VolumeKind::Level(Box::new(volume_fn(move |_, _| volume)));
    Controller::new(settings, vec![Line { id: 1, volume, pool: 0 }], vec![pool])
}

/// A report of a runner that follows its level.
fn progress(runner: u32, number: u64, grant: u64, running: u32) -> Progress {
    let line = ScenarioProgress {
        scenario: 1,
        running,
        started: running.into(),
        ..ScenarioProgress::default()
    };
    Progress { runner, number, grant, config_version: 0, scenarios: vec![line] }
}
