//! Setups and teardowns that end well, badly, and not at all, for the tests of the
//! command line.

use mite::prelude::*;

#[journey]
async fn buy(ctx: &Context) -> mite::Result {
    let shops = ctx.setup::<Vec<u64>>()?;
    let shop = *ctx.random().pick(&shops);
    mite::ensure!(shop > 6, "there is no shop {shop}");
    ctx.sleep(Duration::from_millis(10)).await;
    Ok(())
}

#[journey]
async fn browse(ctx: &Context) -> mite::Result {
    ctx.sleep(Duration::from_millis(10)).await;
    Ok(())
}

async fn seed(ctx: &Context) -> mite::Result<Vec<u64>> {
    ctx.transaction("make shops", async |ctx| ctx.record("shops", &7)).await?;
    Ok(vec![7, 8])
}

async fn fails(_ctx: &Context) -> mite::Result {
    mite::bail!("the service is not there")
}

async fn hangs(_ctx: &Context) -> mite::Result {
    std::future::pending().await
}

async fn blocks(_ctx: &Context) -> mite::Result {
    loop {
        std::thread::sleep(secs(1));
    }
}

async fn panics(_ctx: &Context) -> mite::Result {
    panic!("no shops")
}

/// Prints, so that a test sees that it ran.
async fn clean(ctx: &Context) -> mite::Result {
    println!("cleaned {} shops", ctx.setup::<Vec<u64>>()?.len());
    Ok(())
}

async fn clean_nothing(_ctx: &Context) -> mite::Result {
    println!("cleaned");
    Ok(())
}

#[scenario]
fn good() -> Scenario {
    Scenario::builder().setup(seed).teardown(clean).run(buy, NoData, 2).build()
}

#[scenario]
fn failing() -> Scenario {
    Scenario::builder().setup(fails).teardown(clean_nothing).run(browse, NoData, 2).build()
}

#[scenario]
fn hanging() -> Scenario {
    Scenario::builder().setup(hangs).teardown(clean_nothing).run(browse, NoData, 2).build()
}

#[scenario]
fn blocking() -> Scenario {
    Scenario::builder().setup(blocks).run(browse, NoData, 2).build()
}

#[scenario]
fn panicking() -> Scenario {
    Scenario::builder().setup(panics).run(browse, NoData, 2).build()
}

#[scenario]
fn of_another_type() -> Scenario {
    Scenario::builder().setup(async |_: &Context| Ok("shop")).run(buy, NoData, 1).build()
}

#[scenario]
fn none() -> Scenario {
    Scenario::builder().run(buy, NoData, Once::new()).build()
}

#[scenario]
fn two() -> Scenario {
    Scenario::builder().setup(seed).setup(fails).run(buy, NoData, 1).build()
}

#[scenario]
fn clean_fails() -> Scenario {
    Scenario::builder().teardown(fails).run(browse, NoData, 2).build()
}

#[scenario]
fn clean_hangs() -> Scenario {
    Scenario::builder().teardown(hangs).run(browse, NoData, 2).build()
}

#[scenario]
fn broken_limit() -> Scenario {
    Scenario::builder()
        .teardown(clean_nothing)
        .run(browse, NoData, 2)
        .threshold("journeys rate > 1000000/s")
        .build()
}

mite::main!();
