#![allow(unused)]

use mite::prelude::*;

#[journey]
async fn journey(_ctx: &Context) -> mite::Result {
    Err("no text is an error")?;
    let boxed: Result<(), Box<dyn std::error::Error + Send + Sync>> = Ok(());
    boxed?;
    let any: anyhow::Result<()> = Ok(());
    any?;
    Ok(())
}

fn main() {}
