//! Setup, think time and random choices in virtual time.

use mite::prelude::*;

/// What the setup of `shop` makes.
async fn seed(ctx: &Context) -> mite::Result<(String, u64)> {
    ctx.transaction("seed", async |ctx| {
        ctx.sleep(secs(20)).await;
        ctx.send("seeded", fields! { n: 5 });
        Ok(())
    })
    .await?;
    Ok((ctx.config().get_or("shop", "corner"), 5))
}

async fn clean(ctx: &Context) -> mite::Result {
    let (shop, _) = &*ctx.setup::<(String, u64)>()?;
    ctx.record("closed", shop)
}

#[journey]
async fn buy(ctx: &Context) -> mite::Result {
    let (shop, n) = &*ctx.setup::<(String, u64)>()?;
    ctx.send("bought", fields! { shop, n });
    ctx.think(secs(1)..secs(3)).await;
    Ok(())
}

#[scenario]
fn shop() -> Scenario {
    Scenario::builder()
        .setup(seed)
        .teardown(clean)
        .run(buy, NoData, Constant::new(10, secs(60)))
        .build()
}

#[tokio::test]
async fn a_setup_is_before_the_load_and_no_part_of_it() {
    let test = mite::testing::scenario("setup:shop").config("shop", "mall");
    let run = test.virtual_time().runners(3).run().await;
    run.assert_passed();
    let bought = run.messages_of("bought");
    assert!(bought.len() as u64 == run.started(), "{}", bought.len());
    assert!(bought.iter().all(|m| m.get::<String>("shop").as_deref() == Some("mall")));
    assert!(bought.iter().all(|m| m.get::<u64>("n") == Some(5)));
    // Sixty seconds of ten that think for two on average, each as long as it thinks.
    assert!((280..=330).contains(&run.started()), "{}", run.started());
    assert_eq!(run.summary().status.load, Some(secs(60)));
    assert_eq!(run.summary().totals.transactions, 0);
    assert!(run.messages_of("seeded").is_empty());
    let records = run.messages_of("data_created");
    assert_eq!(records[0].get::<String>("data").as_deref(), Some("mall"));
    assert_eq!(records.len(), 1);
}

#[journey]
async fn chooses(ctx: &Context) -> mite::Result {
    ctx.send("chose", fields! { n: ctx.random().within(0..1_000_000) });
    ctx.sleep(secs(1)).await;
    Ok(())
}

#[scenario]
fn choices() -> Scenario {
    Scenario::builder().run(chooses, NoData, Constant::new(3, secs(20))).build()
}

#[tokio::test]
async fn a_seed_repeats_what_is_chosen() {
    let chosen = async |seed| {
        let test = mite::testing::scenario("setup:choices").runners(2).seed(seed);
        let run = test.virtual_time().run().await;
        let numbers = run.messages_of("chose").into_iter().map(|m| m.get::<u32>("n").unwrap());
        let mut numbers: Vec<_> = numbers.collect();
        numbers.sort();
        assert_eq!(numbers.len(), 60);
        numbers
    };
    let first = chosen(1).await;
    assert_eq!(chosen(1).await, first);
    assert_ne!(chosen(2).await, first);
    let mut different = first.clone();
    different.dedup();
    assert_eq!(different.len(), 60);
}
