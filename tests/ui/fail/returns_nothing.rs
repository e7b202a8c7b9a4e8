#![allow(unused)]

use mite::prelude::*;

#[journey]
async fn journey(ctx: &Context) {}

#[datapool]
fn pool() {}

#[scenario]
fn scenario() {}

#[config]
fn config() {}

#[processor]
fn processor() {}

#[stat]
fn stat() {}

fn main() {}
