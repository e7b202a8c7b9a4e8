use mite::prelude::*;

#[journey]
async fn thinks(ctx: &Context) -> mite::Result {
    ctx.think(secs(1));
    ctx.transaction("Look", async |_| Ok(()));
    Ok(())
}

/// Who means it says so.
#[journey]
#[allow(unused_must_use)]
async fn means_it(ctx: &Context) -> mite::Result {
    ctx.think(secs(1));
    Ok(())
}

fn main() {}
