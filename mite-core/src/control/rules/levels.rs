//! How many journeys a runner holds.

use std::time::Duration;

use super::*;
use crate::control::{Ended, Level, Order};
use crate::volume::{Constant, secs};

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
    let levels = [1, 2].map(|r| controller.grant(ms(0), r).lines[0].level);
    for t in 0..400 {
        let held: u32 = levels.iter().map(|l| l.at(ms(t))).sum();
        assert_eq!(held, (t as u32 / 10 + 1).min(30));
    }
    assert_eq!(controller.orders(), [Order::LineStarted { id: 1 }]);
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

#[test]
fn a_level_is_taken_before_it_is_given() {
    let mut controller = controller(10.0, PoolKind::Unlimited, SETTINGS);
    controller.hello(ms(0), 1);
    controller.tick(ms(0));
    let level = |c: &mut Controller, runner| c.grant(c.now, runner).lines[0].level;
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
fn what_is_missing_is_booked_from_joint_to_joint() {
    let chain =
        Constant::new(2, secs(1.2)) + Constant::new(30, secs(0.6)) + Constant::new(2, secs(1.2));
    let demand = Demand::Level(Box::new(chain));
    let settings = Settings { runner_max_journeys: Some(10), ..SETTINGS };
    let line = Line { id: 1, demand, pool: 0 };
    let mut controller = Controller::new(settings, vec![line], vec![PoolKind::Unlimited.into()]);
    controller.hello(ms(0), 1);
    controller.tick(ms(0));
    assert_eq!(controller.grant(ms(0), 1).lines[0].level, Level::fixed(2));
    controller.orders();
    assert_eq!(controller.next_event(), ms(1000), "the window");
    controller.tick(ms(1000));
    controller.orders();
    assert_eq!(controller.next_event(), ms(1200), "the joint");
    // However late anybody looks: it was 20 too few for 0.6 s, and 2 run all the time.
    controller.tick(ms(5000));
    let report = &controller.report().lines[0];
    assert_eq!(report.unmet.cap.as_millis(), 12_000);
    assert_eq!((report.peak, report.ended.clone()), (30, Some(Ended::Stopped)));
}
