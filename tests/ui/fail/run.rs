#![allow(unused)]

use mite::prelude::*;

#[datapool]
fn numbers() -> impl DataPool<Item = (u64,)> {
    IterableDataPool::new([(1,)])
}

#[journey]
async fn signin(_ctx: &Context, _user: String) -> mite::Result {
    Ok(())
}

fn not_a_journey(_ctx: &Context, _user: u64) -> mite::Result {
    Ok(())
}

fn not_a_pool() -> Vec<u64> {
    Vec::new()
}

fn main() {
    let _ = Scenario::builder().run(signin, numbers, 1);
    let _ = Scenario::builder().run(signin, numbers(), 1);
    let _ = Scenario::builder().run(signin, NoData, 1);
    let _ = Scenario::builder().run(not_a_journey, numbers, 1);
    let _ = Scenario::builder().run(signin, not_a_pool, 1);
    let _ = Scenario::builder().journey("run:signin", vec![1], 1);
}
