//! What must be durable before the Grants that follow from it leave.

use super::controller::Controller;
use super::saved::{Saved, SavedRun};
use super::work::Phase;

impl Controller {
    /// The same, which says what must be [saved](Self::unsaved) of it so that another one
    /// can be [restored](Self::restored) from that.
    pub fn durable(mut self) -> Self {
        self.saves = true;
        self.run_unsaved = true;
        self.stocks.iter_mut().for_each(|stock| stock.keep_durable());
        self
    }

    /// What has changed since this was asked last, and must be durable before any Grant
    /// leaves that was made since: the roster, sealed windows with their split, leases of
    /// once-items and tickets. Levels, and leases of what may be used again, are not in it:
    /// runners say what they have.
    pub fn unsaved(&mut self) -> Vec<Saved> {
        if !self.saves {
            return Vec::new();
        }
        let mut saved = Vec::new();
        if std::mem::take(&mut self.run_unsaved) {
            saved.push(Saved::Run(SavedRun {
                roster: self.roster.iter().map(|r| (r.id, r.fence.incarnation)).collect(),
                lost: self.lost.clone(),
                by_hand: self.by_hand,
                stopped: matches!(self.phase, Phase::Drain | Phase::Cancel),
            }));
        }
        for s in 0..self.lines.len() {
            if std::mem::take(&mut self.lines[s].unsaved) {
                let own = self.roster.iter().map(|r| (r.id, r.cells[s].arrivals.saved()));
                let own = own.filter(|(_, windows)| !windows.is_empty()).collect();
                saved.push(Saved::Line(Box::new(self.lines[s].saved(own))));
            }
        }
        for (index, stock) in self.stocks.iter_mut().enumerate() {
            let (gone, leases) = stock.unsaved(index);
            saved.extend(gone.map(Saved::Stock));
            saved.extend(leases.into_iter().map(Saved::Lease));
        }
        saved
    }
}
