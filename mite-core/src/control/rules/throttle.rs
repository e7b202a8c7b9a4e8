//! Load that is changed by hand.

use super::*;
use crate::control::Throttle;

fn factor(factor: f64) -> Throttle {
    Throttle { paused: false, factor }
}

const PAUSED: Throttle = Throttle { paused: true, factor: 1.0 };

#[test]
fn levels_follow_and_what_is_paused_is_not_unmet() {
    let mut world = World::new(1, SETTINGS, recyclable(50), vec![Wish::level(0, 10.0)]).runners(3);
    world.throttle(ms(2000), PAUSED);
    world.throttle(ms(4000), Throttle::default());
    world.throttle(ms(6000), factor(0.5));
    world.throttle(ms(8000), factor(1.25));
    world.run(ms(1900));
    assert_eq!(world.running(0), [4, 3, 3]);
    world.run(ms(2200));
    let before = world.started(0);
    world.run(ms(3900));
    assert_eq!((world.running(0), world.started(0)), (vec![0, 0, 0], before));
    assert!(world.controller.report().by_hand.throttle.paused);
    world.run(ms(4100));
    assert_eq!(world.running(0), [4, 3, 3]);
    world.run(ms(6200));
    assert_eq!(world.running(0), [2, 2, 1]);
    let world = after(ms(8200), world);
    assert_eq!(world.running(0), [5, 4, 4], "12.5, rounded");
    // Ten in two seconds would be twenty; what a change takes to arrive is some milliseconds.
    assert!(unmet(&world, 0).total() < ms(100), "{:?}", unmet(&world, 0));
}

#[test]
fn windows_of_arrivals_that_are_sealed_stay_and_later_ones_follow() {
    let wish = Wish::per_second(0, 100.0);
    let mut world = World::new(1, SETTINGS, unlimited(), vec![wish]).runners(2);
    world.throttle(ms(2500), PAUSED);
    world.throttle(ms(7500), factor(0.5));
    // Two windows ahead are sealed: what is asked for at 2.5 s is so from 5 s on.
    for (at, started) in [(5100, 500), (10_000, 500), (12_100, 605)] {
        world.run(ms(at));
        assert_eq!(world.started(0), started, "at {at} ms");
    }
    assert_eq!(world.broken(), [] as [String; 0]);
}

#[test]
fn tickets_wait_while_it_is_paused_and_are_not_multiplied() {
    let wish = Wish::tickets(0, 30).lasting(ms(4000), ms(4000));
    let settings = Settings { spawn_rate: 10.0, ..SETTINGS };
    let mut world = World::new(1, settings, unlimited(), vec![wish]).runners(2);
    world.throttle(ms(950), PAUSED);
    world.throttle(ms(3000), factor(2.0));
    world.run(ms(2900));
    assert_eq!(world.started(0), 10);
    let world = after(ms(12_000), world);
    assert_eq!((world.started(0), world.finished()), (30, true));
}

#[test]
fn nonsense_and_what_is_so_already_change_nothing() {
    let mut controller = controller(4.0, PoolKind::Unlimited, SETTINGS);
    for nonsense in [-1.0, f64::NAN, f64::INFINITY, 1.0] {
        assert!(!controller.scale(ms(0), nonsense), "{nonsense}");
    }
    assert!(!controller.resume(ms(0)));
    assert!(controller.pause(ms(0)) && !controller.pause(ms(1)));
    assert!(controller.scale(ms(1), 0.5), "while it is paused");
    assert!(controller.resume(ms(2)));
    assert_eq!(controller.throttle(), factor(0.5));
}
