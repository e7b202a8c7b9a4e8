//! How many items a runner may have for a line.

use super::ledger::Stock;
use super::share::max_min;
use crate::pool::PoolKind;

/// The most items that are prefetched, beyond one for each slot. Prefetching all that
/// starts in a period would take memory and time that grow with the rate of starts; a
/// runner asks again when half is used.
const MOST_AHEAD: u32 = 4096;

/// How many items a line prefetches that starts so many journeys in a period.
pub(super) fn ahead(pace: u32) -> u32 {
    pace.min(MOST_AHEAD)
}

/// What a runner wants of a stock for a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) line: usize,
    /// Without these, slots stay empty.
    pub(super) needed: u64,
    /// With these, it lasts for a period.
    pub(super) useful: u64,
}

/// What everybody is entitled to, of `total` items: first what is needed, then
/// what is useful; each by line, and then by runner, max-min fair. The claims of
/// a line follow each other.
pub(super) fn entitlements(total: u64, claims: &[Claim], turn: u64) -> Vec<u64> {
    let needed: Vec<u64> = claims.iter().map(|c| c.needed).collect();
    let mut parts = by_line(total, claims, &needed, turn);
    let left = total - parts.iter().sum::<u64>();
    let more: Vec<u64> = claims.iter().map(|c| c.useful.saturating_sub(c.needed)).collect();
    for (part, more) in parts.iter_mut().zip(by_line(left, claims, &more, turn)) {
        *part += more;
    }
    parts
}

fn by_line(total: u64, claims: &[Claim], wants: &[u64], turn: u64) -> Vec<u64> {
    let lengths: Vec<usize> =
        claims.chunk_by(|a, b| a.line == b.line).map(<[Claim]>::len).collect();
    let mut rest = wants;
    let by_line: Vec<&[u64]> =
        lengths.iter().map(|&n| rest.split_off(..n).unwrap_or_default()).collect();
    let of_line: Vec<u64> = by_line.iter().map(|wants| wants.iter().sum()).collect();
    let parts = max_min(total, &of_line, turn);
    by_line.iter().zip(parts).flat_map(|(wants, part)| max_min(part, wants, turn)).collect()
}

/// What a line has on a runner, and what it could use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    /// Slots that it may hold within a period.
    pub(super) slots: u32,
    /// Items that may wait beside those in use, if the pool is custom.
    pub(super) spares: u32,
    /// Starts in a period.
    pub(super) pace: u32,
    pub(super) running: u32,
    pub(super) leased: u32,
    pub(super) spare: u32,
    pub(super) fresh: u32,
    /// Whether items may be started again here.
    pub(super) reuses: bool,
    /// Items that the line may still be given.
    pub(super) allowance: u64,
    /// In the open model: arrivals that each need an item soon.
    pub(super) arrivals: Option<u32>,
}

/// What a runner is given of a stock, and what it keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Terms {
    /// More items that it could use.
    pub(super) want: u64,
    /// Spare items that it keeps.
    pub(super) keep: u32,
}

impl Need {
    /// A stock that lasts for a period, or until more have come: at first an
    /// item for each slot.
    fn quota(&self, kind: PoolKind) -> u64 {
        if let Some(coming) = self.arrivals {
            return ahead(coming).into();
        }
        match kind {
            _ if self.slots == 0 => 0,
            // A custom pool may consume what it gives, so nothing is prefetched: an
            // item for each slot.
            PoolKind::Custom => {
                u64::from(self.slots.saturating_sub(self.running)) + u64::from(self.spares)
            }
            _ => self.slots.max(ahead(self.pace)).into(),
        }
    }

    /// Its claim on a stock that has not enough for all. A recyclable item in
    /// use counts, since it stays; of others only those that are spare.
    pub(super) fn claim(&self, line: usize, kind: PoolKind) -> Claim {
        let (slots, quota) = (u64::from(self.slots), self.quota(kind));
        let allowed = self.allowance.saturating_add(match kind {
            PoolKind::Recyclable => self.leased.into(),
            _ => self.spare.into(),
        });
        let (needed, useful) = match kind {
            // Used items are on their way back while fresh ones come.
            PoolKind::Recyclable => (slots, slots + 2 * quota),
            _ => (slots.saturating_sub(self.running.into()), quota),
        };
        Claim { line, needed: needed.min(allowed), useful: useful.min(allowed) }
    }

    /// What it is given and keeps, if it is entitled to so many (`None`: to as
    /// many as it likes).
    pub(super) fn terms(&self, kind: PoolKind, entitled: Option<u64>) -> Terms {
        let quota = self.quota(kind);
        let top = entitled.unwrap_or(u64::MAX);
        let (fresh, spare) = (u64::from(self.fresh), u64::from(self.spare));
        let (want, keep) = match kind {
            PoolKind::Recyclable => {
                let has = if self.reuses { fresh } else { spare };
                let room = top.saturating_sub(self.leased.into());
                let running = u64::from(self.running);
                // Where there is one for each slot and no more, a slot starts again
                // with the item that it has just used.
                let in_turn = u64::from(running > 0 && top >= u64::from(self.leased));
                let kept = top.saturating_sub(running).max(in_turn);
                (
                    quota.saturating_sub(has).min(room),
                    if quota == 0 { 0 } else { kept.min(2 * quota) },
                )
            }
            // As long as there are slots, what is here will be started.
            PoolKind::Custom => {
                let kept = match self.slots {
                    _ if self.arrivals.is_some() => quota,
                    0 => 0,
                    slots => u64::from(slots) + u64::from(self.spares),
                };
                (quota.min(top).saturating_sub(spare), kept.min(top))
            }
            _ => (quota.min(top).saturating_sub(spare), quota.min(top)),
        };
        Terms { want: want.min(self.allowance), keep: keep.min(u32::MAX.into()) as u32 }
    }
}

/// Whether the stock cannot be relied on to have what is asked of it, so that
/// what there is must be shared out.
pub(super) fn is_scarce(stock: &Stock) -> bool {
    stock.dry || stock.exhausted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_goes_before_what_is_useful() {
        let claim = |line, needed, useful| Claim { line, needed, useful };
        let claims = [claim(0, 2, 100), claim(0, 2, 100), claim(1, 2, 2)];
        assert_eq!(entitlements(5, &claims, 0), [2, 1, 2]);
        assert_eq!(entitlements(5, &claims, 1), [1, 2, 2]);
        assert_eq!(entitlements(16, &claims, 0), [7, 7, 2]);
        assert_eq!(entitlements(1000, &claims, 0), [100, 100, 2]);
        assert_eq!(entitlements(0, &claims, 0), [0, 0, 0]);
    }

    const NEED: Need = Need {
        slots: 10,
        spares: 0,
        pace: 0,
        running: 0,
        leased: 0,
        spare: 0,
        fresh: 0,
        reuses: true,
        allowance: u64::MAX,
        arrivals: None,
    };

    #[test]
    fn a_stock_is_one_item_per_slot_and_then_lasts_for_a_period() {
        let kinds = [PoolKind::Recyclable, PoolKind::Once, PoolKind::Custom];
        let wants = |need: Need| kinds.map(|kind| need.terms(kind, None).want);
        assert_eq!(wants(NEED), [10, 10, 10]);
        let running = Need { running: 10, leased: 10, pace: 40, ..NEED };
        assert_eq!(wants(running), [40, 40, 0], "a custom item is for an empty slot");
        assert_eq!(wants(Need { spares: 4, ..running }), [40, 40, 4]);
        assert_eq!(wants(Need { running: 7, leased: 7, ..running }), [40, 40, 3]);
        let reusing = Need { spare: 40, fresh: 15, leased: 50, ..running };
        assert_eq!(wants(reusing), [25, 0, 0]);
        assert_eq!(wants(Need { slots: 0, ..running }), [0, 0, 0]);
        let (fast, wide) = (Need { pace: 1 << 20, ..running }, Need { slots: 1 << 20, ..NEED });
        assert_eq!(wants(fast), [4096, 4096, 0], "not all of a period is ahead");
        assert_eq!(wants(wide), [1 << 20; 3], "every slot has its item");
        assert_eq!(wants(Need { allowance: 3, ..NEED }), [3, 3, 3]);
    }

    #[test]
    fn keep_recalls_what_is_too_much() {
        let busy = Need { running: 4, leased: 10, spare: 6, fresh: 6, pace: 40, ..NEED };
        let keep = |need: Need, kind, entitled| need.terms(kind, entitled).keep;
        assert_eq!(keep(busy, PoolKind::Recyclable, Some(5)), 1, "four are in use");
        let bare = Need { leased: 4, spare: 0, fresh: 0, ..busy };
        assert_eq!(keep(bare, PoolKind::Recyclable, Some(4)), 1, "for the slot that used it");
        assert_eq!(keep(bare, PoolKind::Recyclable, Some(3)), 0, "another needs it");
        assert_eq!(keep(busy, PoolKind::Recyclable, Some(4)), 0, "it has more than its part");
        assert_eq!(keep(busy, PoolKind::Once, Some(5)), 5);
        assert_eq!(keep(busy, PoolKind::Once, None), 40);
        assert_eq!(keep(busy, PoolKind::Custom, None), 10, "one per slot");
        for kind in [PoolKind::Recyclable, PoolKind::Once, PoolKind::Custom] {
            assert_eq!(keep(Need { slots: 0, ..busy }, kind, None), 0, "the level fell");
        }
        assert_eq!(busy.terms(PoolKind::Recyclable, Some(12)), Terms { want: 2, keep: 8 });
    }
}
