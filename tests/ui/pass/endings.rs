//! Bodies that end without `Ok(())`, or start tasks, and are right all the same.

#![deny(warnings)]
#![allow(dead_code)]
#![allow(clippy::needless_return)]

use mite::prelude::*;

fn block() -> ! {
    loop {
        std::thread::park();
    }
}

#[journey]
async fn returns(ctx: &Context) -> mite::Result {
    ctx.transaction("step", async |ctx| {
        if ctx.should_stop() {
            mite::bail!("too late");
        }
        return Ok(());
    })
    .await?;
    return Ok(());
}

#[journey]
async fn returns_either(ctx: &Context) -> mite::Result {
    match ctx.should_stop() {
        true => return Ok(()),
        false => mite::bail!("too early"),
    };
}

#[journey]
async fn bails(_ctx: &Context) -> mite::Result {
    mite::bail!("not today");
}

#[journey]
async fn panics(ctx: &Context) -> mite::Result {
    ctx.transaction("step", async |_| panic!("fell over")).await
}

#[journey]
async fn never_returns(_ctx: &Context) -> mite::Result {
    block();
}

#[journey]
async fn loops(ctx: &Context) -> mite::Result {
    loop {
        ctx.sleep(secs(1)).await;
    }
}

#[journey]
async fn leaves_a_loop(ctx: &Context) -> mite::Result {
    let n = ctx
        .transaction("count", async |ctx| {
            let mut n = 0;
            loop {
                n += 1;
                ctx.sleep(secs(1)).await;
                if n == 3 {
                    break Ok(n);
                }
            }
        })
        .await?;
    if n > 3 { Err(mite::Error::new("too many")) } else { Ok(()) }
}

#[journey]
async fn while_there_is_time(ctx: &Context) -> mite::Result {
    while !ctx.should_stop() {
        ctx.sleep(secs(1)).await;
    }
    Ok(())
}

#[journey]
async fn hands_on(ctx: &Context) -> mite::Result {
    ctx.transaction("no block", async |ctx| ctx.record("n", &1)).await?;
    ctx.transaction("a match", async |ctx| match ctx.id() {
        1 => Ok(()),
        _ => ctx.record("n", &2),
    })
    .await
}

async fn work(ctx: Context) {
    ctx.send("worked", fields! {});
}

#[journey]
async fn spawns_with_a_copy(ctx: &Context) -> mite::Result {
    let copy = ctx.clone();
    let first = tokio::spawn(async move { copy.send("hello", fields! {}) });
    let second = tokio::spawn(work(ctx.clone()));
    first.await?;
    second.await?;
    Ok(())
}

#[journey]
async fn spawns_under_the_same_name(ctx: &Context) -> mite::Result {
    ctx.transaction("step", async |ctx| {
        let ctx = ctx.clone();
        tokio::task::spawn_local(async move { ctx.send("hello", fields! {}) }).await?;
        Ok(())
    })
    .await
}

#[journey]
async fn spawns_without_a_context(ctx: &Context) -> mite::Result {
    let id = ctx.id();
    tokio::spawn(async move { id + 1 }).await?;
    std::thread::scope(|scope| {
        scope.spawn(|| ctx.id());
    });
    Ok(())
}

fn main() {}
