// examples/quickstart.rs      registered names are "<module path>:<name>", here "quickstart:journey"
use mite::prelude::*;

/// Sends one message and waits.
#[journey]
async fn journey(ctx: &Context, arg1: i64, arg2: i64) -> mite::Result {
    ctx.transaction("test1", async |ctx| {
        ctx.send("test_message", fields! {
            content: ctx.config().get_or("test_msg", "Not set"),
            sum: arg1 + arg2,
        });
        ctx.sleep(Duration::from_millis(500)).await;
        Ok(())
    })
    .await
}

#[datapool]
fn datapool() -> impl DataPool<Item = (i64, i64)> {
    RecyclableIterableDataPool::new((0..5000).map(|i| (i, i + 2)))
}

#[scenario]
fn scenario() -> Scenario {
    Scenario::builder()
        .journey("quickstart:journey", datapool, 10)      // ten at once, for ever
        .build()
}

mite::main!();      // the whole command line; `mite::main!(my_journeys, more)` also links journey libraries (crate names, `-` as `_`;
                    // a package's own library must be named too)
