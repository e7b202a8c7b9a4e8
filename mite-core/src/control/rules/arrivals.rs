//! Journeys per second: what starts, what is dropped, and when the line ends.

use super::*;
use crate::control::{ArrivalReport, Dropped, Ended};

fn told(world: &World, line: usize) -> ArrivalReport {
    world.controller.report().lines[line].arrivals.expect("its volume is a rate")
}

/// A rate, then nothing from `until` on.
fn rate(pool: usize, n: f64, until: u64) -> Wish {
    Wish::per_second(pool, n).then(ms(until), None)
}

#[test]
fn five_a_second_for_three_seconds_are_fifteen_on_any_number_of_runners() {
    for runners in [1, 2, 3, 7] {
        let world = World::new(1, SETTINGS, unlimited(), vec![rate(0, 5.0, 3000)]).runners(runners);
        let world = after(ms(3500), world);
        assert_eq!((world.started(0), told(&world, 0).scheduled), (15, 15), "{runners} runners");
        assert_eq!(world.ended, [(1, Ended::Stopped)]);
        assert!(world.finished());
    }
}

#[test]
fn closed_and_open_lines_stand_beside_each_other() {
    let wishes = vec![Wish::level(0, 4.0), rate(0, 1000.0, 2000), rate(0, 0.2, 10_000)];
    let world = World::new(1, SETTINGS, unlimited(), wishes).runners(2);
    let world = after(ms(10_500), world);
    assert_eq!(world.running(0), [2, 2]);
    assert_eq!((world.started(1), world.started(2)), (2000, 2));
    assert_eq!(world.ended, [(2, Ended::Stopped), (3, Ended::Stopped)]);
}

#[test]
fn what_exceeds_the_number_in_flight_is_dropped() {
    // Ten a second, each of them for a second: three of them are in flight at once.
    let wish = rate(0, 10.0, 10_000).at_most(3).lasting(ms(1000), ms(1000));
    for runners in [1, 2, 3, 5] {
        let world = World::new(1, SETTINGS, unlimited(), vec![wish.clone()]).runners(runners);
        let world = after(ms(11_500), world);
        let ArrivalReport { scheduled, dropped, .. } = told(&world, 0);
        assert_eq!((scheduled, world.started(0) + dropped.capped), (100, 100));
        assert_eq!(dropped, Dropped { capped: dropped.capped, ..Dropped::default() });
        let most = world.observer.most_at_once(0);
        assert_eq!(most, 3, "{runners} runners");
    }
}

#[test]
fn a_full_runner_drops_arrivals_and_keeps_its_closed_lines() {
    let settings = Settings { runner_max_journeys: Some(5), ..SETTINGS };
    let wishes = vec![
        Wish::level(0, 4.0).lasting(ms(20), ms(50)),
        rate(0, 100.0, 5000).lasting(ms(500), ms(500)),
    ];
    let world = after(ms(4900), World::new(1, settings, unlimited(), wishes).runners(1));
    assert_eq!(world.running(0), [4]);
    let dropped = world.observer.arrivals[&1].dropped;
    assert!(dropped.full > 400 && dropped.total() == dropped.full, "{dropped:?}");
    // It is told once a period.
    let told = told(&world, 1).dropped;
    assert!((dropped.full - 100..=dropped.full).contains(&told.full), "{told:?}");
}

#[test]
fn slots_that_find_arrivals_in_their_place_are_unmet() {
    let settings = Settings { runner_max_journeys: Some(5), ..SETTINGS };
    let wishes = vec![
        Wish::level(0, 0.0).then(ms(1000), Some(4.0)).lasting(ms(20), ms(50)),
        rate(0, 10.0, 1000).lasting(ms(3000), ms(3000)),
    ];
    let world = after(ms(6000), World::new(1, settings, unlimited(), wishes).runners(1));
    // Those that began at 0.05 to 0.45 s end three seconds later: four slots wait from the
    // first second on, until 3.05, 3.15, 3.25 and 3.35 s.
    assert_eq!((world.started(1), told(&world, 1).dropped.full), (5, 5));
    let missing = unmet(&world, 0).cap.as_millis();
    assert!((8_780..=8_800).contains(&missing), "{missing} ms");
    assert_eq!(world.running(0), [4]);
}

#[test]
fn without_an_item_an_arrival_is_dropped() {
    // Each item is used for a second, and there are three.
    let wish = rate(0, 10.0, 10_000).lasting(ms(1000), ms(1000));
    let world = after(ms(11_500), World::new(1, SETTINGS, recyclable(3), vec![wish]).runners(1));
    let ArrivalReport { scheduled, dropped, .. } = told(&world, 0);
    assert_eq!((scheduled, world.started(0) + dropped.no_data), (100, 100));
    assert!((28..=30).contains(&world.started(0)), "{}", world.started(0));
}

#[test]
fn a_few_items_feed_many_arrivals() {
    let wish = rate(0, 2000.0, 3000).lasting(ms(2), ms(4));
    for runners in [1, 3] {
        let world = World::new(1, SETTINGS, recyclable(100), vec![wish.clone()]).runners(runners);
        let world = after(ms(3500), world);
        assert_eq!((world.started(0), told(&world, 0).dropped), (6000, Dropped::default()));
    }
}

#[test]
fn a_pool_of_once_items_ends_the_schedule() {
    let pools = vec![Pool::new(PoolKind::Once, 25)];
    let world = World::new(1, SETTINGS, pools, vec![Wish::per_second(0, 10.0)]).runners(2);
    let world = after(ms(6000), world);
    let ArrivalReport { scheduled, dropped, .. } = told(&world, 0);
    assert_eq!((world.started(0), scheduled, dropped), (25, 25, Dropped::default()));
    assert_eq!(world.ended, [(1, Ended::Exhausted)]);
    assert!(world.finished());
}

#[test]
fn a_custom_pool_gives_no_more_than_journeys_arrive() {
    let pools = vec![Pool::new(PoolKind::Custom, 1000)];
    let world = World::new(1, SETTINGS, pools, vec![rate(0, 20.0, 3000)]).runners(2);
    let world = after(ms(4000), world);
    assert_eq!((world.started(0), told(&world, 0).dropped), (60, Dropped::default()));
    assert_eq!(world.pools[0].handed_out, 60);
    assert!(world.finished());
}

#[test]
fn a_lost_runners_arrivals_are_lost_and_counted() {
    let mut world = World::new(1, SETTINGS, unlimited(), vec![rate(0, 100.0, 6000)]).runners(2);
    world.lose(ms(2500), 2);
    let world = after(ms(7000), world);
    let ArrivalReport { scheduled, lost, dropped, .. } = told(&world, 0);
    assert_eq!((scheduled, dropped), (600, Dropped::default()));
    // Since its last report, and to the end of what was sealed: two windows ahead.
    assert!((125..=175).contains(&lost), "{lost}");
    assert!(world.finished());
}

#[test]
fn a_joiner_has_its_part_of_the_windows_to_come() {
    let mut world = World::new(1, SETTINGS, unlimited(), vec![rate(0, 100.0, 6000)]).runners(1);
    world.come(ms(1500), 2);
    let world = after(ms(7000), world);
    assert_eq!((world.started(0), told(&world, 0).scheduled), (600, 600));
    assert_eq!(world.observer.started_on(2, 0), 100, "half of the last two windows");
}

#[test]
fn a_run_that_is_stopped_schedules_nothing_more() {
    let mut world =
        World::new(1, SETTINGS, unlimited(), vec![Wish::per_second(0, 100.0)]).runners(2);
    world.stop(ms(2500));
    let world = after(ms(4000), world);
    let ArrivalReport { scheduled, cut, .. } = told(&world, 0);
    assert!((250..=252).contains(&scheduled), "{scheduled}");
    assert_eq!((scheduled, scheduled + cut), (world.started(0), 500));
    assert!(world.finished());
}

#[test]
fn a_time_limit_cuts_the_schedule_to_the_arrival() {
    let settings = Settings { until: Some(ms(2500)), ..SETTINGS };
    let world =
        World::new(1, settings, unlimited(), vec![Wish::per_second(0, 10_000.0)]).runners(2);
    let world = after(ms(3500), world);
    assert_eq!((world.started(0), told(&world, 0).scheduled), (25_000, 25_000));
    assert_eq!(world.ended, [(1, Ended::Stopped)]);
}

#[test]
fn a_rate_that_is_none_ends_its_line_when_it_would_begin() {
    let wish = Wish::per_second(0, 10.0).then(ms(2000), Some(-1.0));
    let world = World::new(1, SETTINGS, unlimited(), vec![wish]).runners(1);
    let world = after(ms(3500), world);
    assert_eq!(world.started(0), 20);
    let text =
        "the volume is -1; journeys per second cannot be negative (in the window from 2s to 3s)";
    assert_eq!(world.ended, [(1, Ended::InvalidVolume(text.to_owned()))]);
}

#[test]
fn random_arrivals_are_the_same_for_any_set_of_runners() {
    let schedule = |runners| {
        let wish = rate(0, 40.0, 5000).poisson();
        let world = World::new(1, SETTINGS, unlimited(), vec![wish]).runners(runners);
        let world = after(ms(6000), world);
        assert!(world.finished());
        world.observer.arrivals[&0].decided.clone()
    };
    let alone = schedule(1);
    assert!((160..240).contains(&alone.len()), "{}", alone.len());
    assert_eq!(schedule(2), alone);
    assert_eq!(schedule(7), alone);
}

#[test]
fn what_is_kept_of_arrivals_does_not_grow() {
    let wishes = vec![Wish::per_second(0, 100.0), Wish::per_second(0, 2000.0).poisson()];
    let mut world = World::new(1, SETTINGS, unlimited(), wishes).runners(2);
    world.run(ms(3000));
    let kept = |world: &World| {
        let arrivals = world.controller.lines.iter().filter_map(|line| line.arrivals.as_ref());
        let cells = world.controller.roster.iter().flat_map(|runner| &runner.cells);
        arrivals.map(|a| a.size()).sum::<usize>() + cells.map(|c| c.arrivals.size()).sum::<usize>()
    };
    let before = kept(&world);
    let world = after(ms(30_000), world);
    assert!(world.started(1) > 50_000);
    assert_eq!(kept(&world), before);
}
