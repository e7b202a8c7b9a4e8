//! The control plane against random runs: hundreds of seeds, every invariant.

mod arrivals;
mod audit;
mod faults;
mod fleet;
mod network;
mod observer;
mod pool;
mod runner;
mod side;
mod starts;
mod wish;
mod world;

use std::time::Duration;

pub(super) use pool::Pool;
use wish::Rate;
pub(super) use wish::Wish;
pub(super) use world::World;

use super::Settings;
use super::share::{max_min, share};
use super::switches::Switches;
use crate::ids::TestTime;
use crate::pool::PoolKind;

const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

const PERIOD: Duration = ms(200);
/// Volumes change and runners come and go until then.
const CALM: TestTime = ms(1000);
/// By then everything has converged: a period for changes to be told, one for what was
/// lost, and the longest journey.
const SETTLED: TestTime = ms(1800);

/// A run that the seed says everything about, up to its calm part.
fn world(seed: u64, lossy: bool, switches: Switches) -> (World, Vec<u32>) {
    let mut rng = fastrand::Rng::with_seed(seed);
    let settings = Settings {
        period: PERIOD,
        spawn_rate: if rng.u8(0..4) == 0 { rng.u32(20..200).into() } else { f64::INFINITY },
        runner_max_journeys: (rng.u8(0..3) == 0).then(|| rng.u32(2..12)),
        seed,
        until: None,
        runner_timeout: None,
    };
    let pools = (0..rng.usize(1..4)).map(|_| some_pool(&mut rng)).collect::<Vec<_>>();
    let wishes = (0..rng.usize(1..5)).map(|_| some_line(&mut rng, pools.len())).collect();
    let mut world = World::new(seed, settings, pools, wishes).switch(switches);
    world.delay = if rng.bool() { Duration::from_micros(50) } else { ms(rng.u64(1..30)) };
    world.blocks = (rng.u8(0..3) == 0).then(|| ms(rng.u64(1..400)));
    world.pool_delay = if rng.bool() { Duration::from_micros(20) } else { ms(rng.u64(1..50)) };
    if lossy {
        (world.loss, world.twice) = (rng.f64() * 0.6, rng.f64() * 0.3);
    }
    let mut here: Vec<u32> = (1..=rng.u32(1..5)).collect();
    let first = here.len() as u32;
    let mut world = world.runners(first);
    // Few come late in process, but a level that moves is the hard part.
    for id in first + 1..=first + rng.u32(0..2) {
        world.come(ms(rng.u64(1..900)), id);
        here.push(id);
    }
    if rng.u8(0..3) == 0 && here.len() > 1 {
        let gone = here.remove(rng.usize(..first as usize));
        world.lose(ms(rng.u64(1..950)), gone);
    }
    (world, here)
}

fn some_pool(rng: &mut fastrand::Rng) -> Pool {
    let kinds = [PoolKind::Recyclable, PoolKind::Once, PoolKind::Custom, PoolKind::Unlimited];
    let kind = kinds[rng.usize(..kinds.len())];
    let most = if rng.bool() { 12 } else { 400 };
    let mut pool = Pool::new(kind, rng.u64(0..most));
    pool.spares = if rng.bool() { rng.u32(1..20) } else { 0 };
    match (kind, rng.u8(0..6)) {
        (PoolKind::Custom | PoolKind::Once, 0) => pool.later_every = Some(rng.u64(2..9)),
        (PoolKind::Custom, 1) => pool.exhausted_after = Some(rng.u64(0..60)),
        (PoolKind::Custom | PoolKind::Once, 2) => pool.fails_after = Some(rng.u64(0..60)),
        _ => {}
    }
    pool
}

fn some_line(rng: &mut fastrand::Rng, pools: usize) -> Wish {
    let pool = rng.usize(..pools);
    if rng.u8(0..5) == 0 {
        return Wish::tickets(pool, rng.u64(0..20));
    }
    let rate = rng.u8(0..4) == 0;
    let scale = if rate { [1.0, 20.0, 200.0][rng.usize(..3)] } else { 1.0 };
    let volume = |rng: &mut fastrand::Rng| (f64::from(rng.u8(0..12)) + rng.f64()) * scale;
    let mut wish = Wish::level(pool, volume(rng));
    if rate {
        wish.rate = Some(Rate {
            poisson: rng.bool(),
            at_most: (rng.u8(0..3) == 0).then(|| rng.u32(1..12)),
        });
    }
    for step in 1..rng.u64(1..5) {
        // Where a window begins, or within it.
        let within = if rng.bool() { ms(0) } else { ms(rng.u64(1..200)) };
        wish = wish.then(PERIOD * step as u32 + within, Some(volume(rng)));
    }
    match rng.u8(0..8) {
        0 => wish = wish.then(CALM, None),
        1 => wish = wish.then(CALM, Some(-1.0)),
        _ => {}
    }
    wish.lasting(ms(1), ms(rng.u64(2..300)))
}

/// What must be where, now that nothing has changed for a while.
fn check_calm(world: &World, here: &[u32]) -> Vec<String> {
    let mut broken = Vec::new();
    let all_closed_levels =
        world.wishes.iter().all(|w| w.tickets.is_none()) && world.settings.spawn_rate.is_infinite();
    if !all_closed_levels {
        return broken;
    }
    // Lines without items hold their level until they are over.
    let required: Vec<u32> = world.controller.lines.iter().map(|l| l.volume).collect();
    let open = |s: &usize| world.wishes[*s].rate.is_some();
    let kind = |s: usize| world.pools[world.wishes[s].pool].kind;
    let running: Vec<Vec<u32>> = (0..required.len()).map(|s| world.running(s)).collect();
    let total = |s: usize| u64::from(running[s].iter().sum::<u32>());
    let n = here.len();
    let (volume, cap) = (required.iter().sum::<u32>(), world.settings.runner_max_journeys);
    // A pool that runs out makes room for other lines at any time.
    let lasting = |p: &Pool| matches!(p.kind, PoolKind::Unlimited | PoolKind::Recyclable);
    // Arrivals give room up to closed lines only when they end.
    let has_arrivals = (0..required.len()).any(|s| open(&s));
    if cap.is_some() && (has_arrivals || !world.pools.iter().all(lasting)) {
        return broken;
    }
    let felt = |cap: u32| {
        (0..n).any(|i| (0..required.len()).map(|s| share(required[s], i, n, s)).sum::<u32>() > cap)
    };
    if let Some(cap) = cap.filter(|&cap| felt(cap)) {
        if (0..required.len()).all(|s| kind(s) == PoolKind::Unlimited) {
            let (held, most) = ((0..required.len()).map(total).sum::<u64>(), cap * n as u32);
            if held != u64::from(volume.min(most)) {
                broken.push(format!("{held} run of {volume} within {most}"));
            }
        }
        return broken;
    }
    for (index, pool) in world.pools.iter().enumerate() {
        let users: Vec<usize> =
            (0..required.len()).filter(|&s| world.wishes[s].pool == index).collect();
        if pool.kind != PoolKind::Unlimited && users.iter().any(open) {
            continue;
        }
        let wants: Vec<u64> = users.iter().map(|&s| required[s].into()).collect();
        let plenty = wants.iter().sum::<u64>() <= pool.size;
        for (k, &s) in users.iter().enumerate() {
            if open(&s) {
                continue;
            }
            let should = match pool.kind {
                PoolKind::Unlimited => wants[k],
                PoolKind::Recyclable => max_min(pool.size, &wants, 0)[k],
                // Others wait for items from time to time.
                PoolKind::Once | PoolKind::Custom => continue,
            };
            if total(s) != should {
                broken.push(format!("line {s}: {} run of {should}", total(s)));
            }
            for (i, &held) in running[s].iter().enumerate() {
                let (low, high) = (required[s] / n as u32, required[s].div_ceil(n as u32));
                let fair = pool.kind == PoolKind::Unlimited || plenty;
                if fair && !(low..=high).contains(&held) {
                    broken.push(format!("line {s}: {held} on runner {i}, not {low} to {high}"));
                }
            }
        }
    }
    broken
}

/// Liveness: which lines have started nothing for too long, though their pools work.
fn check_alive(world: &World) -> Vec<String> {
    let mut broken = Vec::new();
    if world.settings.runner_max_journeys.is_some() {
        return broken;
    }
    for (s, line) in world.controller.lines.iter().enumerate() {
        let pool = &world.pools[world.wishes[s].pool];
        let moody = pool.fails_after.or(pool.exhausted_after).or(pool.later_every).is_some();
        let works = pool.kind == PoolKind::Custom && pool.size >= 4 && !moody;
        let idle = world.now - world.observer.last_start[s];
        if works && line.volume > 0 && world.wishes[s].tickets.is_none() && idle > ms(650) {
            broken.push(format!("line {s} has started nothing for {idle:?}"));
        }
    }
    broken
}

/// What a run broke.
fn broken_by(seed: u64, lossy: bool, switches: Switches) -> Vec<String> {
    let (mut world, here) = world(seed, lossy, switches);
    world.run(SETTLED);
    let mut broken = check_calm(&world, &here);
    let items = world.most_items;
    world.run(SETTLED + ms(700));
    broken.extend(check_alive(&world));
    // Nothing but the pools' own size decides what is kept in memory.
    let pools: u64 = world.pools.iter().map(|p| p.size).sum();
    if world.most_items as u64 > items as u64 + pools {
        broken.push(format!("memory grew from {items} to {}", world.most_items));
    }
    if seed.is_multiple_of(5) {
        world.cancel(world.now);
    } else {
        world.stop(world.now);
    }
    world.run(world.now + PERIOD * 8);
    world.check_end();
    broken.extend_from_slice(world.broken());
    broken
}

fn check(seeds: std::ops::Range<u64>, lossy: bool) {
    let broken: Vec<_> = seeds
        .map(|seed| (seed, broken_by(seed, lossy, Switches::default())))
        .filter(|(_, broken)| !broken.is_empty())
        .collect();
    assert!(broken.is_empty(), "{} seeds: {:#?}", broken.len(), &broken[..broken.len().min(8)]);
}

#[test]
fn no_invariant_breaks_in_seeds_below_150() {
    check(0..150, false);
}

#[test]
fn no_invariant_breaks_in_seeds_below_300() {
    check(150..300, false);
}

#[test]
fn no_invariant_breaks_while_messages_are_lost_and_come_twice() {
    check(0..300, true);
}

/// Whether some seed breaks an invariant without a rule.
fn is_needed(lossy: bool, rule: Switches) -> bool {
    (0..5000).any(|seed| !broken_by(seed, lossy, rule).is_empty())
}

#[test]
fn a_level_must_be_taken_before_it_is_given() {
    assert!(is_needed(false, Switches { bound: false, ..Switches::default() }));
}

#[test]
fn spare_items_must_be_recalled() {
    assert!(is_needed(false, Switches { recall: false, ..Switches::default() }));
}

#[test]
fn items_that_may_have_been_used_must_stay_in_doubt() {
    assert!(is_needed(false, Switches { doubt: false, ..Switches::default() }));
}

#[test]
fn grants_must_bring_again_what_may_be_lost() {
    assert!(is_needed(true, Switches { repeat: false, ..Switches::default() }));
}

#[test]
fn items_must_come_home_from_a_lease_that_was_seen() {
    assert!(is_needed(true, Switches { leases: false, ..Switches::default() }));
}

#[test]
fn reports_must_say_again_what_was_not_answered() {
    assert!(is_needed(true, Switches { cumulative: false, ..Switches::default() }));
}

#[test]
fn windows_must_come_again_until_they_were_taken() {
    assert!(is_needed(true, Switches { windows: false, ..Switches::default() }));
}

#[test]
fn a_window_must_stay_with_those_among_whom_it_was_split() {
    assert!(is_needed(false, Switches { sealed: false, ..Switches::default() }));
}

#[test]
fn arrivals_of_a_lost_runner_must_be_counted() {
    assert!(is_needed(false, Switches { lost: false, ..Switches::default() }));
}

#[test]
fn a_line_must_wait_for_its_last_arrivals() {
    assert!(is_needed(false, Switches { played: false, ..Switches::default() }));
}

#[test]
fn a_volume_must_be_followed_where_its_parts_meet() {
    assert!(is_needed(false, Switches { joints: false, ..Switches::default() }));
}
