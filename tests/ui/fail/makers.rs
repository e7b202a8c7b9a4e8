#![allow(unused)]

use mite::prelude::*;

#[scenario]
fn scenario(users: u32) -> Scenario {
    Scenario::builder().build()
}

#[scenario]
fn scenario_of_two(config: &Config, users: u32) -> Scenario {
    Scenario::builder().build()
}

#[datapool]
fn pool(config: Config) -> NoData {
    NoData
}

#[config]
fn config(config: &Config) -> String {
    String::new()
}

#[config]
async fn later_config() -> String {
    String::new()
}

#[processor]
async fn later_processor() -> String {
    String::new()
}

#[processor]
fn processor(ctx: &Context) -> String {
    String::new()
}

#[stat]
async fn later_stat() -> Counter {
    Counter::of("order")
}

#[stat]
fn stat(config: &Config) -> Counter {
    Counter::of("order")
}

fn main() {}
