//! Runners that come and go, lines and runs that end.

use super::*;
use crate::config::Config;
use crate::control::{Ended, Fence, Item, Order, Phase};

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
    let lost = &world.controller.report().lost;
    assert_eq!(lost.iter().map(|lost| lost.runner).collect::<Vec<_>>(), [2]);
    assert!(lost[0].from < ms(1000) && lost[0].to >= ms(1000), "{lost:?}");
}

#[test]
fn without_runners_all_is_unmet_and_the_run_can_still_end() {
    let mut controller = controller(10.0, PoolKind::Unlimited, SETTINGS);
    controller.tick(ms(0));
    controller.tick(ms(2000));
    assert_eq!(controller.report().lines[0].unmet.no_runner, ms(20_000));
    assert!(!controller.finished());
    controller.stop(ms(2000));
    let why = Ended::Drained;
    let (stopped, ended) =
        (Order::LineStopped { id: 1, why: why.clone() }, Order::LineEnded { id: 1, why });
    assert_eq!(controller.orders(), [Order::LineStarted { id: 1 }, stopped, ended]);
    assert!(controller.finished());
}

#[test]
fn repeated_stale_and_foreign_reports_are_ignored_and_counted() {
    let mut controller = controller(4.0, PoolKind::Recyclable, SETTINGS);
    controller.hello(ms(0), 1);
    controller.tick(ms(0));
    controller.stocked(0, (0..4).map(|id| Item { id, data: vec![].into() }).collect());
    let grant = controller.grant(ms(0), 1);
    assert_eq!(grant.lines[0].items.len(), 4);
    let mut report = progress(1, 2, 1, 3);
    report.lines[0].used = vec![0, 77];
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
fn a_report_that_comes_again_gets_the_same_answer_again() {
    let mut controller = controller(4.0, PoolKind::Recyclable, SETTINGS);
    controller.hello(ms(0), 1);
    controller.stocked(0, (0..4).map(|id| Item { id, data: vec![].into() }).collect());
    let first = controller.answer(ms(0), &progress(1, 1, 0, 0)).unwrap();
    assert_eq!(first.lines[0].items.len(), 4);
    assert_eq!(controller.answer(ms(5), &progress(1, 1, 0, 0)), Some(first.clone()));
    // Asked anew without having seen it, a runner gets its items again, and no others.
    let second = controller.answer(ms(10), &progress(1, 2, 0, 0)).unwrap();
    assert_eq!((second.number, second.answers), (2, 2));
    assert_eq!(second.lines[0].items, first.lines[0].items);
    let third = controller.answer(ms(20), &progress(1, 3, 2, 4)).unwrap();
    assert_eq!(third.lines[0].items, [], "it has them");
    assert_eq!(controller.answer(ms(30), &progress(1, 2, 0, 0)), None, "an older one");
    assert_eq!(controller.report().ignored, 2);
}

#[test]
fn reports_of_another_run_or_life_are_ignored() {
    let fence = Fence { run: 7, epoch: 2, incarnation: 0 };
    let mut controller = controller(4.0, PoolKind::Unlimited, SETTINGS).fenced(fence);
    controller.hello_again(ms(0), 1, 5);
    let own = Fence { incarnation: 5, ..fence };
    let of = |fence| Progress { fence, ..progress(1, 1, 0, 0) };
    let foreign =
        [Fence { run: 8, ..own }, Fence { epoch: 1, ..own }, Fence { incarnation: 4, ..own }];
    for fence in foreign {
        assert_eq!(controller.answer(ms(0), &of(fence)), None, "{fence:?}");
    }
    let grant = controller.answer(ms(0), &of(own)).unwrap();
    assert_eq!((grant.fence, grant.lines[0].level.base), (own, 4));
    assert_eq!(controller.report().ignored, 3);
}

#[test]
fn a_grant_brings_the_settings_that_changed() {
    let config = Config::new();
    config.set("greeting", "hello");
    let mut controller = controller(4.0, PoolKind::Unlimited, SETTINGS).with_config(config.clone());
    controller.hello(ms(0), 1);
    let grant = controller.answer(ms(0), &progress(1, 1, 0, 0)).unwrap();
    assert_eq!(grant.config, config.changes_since(0));
    let has_it = Progress { config_version: grant.config.version, ..progress(1, 2, 1, 4) };
    assert_eq!(controller.answer(ms(1), &has_it).unwrap().config.pairs, []);
}
