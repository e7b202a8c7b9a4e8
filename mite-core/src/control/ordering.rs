//! Orders to pools, and to runners who should ask.

use super::controller::Controller;
use super::offering::is_hungry;
use super::offers::Attention;
use super::order::Order;
use super::roster::Cell;
use crate::pool::PoolKind;

impl Controller {
    /// Orders what follows from the plan: items from pools, items back to them,
    /// and runners to ask who would be told something new.
    pub(super) fn order(&mut self) {
        self.refresh();
        for (index, stock) in self.stocks.iter_mut().enumerate() {
            let ids = stock.take_homeward();
            // Tickets have no pool to go back to.
            if !ids.is_empty() && index < self.pools {
                self.orders.push(Order::Checkin { pool: index, ids });
            }
            let waits = stock.retry.is_some_and(|at| at > self.now);
            if stock.exhausted || stock.closed || stock.ordered > 0 || waits {
                continue;
            }
            let mut count = 0u64;
            for &s in &stock.users {
                let line = &self.lines[s];
                let mut wanted = line.totals.wanted;
                if stock.dry {
                    // Not only what each is entitled to: the pool may have more by now.
                    let slots = |i: usize| self.targets.target(s, i).level.at(self.now);
                    let short = |(i, c): (usize, &Cell)| {
                        if let Some(arrivals) = &line.arrivals {
                            return c
                                .arrivals
                                .coming(arrivals.horizon)
                                .saturating_sub(c.spare)
                                .into();
                        }
                        let has = if line.reuses { c.leased } else { c.running + c.spare };
                        u64::from(slots(i).saturating_sub(has))
                    };
                    let cells = self.roster.iter().map(|r| &r.cells[s]);
                    wanted = wanted.max(cells.enumerate().map(short).sum());
                } else if stock.kind != PoolKind::Custom {
                    // Enough for the next round too, so that nobody waits for the pool.
                    wanted += line.totals.ahead;
                }
                count = count.saturating_add(wanted.min(line.allowance()));
            }
            let count = count.saturating_sub(stock.available(false));
            stock.retry = None;
            if count > 0 {
                let count = count.saturating_add(stock.to_come_again());
                stock.order(u32::try_from(count).unwrap_or(u32::MAX));
                self.orders.push(Order::Checkout { pool: index, count: stock.ordered });
            }
        }
        self.nudge();
    }

    /// Nudges runners who would be told something new.
    fn nudge(&mut self) {
        let short = |&s: &usize| self.lines[s].totals.wanting > 0;
        let wanting: Vec<bool> = self.stocks.iter().map(|s| s.users.iter().any(short)).collect();
        for (r, runner) in self.roster.iter_mut().enumerate() {
            // A runner without a Grant is about to ask.
            let passive = runner.nudged || runner.told == 0 || runner.is_unclaimed;
            if runner.attention == Attention::None || passive {
                continue;
            }
            let mut news = runner.attention == Attention::Surely;
            for (line, cell) in self.lines.iter().zip(&mut runner.cells) {
                let Some(index) = line.stock.filter(|_| !line.over) else { continue };
                let (hungry, starving) = is_hungry(line, cell, &cell.offer, self.now);
                news |= hungry && self.stocks[index].available(starving) > 0;
                // Recalled items are needed elsewhere, or the line waits for
                // them; the runner must hear of it, and then bring them.
                let keep = cell.offer.terms.keep;
                if cell.spare > keep && (wanting[index] || !line.is_open()) {
                    if cell.keep != keep {
                        news = true;
                    } else if !cell.collected {
                        cell.collected = true;
                        news = true;
                    }
                }
            }
            if news && !std::mem::replace(&mut runner.touched, true) {
                self.touched.push(r);
            }
            if news {
                runner.nudged = true;
                self.orders.push(Order::Nudge(runner.id));
            }
        }
    }
}
