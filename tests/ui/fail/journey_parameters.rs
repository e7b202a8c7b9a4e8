#![allow(unused)]

use mite::prelude::*;

#[journey]
async fn nothing() -> mite::Result {
    Ok(())
}

#[journey]
async fn no_context(name: String) -> mite::Result {
    Ok(())
}

#[journey]
async fn context_by_value(ctx: Context) -> mite::Result {
    Ok(())
}

#[journey]
async fn context_to_change(ctx: &mut Context) -> mite::Result {
    Ok(())
}

#[journey]
async fn config_instead(config: &Config) -> mite::Result {
    Ok(())
}

#[journey]
async fn text(ctx: &Context, name: &str) -> mite::Result {
    Ok(())
}

#[journey]
async fn slice(ctx: &Context, pages: &[Option<u8>]) -> mite::Result {
    Ok(())
}

#[journey]
async fn reference(ctx: &Context, row: &Vec<(u8, u16)>) -> mite::Result {
    Ok(())
}

#[journey]
async fn borrowed_inside(ctx: &Context, row: Vec<(u8, Option<&str>)>) -> mite::Result {
    Ok(())
}

#[journey]
async fn any(ctx: &Context, name: impl Into<String>) -> mite::Result {
    Ok(())
}

#[journey]
async fn taken_apart(ctx: &Context, (a, b): (u8, u8)) -> mite::Result {
    Ok(())
}

#[journey]
async fn unnamed(ctx: &Context, _: u8) -> mite::Result {
    Ok(())
}

#[journey]
#[rustfmt::skip]
async fn many(
    ctx: &Context,
    a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8, j: u8, k: u8, l: u8,
    m: u8,
) -> mite::Result {
    Ok(())
}

struct User;

impl User {
    #[journey]
    async fn method(&self, ctx: &Context) -> mite::Result {
        Ok(())
    }
}

fn main() {}
