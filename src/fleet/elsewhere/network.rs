//! What the network between controller and runners did to the run.

use std::time::Duration;

use mite_core::stats::{ConnectionHealth, DropReason, Finding, NetworkAway, NetworkSlow, Stretch};
use mite_nats::ProcessStatus;

use super::Elsewhere;

/// For so long after a connection stands again arrivals may come late for it: until windows
/// are sealed ahead again.
const AFTER: Duration = Duration::from_secs(2);

/// For so long it may take then until it is known what was dropped.
const KNOWN_AFTER: Duration = Duration::from_secs(3);

/// Connections that are lost within so much of one another are lost for the same reason.
const TOGETHER: Duration = Duration::from_secs(2);

/// One who has connections.
struct Party {
    /// None if it is the controller.
    name: Option<String>,
    control: Vec<Stretch>,
    messages: Vec<Stretch>,
    slow: [u64; 2],
}

/// Whether one of them lasted between those times, or shortly before.
fn overlap(away: &ConnectionHealth, from: Duration, to: Duration, after: Duration) -> bool {
    away.until(to).any(|away| away.from <= to && away.to + after >= from)
}

/// Whether one of `all` is at about the same time.
fn is_with(stretch: &Stretch, all: &[Stretch]) -> bool {
    let near = |of: &Stretch| of.from <= stretch.to + TOGETHER && stretch.from <= of.to + TOGETHER;
    all.iter().any(near)
}

impl Elsewhere {
    /// Whether the network to a process was away between those times, or had just come back.
    pub(super) fn was_away(&self, status: &ProcessStatus, from: Duration, to: Duration) -> bool {
        let own = self.side.network(self.start);
        [&status.control, &own].into_iter().any(|away| overlap(away, from, to, AFTER))
    }

    /// Whether the network was the reason of what was dropped, as is known since then: if it
    /// was away from the controller, it was from all. One process that it was away from may
    /// have wanted an answer; what others started late they did by themselves.
    pub(super) fn away_at(&self, at: Duration, reason: DropReason) -> bool {
        let away = |health: &ConnectionHealth| overlap(health, at, at, KNOWN_AFTER);
        let of_answers = matches!(reason, DropReason::Unleased | DropReason::Undelivered);
        away(&self.side.network(self.start))
            || of_answers && self.heard.values().any(|heard| away(&heard.control))
    }

    fn parties(&self) -> Vec<Party> {
        let now = self.start.elapsed();
        // One that lasts is told when it is over, or the run is.
        let is_over = self.side.roster().over().is_some();
        let until = |health: &ConnectionHealth| match is_over {
            true => health.until(now).collect(),
            false => health.past().collect(),
        };
        let party = |name, control: &ConnectionHealth, messages: &ConnectionHealth| Party {
            name,
            control: until(control),
            messages: until(messages),
            slow: [control.slow, messages.slow],
        };
        let own = self.messages.network(self.start);
        let mut parties = vec![party(None, &self.side.network(self.start), &own)];
        let roster = self.side.roster();
        parties.extend(roster.taking_part().filter_map(|process| {
            let heard = self.heard.get(&process.id)?;
            Some(party(Some(process.name()), &heard.control, &heard.messages))
        }));
        parties
    }

    /// When connections did not stand, and where what came over them was lost.
    pub(super) fn network_findings(&self) -> Vec<Finding> {
        findings(&self.parties())
    }

    /// What came over the network and was none of the run's.
    pub(super) fn stray_findings(&self) -> Option<Finding> {
        let mut strays = self.side.strays();
        strays.merge(&self.messages.strays());
        self.heard.values().for_each(|heard| strays.merge(&heard.strays));
        (!strays.is_empty()).then_some(Finding::Strays(strays))
    }
}

fn findings(parties: &[Party]) -> Vec<Finding> {
    let own = || parties.iter().filter(|party| party.name.is_none());
    let of_all: Vec<_> = own().flat_map(|party| party.control.iter().copied()).collect();
    let mut found = Vec::new();
    let mut add = |connection: &str, of: Vec<String>, stretches: Vec<Stretch>| {
        if !stretches.is_empty() {
            let (connection, stretches) = (connection.to_owned(), Stretch::united(stretches));
            found.push(Finding::NetworkAway(NetworkAway { connection, of, stretches }));
        }
    };
    add("control", Vec::new(), of_all.clone());
    // What others saw with the controller was the same; what they saw alone is theirs.
    let mut alone = |connection: &str, of: &dyn Fn(&Party) -> Vec<Stretch>| {
        let mut names = Vec::new();
        let mut stretches = Vec::new();
        for party in parties {
            let own = of(party);
            let name = party.name.clone().unwrap_or_else(|| "the controller".to_owned());
            if !own.is_empty() && !names.contains(&name) {
                names.push(name);
            }
            stretches.extend(own);
        }
        add(connection, names, stretches);
    };
    let without = |stretches: &[Stretch], all: &[Stretch]| -> Vec<Stretch> {
        stretches.iter().filter(|stretch| !is_with(stretch, all)).copied().collect()
    };
    alone("control", &|party| match party.name {
        Some(_) => without(&party.control, &of_all),
        None => Vec::new(),
    });
    alone("messages", &|party| without(&without(&party.messages, &party.control), &of_all));
    for party in parties {
        for (connection, times) in ["control", "messages"].into_iter().zip(party.slow) {
            if times > 0 {
                let of = party.name.clone().unwrap_or_else(|| "the controller".to_owned());
                let connection = connection.to_owned();
                found.push(Finding::NetworkSlow(NetworkSlow { connection, of, times }));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(from: u64, to: u64) -> Stretch {
        Stretch { from: Duration::from_secs(from), to: Duration::from_secs(to) }
    }

    fn party(name: Option<&str>, control: &[Stretch], messages: &[Stretch]) -> Party {
        Party {
            name: name.map(str::to_owned),
            control: control.to_vec(),
            messages: messages.to_vec(),
            slow: [0, 0],
        }
    }

    fn texts(parties: &[Party]) -> Vec<String> {
        findings(parties).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn a_server_that_was_away_is_told_once_and_one_who_was_cut_off_by_name() {
        let parties = [
            party(None, &[at(6, 9)], &[at(6, 9)]),
            party(Some("one"), &[at(6, 10)], &[at(6, 9)]),
            party(Some("two"), &[at(6, 9), at(20, 22)], &[at(6, 9), at(30, 31)]),
        ];
        assert_eq!(
            texts(&parties),
            [
                "NATS was away 1 time, 3.0 s in all: 6.0–9.0 s",
                "NATS was away from two 1 time, 2.0 s in all: 20.0–22.0 s",
                "NATS was away from two (the connection for messages) 1 time, 1.0 s in all: 30.0–31.0 s",
            ]
        );
        assert_eq!(texts(&[party(None, &[], &[]), party(Some("one"), &[], &[])]), [""; 0]);
    }

    #[test]
    fn control_messages_that_came_too_fast_fail_the_run() {
        let mut parties = [party(None, &[], &[]), party(Some("one"), &[], &[])];
        (parties[0].slow, parties[1].slow) = ([2, 0], [0, 1]);
        let found = findings(&parties);
        let weights: Vec<_> = found.iter().map(Finding::weight).collect();
        use mite_core::stats::Weight::{Fails, Note};
        assert_eq!(weights, [Fails, Note]);
        assert!(
            found[0].to_string().starts_with("the controller took what NATS sent for control ")
        );
    }

    #[test]
    fn what_is_of_an_outage_ends_a_little_after_it() {
        let mut health = ConnectionHealth::default();
        health.away.begins(Duration::from_secs(6));
        health.away.ends(Duration::from_secs(9));
        let of =
            |from, to| overlap(&health, Duration::from_secs(from), Duration::from_secs(to), AFTER);
        assert_eq!(
            [of(4, 5), of(5, 6), of(7, 8), of(10, 11), of(11, 12), of(12, 13)],
            [false, true, true, true, true, false]
        );
        // One that lasts.
        health.away.begins(Duration::from_secs(20));
        let lasts =
            |from, to| overlap(&health, Duration::from_secs(from), Duration::from_secs(to), AFTER);
        assert!(!lasts(18, 19) && lasts(30, 31));
    }
}
