#![allow(unused)]

use mite::prelude::*;

#[journey]
fn browse(ctx: &Context) -> mite::Result {
    ctx.send("seen", fields! {});
    Ok(())
}

fn main() {
    let _ = browse(&Context::for_test());
}
