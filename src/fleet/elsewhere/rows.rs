//! A row for each process of runners.

use std::time::Duration;

use mite_core::stats::ProcessHealth;

use super::Elsewhere;

impl Elsewhere {
    /// How each process stands that takes part; the board adds what it has counted.
    pub(super) fn rows(&self) -> Vec<ProcessHealth> {
        let roster = self.side.roster();
        let rows = roster.taking_part().map(|process| {
            let said = self.said.get(&process.id);
            let (clock, drift) =
                said.map(|said| (said.clock, said.clock_drift)).unwrap_or_default();
            ProcessHealth {
                id: process.id,
                host: process.host.clone(),
                pid: process.pid,
                namesake: process.namesake,
                first: process.first,
                runners: process.runners,
                clock_ahead: clock.ahead as f64 / 1e9,
                clock_error: Duration::from_nanos(clock.error),
                clock_drift: drift as f64 / 1e9,
                standing: process.standing,
                lost_messages: said.map(|said| said.lost_messages).unwrap_or_default(),
                ..ProcessHealth::default()
            }
        });
        rows.collect()
    }
}
