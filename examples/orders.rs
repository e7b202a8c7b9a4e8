//! Statistics of one's own: what a journey counts beside requests and transactions.
//!
//! `cargo run --release --example orders -- scenario test orders:evening`

use mite::prelude::*;

/// Orders three times, of which the last is paid with a voucher.
#[journey]
async fn order(ctx: &Context, table: u32) -> mite::Result {
    for course in ["starter", "main", "dessert"] {
        ctx.transaction("order", async |ctx| {
            let waiting = table % 7;
            ctx.gauge("tables waiting", waiting);
            ctx.sleep(Duration::from_millis(20 + u64::from(waiting))).await;
            ctx.count("orders", 1).with("course", course);
            ctx.observe("price", f64::from(table) / 10.0);
            ctx.send("bill", fields! { course, guests: table % 4 + 1, paid: 12.5 });
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// What was paid, of the messages that journeys send.
#[stat]
fn paid() -> impl Stat {
    Accumulator::of("bill", "paid").when(|bill| bill.get("course") != Some("dessert".to_owned()))
}

/// How long transactions take for how many.
#[stat]
fn seconds() -> impl Stat {
    let took =
        |m: stat::MessageRef<'_>| Some(m.get::<f64>("end_time")? - m.get::<f64>("start_time")?);
    Histogram::by("txn", took).label("transaction")
}

#[datapool]
fn tables() -> impl DataPool<Item = u32> {
    RecyclableIterableDataPool::new(1..=20)
}

#[scenario]
fn evening() -> Scenario {
    Scenario::builder()
        .run(order, tables, Constant::new(10, secs(2)))
        .threshold("orders {course=main} rate > 1/s")
        .threshold("paid sum > 100")
        .threshold("\"tables waiting\" max <= 6 over 1s")
        .threshold("seconds p99 {transaction=order} < 10s")
        .build()
}

mite::main!();
