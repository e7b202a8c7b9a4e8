//! What must hold once the run is over.

use std::collections::HashSet;

use super::world::World;
use crate::pool::PoolKind;

impl World {
    /// Adds what does not hold to what the observer found.
    pub(super) fn check_end(&mut self) {
        let mut broken = Vec::new();
        if !self.finished() {
            broken.push(format!("not finished at {:?}: {:?}", self.now, self.controller.report()));
            self.observer.broken.extend(broken);
            return;
        }
        let report = self.controller.report();
        let doubt: HashSet<(usize, u64)> = report
            .in_doubt
            .iter()
            .flat_map(|d| d.items.iter().map(|&i| (d.pool.unwrap_or(usize::MAX), i)))
            .collect();
        if report.lost.is_empty() && !doubt.is_empty() && self.fleet.is_none() {
            broken.push("items are in doubt though nobody was lost".to_owned());
        }
        for (index, pool) in self.pools.iter().enumerate() {
            if pool.kind != PoolKind::Once {
                if !pool.out.is_empty() {
                    broken.push(format!("pool {index} misses items {:?}", pool.out));
                }
                continue;
            }
            // Started, brought back unused or in doubt; nothing else.
            let started = self.observer.once_started(index);
            for id in &pool.out {
                if !started.contains_key(id) && !doubt.contains(&(index, *id)) {
                    broken.push(format!("once-item {id} of pool {index} has vanished"));
                }
            }
        }
        for (s, line) in report.lines.iter().enumerate() {
            let seen = self.observer.started[s];
            let none_lost = report.lost.is_empty() && self.fleet.is_none();
            if line.started > seen || (none_lost && line.started != seen) {
                broken.push(format!("line {s}: {} starts reported, {seen} seen", line.started));
            }
            if line.actual != 0 || self.observer.total(s) != 0 {
                broken.push(format!("line {s} runs after the end"));
            }
        }
        if self.ended.len() != self.wishes.len() {
            broken.push(format!("lines that ended: {:?}", self.ended));
        }
        self.observer.broken.extend(broken);
        self.check_arrivals();
    }
}
