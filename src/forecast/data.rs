//! Rows of data that are needed, against those that are there.

use std::time::Duration;

use mite_core::plan::{Part, Pool};
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

/// A journey of a line, as one that is fed from a pool.
pub(super) struct User {
    /// The index of its line.
    line: usize,
    /// The part of the line's journeys that it is.
    share: f64,
    pool: Pool,
    kind: PoolKind,
}

impl User {
    pub(super) fn new(line: usize, part: &Part, share: f64) -> Self {
        Self { line, share, pool: part.pool.clone(), kind: part.kind() }
    }
}

/// The pools that feed some line.
pub(super) fn of_pools(lines: &[LineForecast], users: &[User], terms: &Terms) -> Vec<DataForecast> {
    let fed = |user: &&User| user.kind != PoolKind::Unlimited;
    let mut all: Vec<Vec<&User>> = Vec::new();
    for user in users.iter().filter(fed) {
        match all.iter_mut().find(|of| of[0].pool.pool.is(&user.pool.pool)) {
            Some(of) => of.push(user),
            None => all.push(vec![user]),
        }
    }
    all.iter().map(|users| of_pool(&users[0].pool, users, lines, terms)).collect()
}

fn of_pool(pool: &Pool, users: &[&User], lines: &[LineForecast], terms: &Terms) -> DataForecast {
    let there = pool.pool.counted();
    let needed = match users.iter().all(|user| user.kind == PoolKind::Once) {
        true => {
            let of = |user: &&User| lines[user.line].journeys.share(user.share);
            Rows::InAll(users.iter().map(of).fold(Count::Exactly(0), Count::and))
        }
        false => Rows::AtOnce(at_once(users, lines, terms)),
    };
    let (Rows::InAll(count) | Rows::AtOnce(count)) = needed;
    let needed_is_in_all = matches!(needed, Rows::InAll(_));
    let supply = match (count.number().map(|n| n.ceil() as u64), there) {
        (Some(needed), Some(there)) if needed <= there => Supply::Enough,
        (Some(needed), Some(there)) => {
            let at = match needed_is_in_all {
                true => used_up(there, users, lines, count),
                false => None,
            };
            Supply::Short { missing: needed - there, at }
        }
        // However many are needed, none is too few.
        _ => Supply::Unknown,
    };
    let mut of: Vec<u32> = users.iter().map(|user| lines[user.line].id).collect();
    of.dedup();
    DataForecast { pool: pool.to_string(), lines: of, needed, there, supply }
}

/// Journeys of these at once.
fn at_once(users: &[&User], lines: &[LineForecast], terms: &Terms) -> Count {
    let open = users.iter().any(|user| lines[user.line].shape == Shape::PerSecond);
    if open && terms.time.is_none() {
        return Count::Unknown;
    }
    let of = |user: &&User| {
        let share = user.share;
        let part = move |p: Piece| Piece { from: p.from * share, to: p.to * share, ..p };
        lines[user.line].at_once(terms.time).into_iter().map(part)
    };
    let all: Vec<Piece> = users.iter().flat_map(of).collect();
    let most = pieces::peak(&all).most;
    let is_exact = !open && users.iter().all(|user| user.share == 1.0);
    if is_exact { Count::Exactly(most as u64) } else { Count::About(most) }
}

/// When the rows of the only line that uses them are used up.
fn used_up(there: u64, users: &[&User], lines: &[LineForecast], count: Count) -> Option<Duration> {
    let [User { line, share: 1.0, .. }] = users else { return None };
    let line = &lines[*line];
    match (line.shape, count) {
        // The arrival that finds nothing.
        (Shape::PerSecond, Count::Exactly(_)) if !line.poisson => {
            pieces::reaches(&line.phases, there as f64 + 0.5)
        }
        (Shape::Single, _) => line.due.get(usize::try_from(there).ok()?).copied(),
        _ => None,
    }
}
