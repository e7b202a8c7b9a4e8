#![allow(unused)]

use mite::prelude::*;

#[journey]
async fn journey(_ctx: &Context) -> mite::Result<u8> {
    Ok(1)
}

#[journey]
async fn other_error(_ctx: &Context) -> Result<(), String> {
    Ok(())
}

#[datapool]
fn pool() -> Vec<u8> {
    vec![1]
}

#[datapool]
async fn later_pool(_config: &Config) -> mite::Result<Vec<u8>> {
    Ok(vec![1])
}

#[scenario]
fn scenario() -> String {
    String::new()
}

struct NotSerialize;

#[config]
fn config() -> NotSerialize {
    NotSerialize
}

#[processor]
fn processor() -> u8 {
    1
}

fn main() {}
