//! What becomes of items that are leased, returned and lost.

use super::*;

const LATER: TestTime = TestTime::from_secs(1);

fn items(ids: std::ops::Range<u64>) -> Vec<Item> {
    ids.map(|id| Item { id, data: Bytes::new() }).collect()
}

fn home(runner: RunnerId, line: usize) -> Home {
    Home { runner, line, grant: 1 }
}

fn ids(items: &[Item]) -> Vec<ItemId> {
    items.iter().map(|i| i.id).collect()
}

#[test]
fn an_item_comes_home_only_from_its_lease_and_only_once() {
    let mut stock = Stock::new(PoolKind::Recyclable);
    stock.dry = true;
    stock.add(items(0..2), LATER);
    assert_eq!(ids(&stock.lease(1, false, 7, 0, 1)), [0]);
    assert_eq!(stock.used(&[0], home(8, 0)), 0, "another runner");
    assert_eq!(stock.used(&[0], home(7, 1)), 0, "another line");
    assert_eq!(stock.used(&[1, 9], home(7, 0)), 0, "not out");
    let before = Home { grant: 0, ..home(7, 0) };
    assert_eq!(stock.used(&[0], before), 0, "said again of an earlier lease");
    assert_eq!(stock.used(&[0, 0], home(7, 0)), 1, "twice");
    stock.dry = true;
    assert_eq!(ids(&stock.lease(9, false, 7, 0, 1)), [1, 0], "in order, used ones last");
}

#[test]
fn used_items_wait_until_the_pool_has_no_others() {
    let mut stock = Stock::new(PoolKind::Recyclable);
    stock.add(items(0..2), LATER);
    stock.lease(2, false, 7, 0, 1);
    stock.used(&[0, 1], home(7, 0));
    assert_eq!((stock.available(false), stock.available(true)), (0, 2));
    stock.dry = true;
    assert_eq!(stock.available(false), 2);
}

#[test]
fn used_items_of_a_large_pool_go_home_the_oldest_first() {
    let mut stock = Stock::new(PoolKind::Recyclable);
    let most = MOST_RETURNED as u64;
    stock.add(items(0..most + 3), LATER);
    stock.lease(most + 3, false, 7, 0, 1);
    stock.used(&(0..most + 2).collect::<Vec<_>>(), home(7, 0));
    assert_eq!(stock.take_homeward(), [0, 1]);
    stock.used(&[most + 2], home(7, 0));
    assert_eq!(stock.take_homeward(), [2]);
    assert_eq!((stock.total(), stock.leased.len()), (most, 0));
}

#[test]
fn unused_items_keep_their_place_and_once_items_their_doubt() {
    let mut stock = Stock::new(PoolKind::Once);
    stock.add(items(0..6), LATER);
    stock.lease(4, false, 7, 0, 1);
    assert_eq!(stock.unused_home(&[1, 2, 3], home(7, 0)), 3);
    assert_eq!(ids(&stock.lease(2, false, 8, 0, 1)), [1, 2]);
    stock.lose(8, 0, |_| true);
    stock.used(&[0], home(7, 0));
    assert_eq!(stock.in_doubt.keys().copied().collect::<Vec<_>>(), [1, 2]);
    stock.close();
    assert_eq!(stock.take_homeward(), [3, 4, 5]);
    assert!(stock.is_settled());
}

#[test]
fn tickets_are_made_when_they_are_leased() {
    let mut stock = Stock::tickets(u64::MAX);
    let two = stock.lease(2, false, 7, 0, 1);
    assert_eq!(ids(&two), [1, 2]);
    assert_eq!(two[0].data, NO_ARGUMENTS);
    assert_eq!(stock.size(), 2);
    let mut stock = Stock::tickets(1);
    assert_eq!(stock.lease(2, false, 7, 0, 1).len(), 1);
    assert_eq!(stock.lease(2, false, 7, 0, 1).len(), 0);
}

#[test]
fn an_item_that_is_out_is_not_taken_in_again() {
    let mut stock = Stock::new(PoolKind::Custom);
    stock.ordered = 3;
    stock.add(items(0..1), LATER);
    stock.lease(1, false, 7, 0, 1);
    stock.add(items(0..2), LATER);
    assert_eq!((stock.duplicates, stock.unused(), stock.dry), (1, 1, true));
    assert_eq!(stock.used(&[0], home(7, 0)), 1);
    assert_eq!(stock.take_homeward(), [0]);
    assert!(stock.retry.is_some());
}

#[test]
fn what_comes_after_the_end_goes_home_at_once() {
    let mut stock = Stock::new(PoolKind::Recyclable);
    stock.ordered = 2;
    stock.add(items(0..1), LATER);
    stock.lease(1, false, 7, 0, 1);
    stock.close();
    assert!(!stock.is_settled());
    stock.add(items(1..2), LATER);
    stock.used(&[0], home(7, 0));
    stock.later(LATER);
    assert_eq!(stock.retry, None);
    assert_eq!(stock.take_homeward(), [1, 0]);
    assert!(stock.is_settled());
}
