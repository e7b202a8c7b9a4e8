//! Journeys that meet a new name each time, to show that memory does not grow with them:
//! `benches/unbounded`, docs/performance.md.

use mite::prelude::*;
use mite_core::extend::{Exchange, Label, Outcome};

/// Names in one execution.
const MANY: u64 = 1_000;

/// As many executions as make `names` names.
#[datapool]
fn parts(config: &Config) -> impl DataPool<Item = u64> {
    let names: u64 = config.get_or("names", 10_000_u64);
    IterableDataPool::new(0..names / MANY)
}

fn names(part: u64) -> impl Iterator<Item = u64> {
    part * MANY..(part + 1) * MANY
}

#[journey]
async fn transactions(ctx: &Context, part: u64) -> mite::Result {
    for n in names(part) {
        ctx.transaction(&format!("transaction {n}"), async |_| Ok(())).await?;
    }
    Ok(())
}

#[journey]
async fn errors(ctx: &Context, part: u64) -> mite::Result {
    for n in names(part) {
        // In words, since numbers in texts are folded.
        let words: String =
            n.to_string().chars().map(|c| char::from(b'a' + c as u8 - b'0')).collect();
        let failed: mite::Result = ctx
            .transaction("fails", async |_| Err(mite::Error::new(format!("no item {words}"))))
            .await;
        debug_assert!(failed.is_err());
    }
    Ok(())
}

#[journey]
async fn messages(ctx: &Context, part: u64) -> mite::Result {
    names(part).for_each(|n| ctx.send(&format!("message {n}"), fields! { n }));
    Ok(())
}

#[journey]
async fn statistics(ctx: &Context, part: u64) -> mite::Result {
    for n in names(part) {
        ctx.observe("seconds", n).with("id", n.to_string());
        ctx.count(&format!("counter {n}"), 1);
    }
    Ok(())
}

#[journey]
async fn requests(ctx: &Context, part: u64) -> mite::Result {
    for n in names(part) {
        let exchange = Exchange {
            protocol: "http",
            name: Label::intern(&format!("GET /items/{n}")),
            status: Some(200),
            outcome: Outcome::Ok,
            took: Duration::from_micros(n).into(),
            received: 1,
            sent: 1,
        };
        ctx.exchange("http_metrics", &exchange, |_| ());
    }
    Ok(())
}

mite::main!();
