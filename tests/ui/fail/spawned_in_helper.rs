#![allow(unused)]

use mite::prelude::*;

// What is no journey, mite does not see: the compiler's text, the README's remedy.
async fn helper(ctx: &Context) {
    tokio::spawn(async move { ctx.send("hello", fields! {}) });
}

fn main() {}
