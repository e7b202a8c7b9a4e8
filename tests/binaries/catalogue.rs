//! A catalogue of more pages than can all be shown, each a transaction of its own name: for
//! the tests of outputs, and `benches/catalogue`.
//!
//! Config: `pages`, how many there are (10,000); `users`, how many look at them at once (20);
//! `length`, how many seconds load is asked for (20).

use mite::prelude::*;

/// Looks at one page.
#[journey]
async fn visit(ctx: &Context, page: u32) -> mite::Result {
    ctx.transaction(&format!("page {page}"), async |ctx| {
        // The further back, the longer it takes: rows have an order that can be known.
        ctx.sleep(Duration::from_micros(5_000 + u64::from(page))).await;
        Ok(())
    })
    .await
}

#[datapool]
fn pages(config: &Config) -> impl DataPool<Item = u32> {
    let pages: u32 = config.get_or("pages", 10_000_u32);
    RecyclableIterableDataPool::new(0..pages)
}

#[scenario]
fn catalogue(config: &Config) -> Scenario {
    let users: u32 = config.get_or("users", 20_u32);
    let length: u64 = config.get_or("length", 20_u64);
    Scenario::builder().run(visit, pages, Constant::new(users, secs(length))).build()
}

mite::main!();
