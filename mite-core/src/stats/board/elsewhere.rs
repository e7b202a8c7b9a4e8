//! Counts that come from other processes, and from other times than the last second.

use std::time::Duration;

use super::Board;
use crate::stats::coming::Coming;
use crate::stats::counts::Counts;
use crate::stats::status::RunStatus;
use crate::stats::tally::Update;
use crate::stats::{LIMITED, ProcessHealth, Standing};

impl Board {
    /// Takes what a source elsewhere has counted since the run began. Says whether it
    /// is news: one that comes twice, or after a later one, is not.
    pub fn update(&mut self, update: Update) -> bool {
        self.update_as(Coming::Now, update)
    }

    fn update_as(&mut self, coming: Coming, update: Update) -> bool {
        let window = match self.held.get(&update.source) {
            Some(held) if held.number >= update.number => return false,
            Some(held) => update.counts.since(&held.counts),
            None => update.counts.clone(),
        };
        self.merge_as(coming, &window);
        self.held.insert(update.source, update);
        true
    }

    /// The same of a source to which the network was away in that time, or had just come
    /// back: that its arrivals were late is not its own doing.
    pub fn update_while_away(&mut self, update: Update) -> bool {
        self.update_as(Coming::Away, update)
    }

    /// The same of a source that had counted for a while before this controller came: it is
    /// in all totals, and in no second.
    pub fn update_of_earlier(&mut self, update: Update) -> bool {
        self.update_as(Coming::Earlier, update)
    }

    /// The run had begun before this board did: its windows begin at `now`. What it was
    /// [paused](Self::pause) before is told first.
    pub fn resume(&mut self, now: Duration) {
        self.window_start = self.window_start.max(now);
        self.rates.resume(now.saturating_sub(self.paused));
        self.thresholds.resume(now);
        self.parts.resume(now);
    }

    /// Load was paused for so long until what is now: rates are not over that time.
    pub fn pause(&mut self, paused: Duration) {
        self.paused = paused;
        self.thresholds.pause(paused);
    }

    /// Adds what processes have counted to what else is known of them; those that fared worst
    /// come first.
    pub(super) fn processes(&self, status: &mut RunStatus) {
        status.health.add_up_processes();
        for process in &mut status.health.processes {
            let mut ended = 0;
            if let Some(held) = self.held.get(&process.id) {
                let counts = [Some(&held.counts), held.counts.warmup.as_deref()];
                counts.into_iter().flatten().for_each(|counts| ended += add(process, counts));
            }
            let of_own = status.in_flight.iter().filter(|(runner, _)| process.has(*runner));
            process.in_flight = of_own.map(|(_, n)| n).sum();
            // A runner whose loop is blocked reports nothing, and what it began is counted all
            // the same. Of one that is gone nobody counts the end.
            if process.standing == Standing::Here {
                let counted = process.journeys.saturating_sub(ended);
                process.in_flight = process.in_flight.max(counted.try_into().unwrap_or(u32::MAX));
            }
        }
    }
}

/// How many journeys have ended.
fn add(process: &mut ProcessHealth, counts: &Counts) -> u64 {
    process.journeys += counts.journeys.iter().map(|(_, counts)| counts.started).sum::<u64>();
    let requests = counts.series.filled().filter_map(|(key, series)| {
        key.request.as_ref().filter(|of| of.protocol == LIMITED).map(|_| series.times.count())
    });
    process.requests += requests.sum::<u64>();
    counts.journeys.iter().map(|(_, of)| of.finished + of.failed + of.cancelled).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Label;
    use crate::stats::{Aggregator, End, PartKind, RunnerHealth, Tally, Threshold};

    fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn at(elapsed: u64) -> RunStatus {
        RunStatus { elapsed: secs(elapsed), ..RunStatus::default() }
    }

    /// Counts so many transactions more.
    fn count(tally: &mut Tally, times: u64) -> Update {
        let mut runner = Aggregator::default();
        let (journey, name) = (Label::intern("shop:buy"), Label::intern("buy"));
        for _ in 0..times {
            runner.journey_started(&journey);
            runner.transaction(&journey, &name, Duration::from_millis(5), End::Finished);
            runner.journey_ended(&journey, End::Finished);
        }
        tally.add(&runner.take());
        tally.update().clone()
    }

    #[test]
    fn what_was_counted_before_a_restart_is_in_totals_and_in_no_second() {
        let mut board = Board::default();
        let limits = ["transactions count > 1000", "transactions rate > 200/s over 2s"];
        board.hold_against(limits.map(|limit| Threshold::parse(limit).unwrap()).to_vec());
        let mut tally = Tally::new(7);
        board.resume(secs(10));
        board.update_of_earlier(count(&mut tally, 1_000));
        for second in 11..=14 {
            board.update(count(&mut tally, 50));
            assert!(board.broken(secs(second)).is_none());
            let snapshot = board.snapshot(at(second));
            let window = &snapshot.window;
            assert_eq!((window.transactions.count(), window.length), (50, secs(1)), "{second}");
            assert_eq!(snapshot.totals.transactions, 950 + 50 * (second - 9));
            let series = snapshot.series.iter().find(|of| !of.key.is_journey()).unwrap();
            assert_eq!(series.window.as_ref().unwrap().times.count(), 50);
        }
        let checked = board.checked(secs(14));
        assert_eq!((checked[0].value, checked[1].value), (Some(1_200.0), Some(50.0)));
        let parts = board.summary(at(14)).parts;
        let parts = parts.iter().map(|p| (p.kind, p.from, p.to(), p.counted.transactions.count()));
        assert_eq!(parts.clone().next(), Some((PartKind::Earlier, secs(0), secs(10), 1_000)));
        assert_eq!(parts.skip(1).map(|(.., n)| n).sum::<u64>(), 200);
    }

    #[test]
    fn windows_of_rates_go_on_where_a_run_was_taken_up_that_had_been_paused() {
        let mut board = Board::default();
        let limit = Threshold::parse("transactions rate > 90/s over 2s").unwrap();
        board.hold_against(vec![limit]);
        // Eight of ten seconds before this board: those after are as long as they are.
        board.pause(secs(8));
        board.resume(secs(10));
        let mut tally = Tally::new(7);
        for second in 11..=14 {
            board.update(count(&mut tally, 100));
            assert!(board.broken(secs(second)).is_none());
            board.snapshot(at(second));
        }
        board.drain(secs(14));
        let checked = board.checked(secs(14));
        assert_eq!((checked[0].kept, checked[0].value), (true, Some(100.0)));
    }

    #[test]
    fn time_in_which_load_was_paused_is_no_time_of_rates() {
        let mut board = Board::default();
        let limits = ["transactions rate > 90/s", "transactions rate > 90/s over 2s"];
        board.hold_against(limits.map(|limit| Threshold::parse(limit).unwrap()).to_vec());
        let mut tally = Tally::new(7);
        // A hundred a second, but for three seconds of a pause.
        for second in 1..=9 {
            let is_paused = (4..=6).contains(&second);
            board.update(count(&mut tally, if is_paused { 0 } else { 100 }));
            board.pause(secs(match second {
                0..=3 => 0,
                4..=6 => second - 3,
                _ => 3,
            }));
            assert!(board.broken(secs(second)).is_none());
            board.snapshot(at(second));
        }
        board.drain(secs(9));
        let status = RunStatus { load: Some(secs(9)), paused: secs(3), ..at(10) };
        let checked = board.checked(secs(10));
        assert!(
            checked.iter().all(|limit| limit.kept && limit.value == Some(100.0)),
            "{checked:?}"
        );
        let summary = board.summary(status);
        let row = summary.transactions.iter().find(|row| row.name == "buy").unwrap();
        assert_eq!((row.times.count, row.rate), (600, 100.0));
    }

    #[test]
    fn how_late_arrivals_were_while_the_network_was_away_is_known_apart() {
        let mut board = Board::default();
        let mut tally = Tally::new(7);
        let late = |tally: &mut Tally, ms: u64| {
            let mut counts = Counts::default();
            counts.health(3).lagged(Duration::from_millis(ms));
            tally.add(&counts);
            tally.update().clone()
        };
        board.update(late(&mut tally, 1));
        board.update_while_away(late(&mut tally, 900));
        board.update(late(&mut tally, 2));
        let of = |health: &RunnerHealth| (health.schedule_lag.count(), health.away_lag.count());
        let health = board.snapshot(at(1)).status.health;
        assert_eq!(health.runners.iter().map(of).collect::<Vec<_>>(), [(3, 1)]);
        assert!(health.runners[0].away_lag.max() >= Duration::from_millis(890));
    }

    #[test]
    fn each_process_has_its_counts() {
        let mut board = Board::default();
        let (mut one, mut other) = (Tally::new(1), Tally::new(2));
        board.update(count(&mut one, 3));
        board.update(count(&mut other, 5));
        let process = |id, first| ProcessHealth { id, first, runners: 1, ..Default::default() };
        let mut status = at(1);
        status.health.processes = vec![process(1, 1), process(2, 2), process(9, 3)];
        status.in_flight = vec![(1, 4), (2, 6)];
        let processes = board.snapshot(status).status.health.processes;
        let told: Vec<_> = processes.iter().map(|p| (p.journeys, p.in_flight)).collect();
        assert_eq!(told, [(3, 4), (5, 6), (0, 0)]);
        // One that began and has not ended, on a runner that reports nothing.
        let mut runner = Aggregator::default();
        runner.journey_started(&Label::intern("shop:block"));
        one.add(&runner.take());
        board.update(one.update().clone());
        let of = |standing| {
            let mut status = at(2);
            status.health.processes = vec![ProcessHealth { standing, ..process(1, 1) }];
            status
        };
        let snapshot = board.snapshot(of(Standing::Here));
        assert_eq!((snapshot.in_flight(), snapshot.status.health.processes[0].in_flight), (1, 1));
        assert_eq!(board.snapshot(of(Standing::Lost)).in_flight(), 0);
    }
}
