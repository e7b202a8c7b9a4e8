//! Journeys that record and read records, for the tests of files.

use mite::prelude::*;

/// Records its name, and fails three times out of ten.
#[journey]
async fn flaky(ctx: &Context, name: String) -> mite::Result {
    ctx.record("started", &name)?;
    ctx.transaction("step", async |ctx| {
        ctx.sleep(Duration::from_millis(fastrand::u64(..5))).await;
        mite::ensure!(fastrand::u8(..10) >= 3, "no luck", name: name);
        ctx.send("made", fields! { name });
        Ok(())
    })
    .await
}

/// Five thousand names, each once.
#[datapool]
fn names() -> impl DataPool<Item = (String,)> {
    IterableDataPool::new((0..5000).map(|n| (format!("name-{n}"),)))
}

#[scenario]
fn all_names() -> Scenario {
    Scenario::builder().run(flaky, names, 100).build()
}

/// Records its numbers one by one, and says which are recorded for sure.
#[journey]
async fn counts(ctx: &Context) -> mite::Result {
    let me = ctx.id();
    for n in 0u64.. {
        ctx.record("numbers", &(me, n))?;
        // Longer than a record may take to be written.
        ctx.sleep(Duration::from_millis(20)).await;
        println!("recorded {me} {n}");
    }
    Ok(())
}

#[scenario]
fn for_ever() -> Scenario {
    Scenario::builder().run(counts, NoData, 20).build()
}

/// Records its number as often as it can.
#[journey]
async fn floods(ctx: &Context) -> mite::Result {
    for n in 0..200u32 {
        ctx.record("flood", &fields_of(n))?;
    }
    ctx.sleep(Duration::from_millis(1)).await;
    Ok(())
}

fn fields_of(n: u32) -> serde_json::Value {
    json!({ "n": n, "text": "x".repeat(100) })
}

#[scenario]
fn flood() -> Scenario {
    Scenario::builder().run(floods, NoData, 4).build()
}

/// Puts a name outside the directory of records.
#[journey]
async fn escapes(ctx: &Context) -> mite::Result {
    ctx.send("data_created", fields! { name: "../raw", data: 1 });
    ctx.record("../outside", &1)
}

#[scenario]
fn escape() -> Scenario {
    Scenario::builder().run(escapes, NoData, Once::new()).build()
}

/// Reads the fields of a row.
#[journey]
async fn reads(ctx: &Context, name: String, age: u8) -> mite::Result {
    ctx.record("read", &(name, age))
}

/// The rows of the file that the config names.
#[datapool]
fn rows(config: &Config) -> mite::Result<CsvDataPool> {
    CsvDataPool::once(config.require::<String>("file")?)
}

/// Keeps its row as it is.
#[journey]
async fn keeps(ctx: &Context, row: Row) -> mite::Result {
    ctx.record("kept", &row)
}

/// No names.
#[datapool]
fn nobody() -> impl DataPool<Item = (String,)> {
    IterableDataPool::new(Vec::new())
}

/// No names, which shows only when they are asked for.
#[datapool]
fn nobody_known() -> impl DataPool<Item = (String,)> {
    IterableDataPool::new((0..9).filter(|n| *n > 9).map(|n| (format!("name-{n}"),)))
}

/// The same rows, over and over.
#[datapool]
fn same_rows(config: &Config) -> mite::Result<CsvDataPool> {
    CsvDataPool::recyclable(config.require::<String>("file")?)
}

#[scenario]
fn starved() -> Scenario {
    Scenario::builder().run(reads_slowly, same_rows, Constant::new(5, secs(2))).build()
}

/// Holds on to its row.
#[journey]
async fn reads_slowly(ctx: &Context, name: String) -> mite::Result {
    ctx.sleep(Duration::from_millis(100)).await;
    ctx.send("read", fields! { name });
    Ok(())
}

mite::main!();
