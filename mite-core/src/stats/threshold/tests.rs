use std::time::Duration;

use super::*;
use crate::error::Error;
use crate::label::Label;
use crate::stats::{Aggregator, Board, End, Exchange, Outcome, RunStatus};

mod failed;
mod own;
mod parsing;
mod watching;

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn label(text: &str) -> Label {
    Label::intern(text)
}
