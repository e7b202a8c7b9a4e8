//! Rows of data that are needed, against those that are there.

use std::time::Duration;

use mite_core::plan::Pool;
use mite_core::pool::PoolKind;
use mite_core::volume::Piece;

use super::count::Count;
use super::line::{LineForecast, Shape};
use super::pieces;
use super::terms::Terms;

/// What is needed of a data pool, and what it has.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DataForecast {
    /// The pool, as people know it.
    pub pool: String,
    /// The numbers of the lines that it feeds.
    pub lines: Vec<u32>,
    /// What they need.
    pub needed: Rows,
    /// Rows that it has, if that is known before load.
    pub there: Option<u64>,
    /// Whether they are enough.
    pub supply: Supply,
}

/// Rows that are needed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rows {
    /// Each row feeds one journey: as many as journeys.
    InAll(Count),
    /// Each row feeds one journey at a time: as many as run at once.
    AtOnce(Count),
}

/// Whether rows are enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Supply {
    /// They are.
    Enough,
    /// So many are missing. A pool of rows that are used once ends its lines `at` that
    /// time, if that is known.
    Short {
        /// Rows.
        missing: u64,
        /// Time since the test began.
        at: Option<Duration>,
    },
    /// Nobody knows: of what is needed, or of what is there.
    Unknown,
}

/// The pools that feed some line.
pub(super) fn of_pools(
    lines: &[(LineForecast, usize)],
    pools: &[Pool],
    terms: &Terms,
) -> Vec<DataForecast> {
    let of = |(index, pool): (usize, &Pool)| {
        let users: Vec<&LineForecast> =
            lines.iter().filter(|(_, of)| *of == index).map(|(line, _)| line).collect();
        (pool.pool.kind() != PoolKind::Unlimited && !users.is_empty())
            .then(|| of_pool(pool, &users, terms))
    };
    pools.iter().enumerate().filter_map(of).collect()
}

fn of_pool(pool: &Pool, users: &[&LineForecast], terms: &Terms) -> DataForecast {
    let there = pool.pool.counted();
    let needed = match pool.pool.kind() {
        PoolKind::Once => {
            Rows::InAll(users.iter().map(|line| line.journeys).fold(Count::Exactly(0), Count::and))
        }
        _ => Rows::AtOnce(at_once(users, terms)),
    };
    let (Rows::InAll(count) | Rows::AtOnce(count)) = needed;
    let needed_is_in_all = matches!(needed, Rows::InAll(_));
    let supply = match (count.number().map(|n| n.ceil() as u64), there) {
        (Some(needed), Some(there)) if needed <= there => Supply::Enough,
        (Some(needed), Some(there)) => {
            let at = match needed_is_in_all {
                true => used_up(there, users, count),
                false => None,
            };
            Supply::Short { missing: needed - there, at }
        }
        // However many are needed, none is too few.
        _ => Supply::Unknown,
    };
    let lines = users.iter().map(|line| line.id).collect();
    DataForecast { pool: pool.to_string(), lines, needed, there, supply }
}

/// Journeys of these lines at once.
fn at_once(users: &[&LineForecast], terms: &Terms) -> Count {
    let open = users.iter().any(|line| line.shape == Shape::PerSecond);
    if open && terms.time.is_none() {
        return Count::Unknown;
    }
    let all: Vec<Piece> = users.iter().flat_map(|line| line.at_once(terms.time)).collect();
    let most = pieces::peak(&all).most;
    if open { Count::About(most) } else { Count::Exactly(most as u64) }
}

/// When the rows of the only line that uses them are used up.
fn used_up(there: u64, users: &[&LineForecast], count: Count) -> Option<Duration> {
    let [line] = users else { return None };
    match (line.shape, count) {
        // The arrival that finds nothing.
        (Shape::PerSecond, Count::Exactly(_)) if !line.poisson => {
            pieces::reaches(&line.phases, there as f64 + 0.5)
        }
        (Shape::Single, _) => line.due.get(usize::try_from(there).ok()?).copied(),
        _ => None,
    }
}
