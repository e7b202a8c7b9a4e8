//! What keeps the totals of lines up to date.

use super::controller::Controller;
#[cfg(test)]
use super::totals::Totals;

impl Controller {
    /// What a runner has, changed: its totals are counted anew, and so is what it would be
    /// granted, when that is asked for next.
    pub(super) fn touch(&mut self, r: usize) {
        self.recount(r);
        if !std::mem::replace(&mut self.roster[r].touched, true) {
            self.touched.push(r);
        }
    }

    /// What every runner has may have changed.
    pub(super) fn touch_all(&mut self) {
        (0..self.roster.len()).for_each(|r| self.recount(r));
        self.all_touched = true;
    }

    pub(super) fn recount(&mut self, r: usize) {
        for (line, cell) in self.lines.iter_mut().zip(&mut self.roster[r].cells) {
            let counted = cell.totals();
            line.totals.replace(&cell.counted, &counted);
            cell.counted = counted;
        }
    }

    /// Whether totals are what they are the sums of.
    #[cfg(test)]
    pub(super) fn check_totals(&self) {
        for (s, line) in self.lines.iter().enumerate() {
            let mut totals = Totals::default();
            for cell in self.roster.iter().map(|r| &r.cells[s]) {
                assert_eq!(cell.counted, cell.totals(), "line {s} at {:?}", self.now);
                totals.replace(&Totals::default(), &cell.counted);
            }
            assert_eq!(line.totals, totals, "line {s} at {:?}", self.now);
        }
    }
}
