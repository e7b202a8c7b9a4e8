//! Which items a runner has.

use std::time::Duration;

use super::*;
use crate::control::switches::Switches;
use crate::control::{Ended, Item, Order};

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
    let world = World::new(1, SETTINGS, recyclable(10), wishes);
    let world = after(ms(4000), world.runners(2));
    assert_eq!([0, 1, 2].map(|s| world.running(s).iter().sum::<u32>()), [4, 4, 2]);
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
        assert!(moving > ms(80), "messages took their time: {moving:?}");
    }
}

#[test]
fn a_ticket_is_one_start_ever_whoever_is_lost() {
    for pool in [PoolKind::Unlimited, PoolKind::Recyclable, PoolKind::Once, PoolKind::Custom] {
        for (runners, tickets) in [(1, 1), (3, 1), (3, 7)] {
            let wish = Wish::tickets(0, tickets).lasting(ms(5), ms(300));
            let world = World::new(1, SETTINGS, vec![Pool::new(pool, 20)], vec![wish]);
            let world = after(ms(3000), world.runners(runners));
            assert_eq!(world.started(0), tickets, "{pool:?}");
            assert_eq!(world.ended, [(1, Ended::Complete)]);
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

#[test]
fn a_custom_pool_gives_no_more_than_journeys_start_with_and_the_spares_it_allows() {
    for spares in [0, 5] {
        let mut pool = Pool::new(PoolKind::Custom, 1000);
        pool.spares = spares;
        let wishes = vec![Wish::level(0, 6.0), Wish::level(0, 4.0)];
        let mut world = World::new(1, SETTINGS, vec![pool], wishes).runners(2);
        let mut most = 0;
        for time in 0..3000 {
            world.run(ms(time));
            most = most.max(world.pools[0].out.len() as u32);
        }
        // Never more than slots, in use or about to be.
        assert_eq!(most, 10 + spares);
        assert!(world.started(0) + world.started(1) > 300);
    }
}

/// Items that were handed out and not used.
fn unused(world: &World) -> u64 {
    world.pools.iter().map(|p| p.handed_out).sum::<u64>()
        - (0..world.wishes.len()).map(|s| world.started(s)).sum::<u64>()
}

#[test]
fn a_pool_that_has_none_is_asked_again_after_a_period_or_a_check_in() {
    let mut controller = controller(2.0, PoolKind::Custom, SETTINGS);
    controller.hello(ms(0), 1);
    controller.tick(ms(0));
    let started = Order::LineStarted { id: 1 };
    assert_eq!(controller.orders(), [started, Order::Checkout { pool: 0, count: 2 }]);
    controller.stocked(0, vec![Item { id: 7, data: vec![].into() }]);
    controller.pool_later(0);
    assert_eq!(controller.grant(ms(0), 1).lines[0].items.len(), 1);
    assert_eq!(controller.next_event(), ms(1000));
    controller.tick(ms(999));
    assert_eq!(controller.orders(), []);
    let mut report = progress(1, 1, 1, 0);
    report.lines[0].started = 1;
    report.lines[0].used = vec![7];
    controller.progress(ms(999), &report);
    let checkin = Order::Checkin { pool: 0, ids: vec![7] };
    assert_eq!(controller.orders(), [checkin]);
    controller.checked_in(0);
    assert_eq!(controller.orders(), [Order::Checkout { pool: 0, count: 2 }]);
    controller.pool_later(0);
    controller.tick(ms(1500));
    assert_eq!(controller.orders(), []);
    controller.tick(ms(1999));
    assert_eq!(controller.orders(), [Order::Checkout { pool: 0, count: 2 }]);
}

#[test]
fn waiting_for_a_pool_that_is_slow_is_not_waiting_for_one_that_has_none() {
    for dry in [false, true] {
        let mut controller = controller(2.0, PoolKind::Once, SETTINGS);
        controller.hello(ms(0), 1);
        controller.tick(ms(0));
        let started = Order::LineStarted { id: 1 };
        assert_eq!(controller.orders(), [started, Order::Checkout { pool: 0, count: 2 }]);
        if dry {
            controller.pool_later(0);
        }
        controller.grant(ms(0), 1);
        for (number, waited) in [(1, 30), (2, 50)] {
            let mut report = progress(1, number, 1, 0);
            report.lines[0].unmet_data = ms(waited);
            controller.progress(ms(waited), &report);
        }
        let unmet = controller.report().lines[0].unmet;
        let expected = if dry { (ms(50), ms(0)) } else { (ms(0), ms(50)) };
        assert_eq!((unmet.data, unmet.supply), expected);
    }
}
