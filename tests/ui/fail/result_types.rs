#![allow(unused)]

use mite::prelude::*;

#[journey]
async fn any(_ctx: &Context) -> anyhow::Result<()> {
    Ok(())
}

#[journey]
async fn boxed(_ctx: &Context) -> Result<(), Box<dyn std::error::Error>> {
    Ok(())
}

fn main() {}
