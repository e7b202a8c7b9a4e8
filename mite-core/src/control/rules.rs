//! The rules, one by one, with runners that follow their Grants.

use std::time::Duration;

use super::controller::{Controller, Switches};
use super::simulation::{Pool, Wish, World};
use super::{Ended, Line, Order, Settings, Unmet};
use crate::pool::PoolKind;
use crate::volume::{VolumeKind, volume_fn};
use crate::work::{Item, Level, Phase, Progress, ScenarioProgress, TestTime};

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

#[test]
fn fourteen_over_three_runners_are_five_five_and_four() {
    let world = World::new(1, SETTINGS, unlimited(), vec![Wish::level(0, 14.0)]).runners(3);
    let world = after(ms(5), world);
    assert_eq!(world.running(0), [5, 5, 4], "within milliseconds of the start");
    assert_eq!(world.controller.report().lines[0].actual, 0, "nobody was asked twice for that");
    let world = after(ms(3000), world);
    assert_eq!(world.running(0), [5, 5, 4]);
    assert_eq!(unmet(&world, 0).total().as_millis(), 0);
}

#[test]
fn every_line_gets_what_it_asks_for() {
    // Upstream's `update_required` and `get_work`: volumes of 1 to 5, one runner.
    let wishes = (1..=5).map(|v| Wish::level(0, v)).collect();
    let world = after(ms(1500), World::new(1, SETTINGS, unlimited(), wishes).runners(1));
    let report = world.controller.report();
    assert_eq!(report.lines.iter().map(|l| l.id).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    for (s, line) in report.lines.iter().enumerate() {
        assert_eq!((line.required, line.actual), (s as u32 + 1, s as u32 + 1));
        assert_eq!(world.running(s), [s as u32 + 1]);
    }
}

#[test]
fn a_cap_holds_and_what_exceeds_it_goes_to_others_or_is_unmet() {
    let settings = Settings { runner_max_journeys: Some(4), ..SETTINGS };
    let wishes = vec![Wish::level(0, 5.0), Wish::level(0, 1.0), Wish::level(0, 5.0)];
    let world = after(ms(2000), World::new(1, settings, unlimited(), wishes.clone()).runners(3));
    let per_runner = |i: usize| (0..3).map(|s| world.running(s)[i]).sum::<u32>();
    assert_eq!([per_runner(0), per_runner(1), per_runner(2)].iter().sum::<u32>(), 11);
    assert!((0..3).all(|i| per_runner(i) <= 4));
    assert_eq!((0..3).map(|s| unmet(&world, s).cap).sum::<Duration>(), Duration::ZERO);

    let world = after(ms(2000), World::new(1, settings, unlimited(), wishes).runners(2));
    assert_eq!((0..3).map(|s| world.running(s).iter().sum::<u32>()).collect::<Vec<_>>(), [4, 1, 3]);
    let missing: Duration = (0..3).map(|s| unmet(&world, s).cap).sum();
    assert_eq!(missing.as_millis(), 3 * 2000);
}

#[test]
fn runners_that_are_capped_grow_slot_by_slot_too() {
    let settings = Settings { runner_max_journeys: Some(1), spawn_rate: 1000.0, ..SETTINGS };
    for (volume, seed) in [2.0, 3.0, 10.0].into_iter().flat_map(|v| (0..20).map(move |s| (v, s))) {
        let wishes = vec![Wish::level(0, volume).lasting(ms(500), ms(500))];
        let world = World::new(seed, settings, recyclable(5000), wishes).runners(2);
        assert_eq!(after(ms(10), world).running(0), [1, 1], "within milliseconds of the start");
    }
    let settings = Settings { runner_max_journeys: Some(10), spawn_rate: 20.0, ..SETTINGS };
    for wishes in [vec![Wish::level(0, 90.0)], vec![Wish::level(0, 90.0), Wish::level(0, 30.0)]] {
        // Lines that grow at once are each half a slot off at most.
        let off = wishes.len() as u32 - 1;
        let lines = 0..wishes.len();
        let mut world = World::new(1, settings, unlimited(), wishes).runners(2);
        for slot in 0..30u32 {
            world = after(ms(u64::from(slot) * 50 + 5), world);
            let held: u32 = lines.clone().flat_map(|s| world.running(s)).sum();
            assert!(held.abs_diff((slot + 1).min(20)) <= off, "{held} after slot {slot}");
        }
    }
}

#[test]
fn the_spawn_rate_holds_from_the_first_moment_and_spares_restarts() {
    let settings = Settings { spawn_rate: 5.0, ..SETTINGS };
    let wish = Wish::level(0, 1000.0).lasting(ms(10), ms(10));
    let mut world = World::new(1, settings, unlimited(), vec![wish]).runners(3);
    for (time, held) in [(5, 1), (190, 1), (210, 2), (1990, 10), (2010, 11), (10_010, 51)] {
        world = after(ms(time), world);
        assert_eq!(world.running(0).iter().sum::<u32>(), held, "at {time} ms");
    }
    assert!(world.started(0) > 2000, "restarts are not limited");
    let missing = unmet(&world, 0).spawn.as_secs();
    assert!((9700..9800).contains(&missing), "{missing}");
}

#[test]
fn growth_needs_no_message_for_each_slot() {
    let settings = Settings { spawn_rate: 100.0, ..SETTINGS };
    let mut controller = controller(30.0, PoolKind::Unlimited, settings);
    controller.hello(ms(0), 1);
    controller.hello(ms(0), 2);
    controller.tick(ms(0));
    let levels = [1, 2].map(|r| controller.grant(ms(0), r).scenarios[0].level);
    for t in 0..400 {
        let held: u32 = levels.iter().map(|l| l.at(ms(t))).sum();
        assert_eq!(held, (t as u32 / 10 + 1).min(30));
    }
    assert_eq!(controller.orders(), []);
}

#[test]
fn five_items_at_level_ten_are_five_journeys_and_five_unmet() {
    for runners in [1, 2, 3] {
        let world = World::new(1, SETTINGS, recyclable(5), vec![Wish::level(0, 10.0)]);
        let mut world = after(ms(4000), world.runners(runners));
        assert_eq!(world.running(0).iter().sum::<u32>(), 5);
        let missing = unmet(&world, 0).data.as_millis();
        assert!((19_900..=20_100).contains(&missing), "{missing} over {runners} runners");
        world.stop(ms(4000));
        let world = after(ms(6000), world);
        assert!(world.finished());
        assert!(world.pools[0].out.is_empty(), "no item is lost");
    }
}

#[test]
fn a_large_recyclable_pool_is_used_in_turn() {
    let world = World::new(1, SETTINGS, recyclable(60), vec![Wish::level(0, 4.0)]);
    let world = after(ms(6000), world.runners(2));
    assert_eq!(world.pools[0].handed_out, 60, "each was taken before any was again");
    assert_eq!(world.running(0), [2, 2]);
}

#[test]
fn lines_that_share_a_pool_get_fair_shares_of_it() {
    let late = Wish::level(0, 0.0).then(ms(1000), Some(9.0));
    let wishes = vec![Wish::level(0, 9.0), late, Wish::level(0, 2.0)];
    let fair = |switches| {
        let world = World::new(1, SETTINGS, recyclable(10), wishes.clone()).switch(switches);
        let world = after(ms(4000), world.runners(2));
        [0, 1, 2].map(|s| world.running(s).iter().sum::<u32>())
    };
    assert_eq!(fair(Switches::default()), [4, 4, 2]);
    // Who restarts with its own items at once never parts with them.
    let unfair = fair(Switches { cut: false, ..Switches::default() });
    assert!(unfair[1] < 4, "{unfair:?}");
}

#[test]
fn spare_items_are_recalled_when_a_level_falls() {
    let wishes = vec![
        Wish::level(0, 10.0).then(ms(1000), Some(0.0)),
        Wish::level(0, 0.0).then(ms(1000), Some(10.0)),
    ];
    let running = |switches| {
        let world = World::new(1, SETTINGS, recyclable(10), wishes.clone()).switch(switches);
        after(ms(2000), world.runners(2)).running(1)
    };
    assert_eq!(running(Switches::default()), [5, 5]);
    assert_eq!(running(Switches { recall: false, ..Switches::default() }), [0, 0]);
}

#[test]
fn once_items_are_used_once_and_then_the_line_ends() {
    let pools = vec![Pool::new(PoolKind::Once, 500)];
    let wishes = vec![Wish::level(0, 7.0), Wish::level(0, 3.0)];
    let world = after(ms(9000), World::new(1, SETTINGS, pools, wishes).runners(3));
    assert_eq!(world.started(0) + world.started(1), 500);
    assert!(world.started(1) > 100, "both had their part");
    assert_eq!(world.ended.len(), 2);
    assert!(world.ended.iter().all(|(_, why)| *why == Ended::Exhausted));
    assert!(world.finished());
}

#[test]
fn an_item_that_is_on_its_way_is_not_one_that_the_pool_has_not() {
    for seed in 0..20 {
        let pools = vec![Pool::new(PoolKind::Once, 500)];
        let wishes = vec![Wish::level(0, 7.0), Wish::level(0, 3.0)];
        let mut world = World::new(seed, SETTINGS, pools, wishes).runners(3);
        world.delay = ms(30);
        let world = after(ms(30_000), world);
        assert!(world.finished());
        let [data, moving] = [|u: Unmet| u.data, |u: Unmet| u.moving]
            .map(|part| part(unmet(&world, 0)) + part(unmet(&world, 1)));
        assert_eq!(data, Duration::ZERO, "it had all that was asked of it");
        assert!(moving > ms(100), "messages took their time: {moving:?}");
    }
}

#[test]
fn the_stock_of_once_items_doubles_up_to_a_period() {
    let mut controller = controller(2.0, PoolKind::Once, SETTINGS);
    controller.hello(ms(0), 1);
    controller.tick(ms(0));
    let mut id = 0;
    let mut started = 0;
    let mut stocks = Vec::new();
    for number in 1..=6 {
        // The pool answers at once, the runner uses all up within 20 ms.
        for order in controller.orders() {
            let Order::Checkout { count, .. } = order else { continue };
            let items = (id..id + u64::from(count)).map(|id| Item { id, data: vec![].into() });
            controller.stocked(0, items.collect());
            id += u64::from(count);
        }
        let now = ms(number * 20);
        let grant = controller.grant(now, 1);
        let items = &grant.scenarios[0].items;
        stocks.push(items.len());
        started += items.len() as u64;
        let mut report = progress(1, number, grant.number, 0);
        report.scenarios[0].started = started;
        report.scenarios[0].used = items.iter().map(|i| i.id).collect();
        controller.progress(now, &report);
    }
    assert_eq!(stocks, [2, 2, 4, 8, 16, 32]);
}

#[test]
fn a_ticket_is_one_start_ever_whoever_is_lost() {
    for pool in [PoolKind::Unlimited, PoolKind::Recyclable, PoolKind::Once, PoolKind::Custom] {
        for (runners, tickets) in [(1, 1), (3, 1), (3, 7)] {
            let wish = Wish::tickets(0, tickets).lasting(ms(5), ms(300));
            let world = World::new(1, SETTINGS, vec![Pool::new(pool, 20)], vec![wish]);
            let world = after(ms(3000), world.runners(runners));
            assert_eq!(world.started(0), tickets, "{pool:?}");
            assert_eq!(world.ended, [(1, Ended::Exhausted)]);
            assert!(world.finished());
        }
    }
    // Once without data, on a runner that is lost with it.
    let wish = Wish::tickets(0, 1).lasting(ms(300), ms(300));
    let mut world = World::new(1, SETTINGS, unlimited(), vec![wish]).runners(2);
    world.lose(ms(100), 1);
    let world = after(ms(3000), world);
    assert_eq!(world.started(0), 1);
    assert!(world.finished());
    let report = world.controller.report();
    assert_eq!(report.in_doubt.len(), 1);
    assert_eq!((report.in_doubt[0].pool, &report.in_doubt[0].items[..]), (None, &[1][..]));
}

#[test]
fn custom_items_are_checked_in_after_every_use() {
    let pools = vec![Pool::new(PoolKind::Custom, 8)];
    let wishes = vec![Wish::level(0, 6.0), Wish::level(0, 6.0)];
    let mut world = World::new(1, SETTINGS, pools, wishes).runners(2);
    world.run(ms(3000));
    assert!(world.pools[0].handed_out > 100);
    assert!(world.started(0).abs_diff(world.started(1)) < world.started(0) / 4, "fairly");
    world.stop(ms(3000));
    let world = after(ms(5000), world);
    assert!(world.finished() && world.pools[0].out.is_empty());
    assert_eq!(world.pools[0].handed_out, world.started(0) + world.started(1) + unused(&world));
}

/// Items that were handed out and not used.
fn unused(world: &World) -> u64 {
    world.pools.iter().map(|p| p.handed_out).sum::<u64>()
        - (0..world.wishes.len()).map(|s| world.started(s)).sum::<u64>()
}

#[test]
fn a_pool_that_fails_ends_its_lines_only() {
    let mut failing = Pool::new(PoolKind::Custom, 8);
    failing.fails_after = Some(20);
    let pools = vec![failing, Pool::new(PoolKind::Unlimited, 0)];
    let wishes = vec![Wish::level(0, 2.0), Wish::level(0, 2.0), Wish::level(1, 2.0)];
    let mut world = after(ms(3000), World::new(1, SETTINGS, pools, wishes).runners(2));
    world.ended.sort_by_key(|(id, _)| *id);
    assert_eq!(world.ended, [(1, Ended::PoolFailed), (2, Ended::PoolFailed)]);
    assert_eq!(world.running(2), [1, 1]);
    assert!(world.pools[0].out.is_empty());
}

#[test]
fn lines_end_one_by_one_and_the_run_with_the_last() {
    let long = |wish: Wish| wish.lasting(ms(700), ms(700));
    let wishes = vec![
        long(Wish::level(0, 2.0)).then(ms(1000), None),
        long(Wish::level(0, 2.0)).then(ms(2000), Some(-3.5)),
    ];
    let mut world = World::new(1, SETTINGS, unlimited(), wishes).runners(2);
    world.run(ms(900));
    let before = world.started(0);
    world.run(ms(1200));
    assert_eq!(world.controller.report().lines[0].ended, Some(Ended::Stopped));
    assert_eq!(world.running(0), [1, 1], "what runs may finish");
    assert_eq!(world.controller.phase(), Phase::Run);
    world.run(ms(1700));
    assert_eq!(world.ended, [(1, Ended::Stopped)]);
    assert_eq!(world.started(0), before);
    world.run(ms(2100));
    assert_eq!(world.controller.phase(), Phase::Drain);
    let world = after(ms(4000), world);
    let text =
        "the volume is -3.5; journeys at once cannot be negative (in the window from 2s to 3s)";
    assert_eq!(world.ended[1], (2, Ended::InvalidVolume(text.to_owned())));
    assert!(world.finished());
}

#[test]
fn a_stopped_run_drains_and_a_cancelled_one_does_not_wait() {
    let wish = Wish::level(0, 4.0).lasting(ms(60_000), ms(60_000));
    let mut world = World::new(1, SETTINGS, unlimited(), vec![wish]).runners(2);
    world.stop(ms(1000));
    let mut world = after(ms(5000), world);
    assert_eq!((world.running(0), world.finished()), (vec![2, 2], false));
    world.cancel(ms(5000));
    let world = after(ms(5100), world);
    assert_eq!((world.running(0), world.finished()), (vec![0, 0], true));
    assert_eq!(world.ended, [(1, Ended::Drained)]);
    assert_eq!(world.started(0), 4);
}

#[test]
fn a_lost_runners_part_goes_to_the_others_and_a_joiner_gets_his() {
    let wish = Wish::level(0, 9.0).lasting(ms(20), ms(60));
    let mut world = World::new(1, SETTINGS, unlimited(), vec![wish]).runners(3);
    world.lose(ms(1000), 2);
    world.come(ms(2000), 4);
    world.run(ms(900));
    assert_eq!(world.running(0), [3, 3, 3]);
    world.run(ms(1100));
    assert_eq!(world.running(0), [5, 4], "within milliseconds");
    let world = after(ms(2300), world);
    assert_eq!(world.running(0), [3, 3, 3]);
    assert_eq!(world.controller.report().lost, [2]);
}

#[test]
fn a_level_is_taken_before_it_is_given() {
    let mut controller = controller(10.0, PoolKind::Unlimited, SETTINGS);
    controller.hello(ms(0), 1);
    controller.tick(ms(0));
    let level = |c: &mut Controller, runner| c.grant(c.now, runner).scenarios[0].level;
    assert_eq!(level(&mut controller, 1), Level::fixed(10));
    controller.progress(ms(10), &progress(1, 1, 1, 10));
    controller.orders();
    controller.hello(ms(20), 2);
    assert_eq!(level(&mut controller, 2), Level::fixed(0), "runner 1 may hold all ten");
    assert_eq!(controller.orders(), [Order::Nudge(1)]);
    assert_eq!(level(&mut controller, 1), Level::fixed(5));
    controller.progress(ms(30), &progress(1, 2, 2, 8));
    assert_eq!(controller.orders(), [Order::Nudge(2)]);
    assert_eq!(level(&mut controller, 2), Level::fixed(2), "eight are left");
    controller.progress(ms(40), &progress(1, 3, 2, 5));
    assert_eq!(level(&mut controller, 2), Level::fixed(5));
}

#[test]
fn without_runners_all_is_unmet_and_the_run_can_still_end() {
    let mut controller = controller(10.0, PoolKind::Unlimited, SETTINGS);
    controller.tick(ms(0));
    controller.tick(ms(2000));
    assert_eq!(controller.report().lines[0].unmet.no_runner, ms(20_000));
    assert!(!controller.finished());
    controller.stop(ms(2000));
    assert_eq!(controller.orders(), [Order::LineEnded { id: 1, why: Ended::Drained }]);
    assert!(controller.finished());
}

#[test]
fn repeated_stale_and_foreign_reports_are_ignored_and_counted() {
    let mut controller = controller(4.0, PoolKind::Recyclable, SETTINGS);
    controller.hello(ms(0), 1);
    controller.tick(ms(0));
    controller.stocked(0, (0..4).map(|id| Item { id, data: vec![].into() }).collect());
    let grant = controller.grant(ms(0), 1);
    assert_eq!(grant.scenarios[0].items.len(), 4);
    let mut report = progress(1, 2, 1, 3);
    report.scenarios[0].used = vec![0, 77];
    for ignored in [0, 1] {
        controller.progress(ms(10), &report);
        assert_eq!(controller.report().ignored, ignored);
    }
    controller.progress(ms(10), &progress(1, 1, 1, 9));
    controller.progress(ms(10), &progress(9, 3, 1, 9));
    controller.progress(ms(10), &progress(1, 3, 99, 9));
    let known = controller.report();
    assert_eq!((known.ignored, known.strays, known.lines[0].actual), (4, 1, 3));
    assert_eq!(controller.grant(ms(10), 9).phase, Phase::Bye);
}

#[test]
fn a_pool_that_has_none_is_asked_again_after_a_period_or_a_check_in() {
    let mut controller = controller(2.0, PoolKind::Custom, SETTINGS);
    controller.hello(ms(0), 1);
    controller.tick(ms(0));
    assert_eq!(controller.orders(), [Order::Checkout { pool: 0, count: 2 }]);
    controller.stocked(0, vec![Item { id: 7, data: vec![].into() }]);
    controller.pool_later(0);
    assert_eq!(controller.grant(ms(0), 1).scenarios[0].items.len(), 1);
    assert_eq!(controller.next_event(), ms(1000));
    controller.tick(ms(999));
    assert_eq!(controller.orders(), []);
    let mut report = progress(1, 1, 1, 0);
    report.scenarios[0].started = 1;
    report.scenarios[0].used = vec![7];
    controller.progress(ms(999), &report);
    let checkin = Order::Checkin { pool: 0, ids: vec![7] };
    assert_eq!(controller.orders(), [checkin, Order::Checkout { pool: 0, count: 2 }]);
    controller.pool_later(0);
    controller.tick(ms(1500));
    assert_eq!(controller.orders(), []);
    controller.tick(ms(1999));
    assert_eq!(controller.orders(), [Order::Checkout { pool: 0, count: 2 }]);
}

#[test]
fn what_is_kept_does_not_grow_with_the_run() {
    let wishes = vec![Wish::level(0, 5.0).lasting(ms(1), ms(3)), Wish::level(1, 5.0)];
    let pools = vec![Pool::new(PoolKind::Recyclable, 50), Pool::new(PoolKind::Custom, 50)];
    let mut world = World::new(1, SETTINGS, pools, wishes).runners(2);
    world.run(ms(2000));
    let before = world.controller.size();
    let world = after(ms(20_000), world);
    assert!(world.started(0) > 30_000);
    assert!(world.controller.size() <= before.max(130), "{before} {}", world.controller.size());
}

#[test]
fn what_the_spawn_rate_holds_back_is_booked_for_as_long_as_it_does() {
    let settings = Settings { spawn_rate: 1000.0, ..SETTINGS };
    let world = World::new(1, settings, unlimited(), vec![Wish::level(0, 10.0)]).runners(2);
    let world = after(ms(3000), world);
    // Slot j waits for j ms: 0 + 1 + … + 9.
    let spawn = unmet(&world, 0).spawn;
    assert!(spawn > ms(40) && spawn < ms(55), "{spawn:?}");
}
