//! Fleets: the control plane where a network lies between, and everything may go wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::faults::Fault;
use super::side::{Disk, Rival};
use super::world::{Event, PATIENCE, World};
use super::{PERIOD, Pool, Switches, check_calm, ms, some_line, some_pool};
use crate::control::{Fence, Settings};
use crate::ids::{RunnerId, TestTime};

/// What a world has where a network lies between.
pub(super) struct Fleet {
    pub(super) disk: Disk,
    pub(super) rival: Option<Rival>,
    /// The pools, as every controller finds them.
    pub(super) pools: Vec<Pool>,
    /// The longest that a write takes.
    pub(super) slow_disk: Duration,
    /// Which part of the messages takes longer than a term.
    pub(super) late: f64,
    /// Processes that ever were, the names of those that came again, and how many lives
    /// each name had.
    pub(super) processes: RunnerId,
    pub(super) names: BTreeMap<RunnerId, RunnerId>,
    pub(super) lives: BTreeMap<RunnerId, u64>,
    pub(super) killed: BTreeSet<RunnerId>,
    pub(super) restarts: u32,
    /// Whether a controller has ended because the disk had gone back.
    pub(super) gave_up: bool,
    /// Whether some runner is heard all the time, and so is whoever is not silent.
    pub(super) is_heard: bool,
}

pub(super) const TIMEOUT: Duration = ms(1000);
/// Nothing goes wrong any more from then on.
pub(super) const CALM: TestTime = ms(2000);
/// By then everything has converged: the longest downtime of a controller, a term with its
/// margin for those that are gone, another one for new lives that wait for them, two periods
/// and the longest journey.
const SETTLED: TestTime = ms(7000);

impl Fleet {
    pub(super) fn timeout(&self) -> Duration {
        TIMEOUT
    }
}

impl World {
    /// Until when something may go wrong.
    pub(super) fn calm(&self) -> TestTime {
        if self.fleet.is_some() { CALM } else { super::CALM }
    }

    /// How long a runner waits for an answer.
    pub(super) fn patience(&self) -> Duration {
        if self.fleet.is_some() { self.settings.period } else { PATIENCE }
    }

    /// When a message that is sent now arrives.
    pub(super) fn arrival_of_a_message(&mut self) -> TestTime {
        let at = self.soon(self.delay);
        let late = self.fleet.as_ref().map_or(0.0, |fleet| fleet.late);
        if late > 0.0 && self.now < CALM && self.rng.f64() < late {
            return self.soon(TIMEOUT * 3 / 2);
        }
        at
    }

    /// When a message of a process arrives.
    pub(super) fn ways_out(&mut self, process: RunnerId) -> Vec<TestTime> {
        let cut = self.runners.get(&process).is_some_and(|runner| runner.cut.0 > self.now);
        if cut { Vec::new() } else { self.ways() }
    }

    /// When a message to a process arrives.
    pub(super) fn ways_in(&mut self, process: RunnerId) -> Vec<TestTime> {
        let cut = self.runners.get(&process).is_some_and(|runner| runner.cut.1 > self.now);
        if cut { Vec::new() } else { self.ways() }
    }
}

/// A fleet of about `size` runners that the seed says everything about.
fn fleet(seed: u64, size: u32, switches: Switches) -> World {
    let mut rng = fastrand::Rng::with_seed(seed);
    let (mut world, first, all) = sound_fleet(&mut rng, seed, size, switches);
    add_faults(&mut world, &mut rng, first, all);
    world
}

/// The same, in which the store goes back once, and nothing else is wrong but the network.
fn fleet_whose_store_goes_back(seed: u64, switches: Switches) -> World {
    let mut rng = fastrand::Rng::with_seed(seed);
    let (mut world, ..) = sound_fleet(&mut rng, seed, 5, switches);
    world.at(ms(rng.u64(100..1700)), Event::Fault(Fault::GoBack));
    world
}

/// The runners that are there from the beginning, and those that ever come.
fn sound_fleet(
    rng: &mut fastrand::Rng,
    seed: u64,
    size: u32,
    switches: Switches,
) -> (World, u32, u32) {
    let settings = Settings {
        period: PERIOD,
        spawn_rate: if rng.u8(0..5) == 0 { rng.u32(50..400).into() } else { f64::INFINITY },
        runner_max_journeys: (rng.u8(0..4) == 0).then(|| rng.u32(2..12)),
        seed,
        until: None,
        runner_timeout: Some(TIMEOUT),
    };
    let scale = (size / 4).max(1);
    let mut pools: Vec<_> = (0..rng.usize(1..4)).map(|_| some_pool(rng)).collect();
    for pool in &mut pools {
        pool.size *= u64::from(scale);
        // What such a pool does depends on how often it was asked.
        (pool.later_every, pool.exhausted_after, pool.fails_after) = (None, None, None);
    }
    let mut wishes: Vec<_> = (0..rng.usize(1..5)).map(|_| some_line(rng, pools.len())).collect();
    for wish in &mut wishes {
        wish.steps
            .iter_mut()
            .filter_map(|step| step.1.as_mut())
            .for_each(|v| *v *= f64::from(scale));
        wish.tickets = wish.tickets.map(|n| n * u64::from(scale));
    }
    let mut world = World::new(seed, settings, pools.clone(), wishes).switch(switches);
    world.delay = if rng.bool() { Duration::from_micros(500) } else { ms(rng.u64(1..30)) };
    world.pool_delay = if rng.bool() { Duration::from_micros(20) } else { ms(rng.u64(1..50)) };
    world.drift = if rng.bool() { 0.01 } else { 0.0 };
    if rng.bool() {
        (world.loss, world.twice) = (rng.f64() * 0.5, rng.f64() * 0.3);
    }
    world.fleet = Some(Fleet {
        disk: Disk::default(),
        rival: None,
        pools,
        slow_disk: if rng.bool() { ms(1) } else { ms(rng.u64(1..150)) },
        late: if rng.u8(0..3) == 0 { rng.f64() * 0.1 } else { 0.0 },
        processes: 1_000_000,
        names: BTreeMap::new(),
        lives: BTreeMap::new(),
        killed: BTreeSet::new(),
        restarts: 0,
        gave_up: false,
        is_heard: false,
    });
    let fence = Fence { run: 1, epoch: 1, incarnation: 0 };
    let lines =
        std::mem::replace(&mut world.controller, super::world::new_controller(settings, &[], &[]));
    world.controller = lines.fenced(fence).durable();
    let first = rng.u32(size.div_ceil(2)..=size);
    let mut world = world.runners(first);
    let joiners = rng.u32(0..=size.div_ceil(4));
    for process in first + 1..=first + joiners {
        world.come(ms(rng.u64(1..1900)), process);
    }
    (world, first, first + joiners)
}

/// Things that go wrong, as `rng` says.
fn add_faults(world: &mut World, rng: &mut fastrand::Rng, first: u32, all: u32) {
    let mut steady: BTreeSet<_> = (1..=first).collect();
    for _ in 0..rng.u32(0..=(all / 3).max(2)) {
        let (at, process) = (ms(rng.u64(1..1900)), rng.u32(1..=all));
        let left = CALM - at;
        // Shorter than half a term, or longer than all of it.
        let length = ms(rng.u64(50..1800)).min(left);
        steady.remove(&process);
        // What clocks may differ by, the controller's margin covers.
        let within = ms(rng.u64(1..200)).min(left);
        let fault = match rng.u8(0..10) {
            8 => Fault::Freeze(process, within),
            9 if rng.bool() => Fault::Jump(process, length, true),
            9 => Fault::Jump(process, within, false),
            0 => Fault::Kill(process, None),
            1 => Fault::Kill(process, Some(ms(rng.u64(1..400)))),
            2 | 3 => Fault::Pause(process, length),
            4 => Fault::Leave(process),
            _ => Fault::Cut { process, out: rng.bool(), length },
        };
        world.at(at, Event::Fault(fault));
    }
    let faults = rng.u32(0..3);
    let is_heard = faults == 0 && world.loss == 0.0 && !steady.is_empty();
    if let Some(fleet) = &mut world.fleet {
        fleet.is_heard = is_heard && fleet.late == 0.0;
    }
    for _ in 0..faults {
        let at = ms(rng.u64(1..1700));
        let fault = match rng.u8(0..6) {
            4 => Fault::Stall(ms(rng.u64(50..1800)).min(CALM - at)),
            5 => Fault::Hang(ms(rng.u64(50..1800)).min(CALM - at)),
            0 => Fault::TakeOver,
            1 => Fault::FullDisk(ms(rng.u64(1..250))),
            _ => Fault::Crash,
        };
        world.at(at, Event::Fault(fault));
    }
}

/// What a fleet broke.
pub(super) fn broken_by(seed: u64, size: u32, switches: Switches) -> Vec<String> {
    broken_in(fleet(seed, size, switches))
}

fn broken_in(mut world: World) -> Vec<String> {
    world.run(SETTLED);
    if world.fleet.as_ref().is_some_and(|fleet| fleet.gave_up) {
        // Runners end when their terms are over; what they did is all there is to say.
        world.run(SETTLED + TIMEOUT * 3);
        let left = world.runners.values().filter(|runner| !runner.all_running().is_empty()).count();
        let left = (left > 0).then(|| format!("{left} runners go on without a controller"));
        return world.broken().iter().cloned().chain(left).collect();
    }
    let mut broken = Vec::new();
    let here: Vec<_> = world.runners.keys().copied().collect();
    if !here.is_empty() {
        broken.extend(check_calm(&world, &here));
    }
    broken.extend(check_lost(&world));
    world.stop(world.now);
    world.run(world.now + TIMEOUT * 3);
    if !here.is_empty() {
        world.check_end();
    }
    if world.fleet.as_ref().is_some_and(|fleet| fleet.is_heard) {
        world.check_silent();
    }
    broken.extend_from_slice(world.broken());
    broken
}

/// Who was killed and did not come again is lost, and told.
fn check_lost(world: &World) -> Vec<String> {
    let Some(fleet) = &world.fleet else { return Vec::new() };
    let report = world.controller.report();
    let lost: BTreeSet<_> = report.lost.iter().map(|lost| lost.runner).collect();
    let mut broken = Vec::new();
    for id in &fleet.killed {
        // One that was killed before it was known to be there is nobody's loss.
        let known = report.runners.contains(id) && !world.finished();
        if known && world.processes(*id).is_empty() {
            broken.push(format!("runner {id} was killed, and is on the roster at {:?}", world.now));
        }
    }
    for lost in &report.lost {
        let silent = lost.to.saturating_sub(lost.from);
        if silent < TIMEOUT {
            broken.push(format!("runner {} was lost after {silent:?}", lost.runner));
        }
    }
    let strangers = lost.iter().filter(|id| !fleet.lives.contains_key(id));
    broken.extend(strangers.map(|id| format!("runner {id} was lost and never there")));
    broken
}

fn check(seeds: std::ops::Range<u64>, size: u32) {
    let switches = Switches { audit: size < 50, ..Switches::default() };
    let broken: Vec<_> = seeds
        .map(|seed| (seed, broken_by(seed, size, switches)))
        .filter(|(_, broken)| !broken.is_empty())
        .collect();
    assert!(broken.is_empty(), "{} seeds: {:#?}", broken.len(), &broken[..broken.len().min(6)]);
}

#[test]
fn no_invariant_breaks_in_a_small_fleet() {
    check(0..150, 5);
}

/// Whether some seed breaks an invariant without a rule.
fn is_needed(rule: Switches) -> bool {
    (0..1000).any(|seed| !broken_by(seed, 5, rule).is_empty())
}

#[test]
fn a_runner_must_stop_when_its_term_is_over() {
    assert!(is_needed(Switches { term: false, ..Switches::default() }));
}

#[test]
fn the_controller_must_wait_longer_than_a_runners_term() {
    assert!(is_needed(Switches { margin: false, ..Switches::default() }));
}

#[test]
fn a_new_life_must_wait_for_the_end_of_the_last() {
    assert!(is_needed(Switches { lives: false, ..Switches::default() }));
}

#[test]
fn a_restarted_controller_must_wait_for_what_runners_claim() {
    assert!(is_needed(Switches { claims: false, ..Switches::default() }));
}

#[test]
fn grants_must_wait_until_what_they_follow_from_is_durable() {
    assert!(is_needed(Switches { saved: false, ..Switches::default() }));
}

#[test]
fn writes_must_fail_once_another_controller_leads() {
    assert!(is_needed(Switches { checked: false, ..Switches::default() }));
}

#[test]
fn a_controller_must_send_nothing_once_its_lease_is_over() {
    assert!(is_needed(Switches { lease: false, ..Switches::default() }));
}

#[test]
fn a_store_that_goes_back_is_noticed_before_anything_is_given_again() {
    let mut gave_up = 0;
    for seed in 0..300 {
        let world = fleet_whose_store_goes_back(seed, Switches::default());
        let broken = broken_in(world);
        assert!(broken.is_empty(), "{seed}: {broken:#?}");
        let mut world = fleet_whose_store_goes_back(seed, Switches::default());
        world.run(SETTLED);
        gave_up += u32::from(world.fleet.is_some_and(|fleet| fleet.gave_up));
    }
    assert!((100..300).contains(&gave_up), "{gave_up} of 300 controllers gave up");
    let without = Switches { marks: false, ..Switches::default() };
    let breaks = |seed| !broken_in(fleet_whose_store_goes_back(seed, without)).is_empty();
    assert!((0..300).any(breaks), "nothing breaks without it");
}

#[test]
fn the_rules_of_one_process_must_hold_in_a_fleet_too() {
    let all = Switches::default();
    for (rule, switches) in [
        ("bound", Switches { bound: false, ..all }),
        ("doubt", Switches { doubt: false, ..all }),
        ("repeat", Switches { repeat: false, ..all }),
        ("leases", Switches { leases: false, ..all }),
        ("cumulative", Switches { cumulative: false, ..all }),
        ("windows", Switches { windows: false, ..all }),
        ("sealed", Switches { sealed: false, ..all }),
        ("lost", Switches { lost: false, ..all }),
        ("silent", Switches { silent: false, ..all }),
    ] {
        assert!(is_needed(switches), "nothing broke without `{rule}`");
    }
}

/// Every seed of a thousand, with two hundred runners: some minutes with optimisations.
/// `MITE_SEEDS=0..1000 cargo test --release -p mite-core --lib thousand -- --ignored`
#[test]
#[ignore = "takes minutes"]
fn no_invariant_breaks_in_a_thousand_seeds_of_two_hundred_runners() {
    let seeds = std::env::var("MITE_SEEDS").unwrap_or_else(|_| "0..1000".to_owned());
    let (from, to) = seeds.split_once("..").expect("MITE_SEEDS is FROM..TO");
    check(from.parse().expect("a number")..to.parse().expect("a number"), 200);
}
