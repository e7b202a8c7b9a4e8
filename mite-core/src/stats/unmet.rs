//! Why volume was not met, and what to do about it.

use serde::{Deserialize, Serialize};

use crate::units;

/// The data pool of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolStatus {
    /// What to call it: its name, and what it reads from.
    pub name: String,
    /// How many items it has in all, if that is known.
    pub items: Option<u64>,
    /// Whether all of its items were used.
    pub used_up: bool,
}

/// Why volume was not met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Runners are at their cap.
    Cap,
    /// The pool has no items to give.
    Data,
    /// The pool has items, and gives them more slowly than they are used.
    Supply,
    /// The spawn rate has not admitted it yet.
    Spawn,
    /// It, or its item, is on its way to a runner, or from one to another.
    Moving,
    /// There are no runners.
    NoRunner,
}

impl Reason {
    /// What was in the way.
    pub(super) fn say(self, pool: Option<&PoolStatus>, peak: u32) -> String {
        let name = |pool: &PoolStatus| format!(" {}", pool.name);
        match self {
            Self::Data => match pool {
                Some(PoolStatus { name, items: Some(items), .. }) if *items < u64::from(peak) => {
                    let items = units::count(*items, "item");
                    format!("its data pool {name} has {items} for a volume of {peak}")
                }
                _ => {
                    format!("its data pool{} had no item to give", pool.map(name).unwrap_or_default())
                }
            },
            Self::Supply => format!(
                "its data pool{} gave items more slowly than they were used",
                pool.map(name).unwrap_or_default()
            ),
            Self::Cap => "the runners were full".to_owned(),
            Self::Spawn => "--spawn-rate held it back".to_owned(),
            Self::Moving if pool.is_some() => {
                "it, or its data, was on its way to a runner; journeys that take no time use data up faster than it travels"
                    .to_owned()
            }
            Self::Moving => "it was on its way to a runner".to_owned(),
            Self::NoRunner => "there was no runner".to_owned(),
        }
    }

    /// What to do about it, if that can be said.
    pub(super) fn remedy(self, pool: Option<&PoolStatus>, peak: u32) -> Option<String> {
        match self {
            Self::Data => Some(match pool.map(|pool| pool.items) {
                Some(Some(items)) if items < u64::from(peak) => {
                    format!("give it at least {peak}, or lower the volume")
                }
                Some(_) => {
                    format!("give the pool more items, or ask for less than {peak} at once")
                }
                None => "give the pool more items, or ask for less".to_owned(),
            }),
            Self::Supply => Some("make it faster, or ask for less".to_owned()),
            Self::Cap => Some("raise --runner-max-journeys, or give more --runners".to_owned()),
            Self::Spawn | Self::Moving | Self::NoRunner => None,
        }
    }
}
