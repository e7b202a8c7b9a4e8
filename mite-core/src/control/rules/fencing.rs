//! Runners that fall silent, and what becomes of what they held.

use super::*;
use crate::control::{Ended, Fence, Grant, Item, LostRunner, Order, Phase};
use crate::volume::{Constant, secs};

const FENCED: Settings = Settings { runner_timeout: Some(secs_of(10)), ..SETTINGS };

const fn secs_of(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn level(grant: &Grant) -> u32 {
    grant.lines.first().map_or(0, |line| line.level.top())
}

/// Ticks every second from `from` to `to`; runner 1 reports each time.
fn attend(controller: &mut Controller, from: u64, to: u64, grant: &mut Grant) {
    for t in from..=to {
        let report = progress(1, grant.answers + 1, grant.number, level(grant));
        *grant = controller.answer(ms(t * 1000), &report).unwrap();
        controller.tick(ms(t * 1000));
    }
}

fn lost(controller: &mut Controller) -> Vec<Order> {
    let mut orders = controller.orders();
    orders.retain(|order| matches!(order, Order::RunnerLost(_)));
    orders
}

#[test]
fn who_is_silent_for_the_term_and_a_margin_is_lost() {
    let mut controller = controller(10.0, PoolKind::Unlimited, FENCED);
    controller.hello(ms(0), 1);
    controller.hello(ms(0), 2);
    let mut one = controller.answer(ms(0), &progress(1, 1, 0, 0)).unwrap();
    assert_eq!(level(&one), 5);
    assert_eq!(level(&controller.answer(ms(1500), &progress(2, 1, 0, 0)).unwrap()), 5);
    attend(&mut controller, 2, 11, &mut one);
    controller.tick(ms(11_999));
    assert_eq!((level(&one), lost(&mut controller)), (5, vec![]));
    assert_eq!(controller.next_event(), ms(12_000));
    controller.tick(ms(12_000));
    let gone = LostRunner { runner: 2, from: ms(1500), to: ms(12_000) };
    assert_eq!(lost(&mut controller), [Order::RunnerLost(gone)]);
    attend(&mut controller, 12, 12, &mut one);
    assert_eq!((level(&one), controller.report().lost), (10, vec![gone]));
    // It comes back: what it was granted it has given up, and others have it.
    let again = controller.answer(ms(13_000), &progress(2, 2, 1, 5)).unwrap();
    assert_eq!((again.phase, again.lines.len()), (Phase::Lost, 0));
}

#[test]
fn a_controller_that_slept_takes_nobody_for_lost_until_it_has_heard_them() {
    let mut controller = controller(10.0, PoolKind::Unlimited, FENCED);
    controller.hello(ms(0), 1);
    controller.hello(ms(0), 2);
    let mut one = controller.answer(ms(0), &progress(1, 1, 0, 0)).unwrap();
    let two = controller.answer(ms(0), &progress(2, 1, 0, 0)).unwrap();
    attend(&mut controller, 1, 1, &mut one);
    controller.tick(ms(30_000));
    assert_eq!(lost(&mut controller), []);
    attend(&mut controller, 30, 30, &mut one);
    assert!(controller.answer(ms(30_500), &progress(2, 2, two.number, 5)).is_some());
    attend(&mut controller, 31, 31, &mut one);
    assert_eq!(lost(&mut controller), []);
    assert_eq!(controller.report().runners, [1, 2]);
}

#[test]
fn a_new_life_waits_until_the_last_one_is_surely_over() {
    let fence = Fence { run: 3, epoch: 1, incarnation: 0 };
    let mut controller = controller(10.0, PoolKind::Unlimited, FENCED).fenced(fence);
    let of = |incarnation, number, grant| Progress {
        fence: Fence { incarnation, ..fence },
        ..progress(1, number, grant, 0)
    };
    controller.hello_again(ms(0), 1, 1);
    assert_eq!(level(&controller.answer(ms(0), &of(1, 1, 0)).unwrap()), 10);
    controller.hello_again(ms(500), 1, 2);
    for t in 1..=10 {
        controller.tick(ms(t * 1000));
        assert_eq!(controller.answer(ms(t * 1000), &of(2, t, 0)), None, "at {t} s");
    }
    controller.tick(ms(10_500));
    let grant = controller.answer(ms(10_500), &of(2, 11, 0)).unwrap();
    assert_eq!((level(&grant), grant.fence.incarnation), (10, 2));
    assert_eq!(controller.answer(ms(10_600), &of(1, 2, 1)).unwrap().phase, Phase::Lost);
    assert_eq!(controller.report().lost.len(), 1);
}

#[test]
fn who_is_silent_for_a_period_and_a_half_gets_no_more_arrivals() {
    let rate = Constant::new(12, secs(60));
    let demand = Demand::Rate { model: Some(Box::new(rate)), poisson: false, at_most: None };
    let line = Line { id: 1, demand, pool: 0 };
    let mut controller = Controller::new(FENCED, vec![line], vec![PoolKind::Unlimited.into()]);
    controller.hello(ms(0), 1);
    controller.hello(ms(0), 2);
    let mut one = controller.answer(ms(0), &progress(1, 1, 0, 0)).unwrap();
    controller.answer(ms(0), &progress(2, 1, 0, 0));
    attend(&mut controller, 1, 4, &mut one);
    let own: Vec<u64> =
        one.lines[0].arrivals.as_ref().unwrap().segments.iter().map(|s| s.own()).collect();
    // It was silent for a period when the fourth was sealed, and for two when the fifth was.
    assert_eq!(own, [6, 6, 6, 6, 12, 12, 12]);
    assert_eq!(controller.report().runners, [1, 2]);
}

#[test]
fn once_items_of_a_lost_runner_are_in_doubt_until_it_tells() {
    let mut controller = controller(4.0, PoolKind::Once, FENCED);
    controller.hello(ms(0), 1);
    controller.hello(ms(0), 2);
    controller.tick(ms(0));
    controller.orders();
    controller.stocked(0, (0..4).map(|id| Item { id, data: vec![].into() }).collect());
    controller.pool_exhausted(0);
    let mut one = controller.answer(ms(0), &progress(1, 1, 0, 0)).unwrap();
    let two = controller.answer(ms(0), &progress(2, 1, 0, 0)).unwrap();
    let ids = |grant: &Grant| grant.lines[0].items.iter().map(|i| i.id).collect::<Vec<_>>();
    assert_eq!((ids(&one), ids(&two)), (vec![0, 1], vec![2, 3]));
    attend(&mut controller, 1, 10, &mut one);
    controller.tick(ms(10_500));
    assert_eq!(lost(&mut controller).len(), 1);
    assert_eq!(controller.report().in_doubt[0].items, [2, 3]);
    attend(&mut controller, 11, 11, &mut one);
    assert!(ids(&one).is_empty(), "in doubt is not given out");
    // It had used one when it fell silent, and never started the other.
    let mut late = progress(2, 2, 1, 0);
    (late.lines[0].used, late.lines[0].unused) = (vec![2], vec![3]);
    for _ in 0..2 {
        assert_eq!(controller.answer(ms(11_500), &late).unwrap().phase, Phase::Lost);
    }
    assert_eq!(controller.report().in_doubt, []);
    let mut report = progress(1, one.answers + 1, one.number, 0);
    report.lines[0].used = vec![0, 1];
    let last = controller.answer(ms(12_000), &report).unwrap();
    assert_eq!(ids(&last), [3]);
    report = progress(1, last.answers + 1, last.number, 0);
    report.lines[0].used = vec![3];
    controller.answer(ms(12_100), &report);
    controller.orders();
    assert_eq!(controller.report().lines[0].ended, Some(Ended::Exhausted));
}
