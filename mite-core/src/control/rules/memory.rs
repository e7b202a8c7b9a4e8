//! What is kept in memory, and that it does not grow: not with the length of
//! the run, not with the pace of its journeys.

use super::{Controller, Pool, SETTINGS, Wish, World, after, controller, ms, progress};
use crate::control::{Item, LineGrant, Order};
use crate::pool::PoolKind;

/// A controller with one runner, which uses up whatever it is given.
struct Eater {
    controller: Controller,
    asked: u64,
    given: u64,
    started: u64,
}

impl Eater {
    fn new(kind: PoolKind) -> Self {
        let mut controller = controller(2.0, kind, SETTINGS);
        controller.hello(ms(0), 1);
        controller.tick(ms(0));
        Self { controller, asked: 0, given: 0, started: 0 }
    }

    /// What is kept after so many journeys, at the same point of a stock.
    fn after(journeys: u64) -> usize {
        let mut eater = Self::new(PoolKind::Once);
        eater.controller = eater.controller.durable();
        let mut saved = 0;
        while eater.started < journeys {
            eater.eat();
            saved += eater.controller.unsaved().len();
        }
        assert!(saved > 10, "{saved}");
        eater.controller.size()
    }

    /// Is asked 20 ms after the last time, and has used all up since; the pool
    /// answers at once. Says how many items came.
    fn eat(&mut self) -> usize {
        self.asked += 1;
        for order in self.controller.orders() {
            let Order::Checkout { count, .. } = order else { continue };
            let ids = self.given..self.given + u64::from(count);
            self.controller.stocked(0, ids.map(|id| Item { id, data: vec![].into() }).collect());
            self.given += u64::from(count);
        }
        let now = ms(self.asked * 20);
        let grant = self.controller.grant(now, 1);
        let LineGrant { items, .. } = &grant.lines[0];
        self.started += items.len() as u64;
        let mut report = progress(1, self.asked, grant.number, 0);
        report.lines[0].started = self.started;
        report.lines[0].used = items.iter().map(|i| i.id).collect();
        self.controller.progress(now, &report);
        items.len()
    }
}

#[test]
fn the_stock_of_once_items_doubles_up_to_a_period() {
    let mut eater = Eater::new(PoolKind::Once);
    let stocks: Vec<_> = (0..6).map(|_| eater.eat()).collect();
    assert_eq!(stocks, [2, 2, 4, 8, 16, 32]);
}

#[test]
fn a_fast_line_has_some_thousands_of_items_ahead_and_not_a_period() {
    for kind in [PoolKind::Once, PoolKind::Recyclable] {
        let mut eater = Eater::new(kind);
        let (mut most, mut largest) = (0, 0);
        for _ in 0..80 {
            most = most.max(eater.eat());
            largest = largest.max(eater.controller.size());
        }
        // 200,000 starts a second, of a pool that always has more.
        assert!(eater.started > 250_000, "{kind:?}: {}", eater.started);
        assert_eq!(most, 4096, "{kind:?}");
        // With the runner, ready for it, and used ones that are not home yet.
        let home = if kind == PoolKind::Recyclable { 10_000 + 4096 } else { 0 };
        assert!(largest <= 2 * 4096 + home + 1, "{kind:?}: {largest}");
    }
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
fn what_is_kept_of_once_items_that_are_used_does_not_grow_with_them() {
    assert_eq!(Eater::after(30_000), Eater::after(300_000));
}

#[test]
#[ignore = "takes a minute; run it with optimisations"]
fn what_is_kept_after_ten_million_journeys_is_what_is_kept_after_one() {
    assert_eq!(Eater::after(1_000_000), Eater::after(10_000_000));
}
