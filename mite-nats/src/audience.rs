//! Who listens to a run, and what has become of what was sent to them.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::listening::{Listening, Sent};

/// Who says nothing for so long is gone.
pub(crate) const SILENCE: Duration = Duration::from_secs(5);

/// Since when silence says something: who is cut off hears nobody.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hearing {
    /// When the connection came to stand, or was first seen to.
    since: Option<Instant>,
}

impl Hearing {
    pub(crate) fn new() -> Self {
        Self { since: None }
    }

    /// Looks whether the connection stands.
    pub(crate) fn look(&mut self, stands: bool, now: Instant) {
        self.since = if stands { Some(self.since.unwrap_or(now)) } else { None };
    }

    /// For how long it has stood without an interruption.
    pub(crate) fn time(&self, now: Instant) -> Duration {
        self.since.map_or(Duration::ZERO, |since| now - since)
    }
}

/// What is known of those who listen and those who send, by what they say.
#[derive(Debug, Default)]
pub(crate) struct Audience {
    consumers: BTreeMap<u64, (Listening, Instant)>,
    sources: BTreeMap<u64, (Sent, Instant)>,
}

/// One who listens, or listened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// What people call it.
    pub name: String,
    /// Those of a group share the messages.
    pub group: String,
    /// Messages that reached it.
    pub messages: u64,
    /// Messages that reached it and that it was too slow for.
    pub lost: u64,
    /// Whether it went without a word.
    pub silent: bool,
}

impl Audience {
    pub(crate) fn hear(&mut self, heard: Listening, now: Instant) {
        match self.consumers.get_mut(&heard.consumer) {
            // They may overtake one another.
            Some((known, _)) if known.number >= heard.number => {}
            Some(known) => *known = (heard, now),
            None => drop(self.consumers.insert(heard.consumer, (heard, now))),
        }
    }

    pub(crate) fn hear_sent(&mut self, heard: Sent, now: Instant) {
        match self.sources.get_mut(&heard.source) {
            Some((known, _)) if known.number >= heard.number => {}
            Some(known) => *known = (heard, now),
            None => drop(self.sources.insert(heard.source, (heard, now))),
        }
    }

    /// Those who listen now.
    pub(crate) fn present(&self, now: Instant) -> impl Iterator<Item = &Listening> {
        let here = move |(of, heard): &&(Listening, Instant)| !of.leaves && now - *heard < SILENCE;
        self.consumers.values().filter(here).map(|(of, _)| of)
    }

    /// Everybody who has listened.
    pub(crate) fn consumers(&self, now: Instant) -> Vec<Consumer> {
        let of = |(of, heard): &(Listening, Instant)| Consumer {
            name: of.name.clone(),
            group: of.group.clone(),
            messages: of.taken.values().sum(),
            lost: of.lost,
            silent: !of.leaves && now - *heard >= SILENCE,
        };
        self.consumers.values().map(of).collect()
    }

    /// Whether all have ended who ever sent anything, or have not been heard for `silence`;
    /// not if there was nobody.
    pub(crate) fn all_have_ended(&self, now: Instant, silence: Duration) -> bool {
        !self.sources.is_empty()
            && self.sources.values().all(|(of, heard)| of.ended || now - *heard >= silence)
    }

    /// Messages that were sent to a group and have reached none of it, as far as is known.
    pub(crate) fn missing(&self, group: &str) -> u64 {
        let sent: u64 = self
            .sources
            .values()
            .filter_map(|(of, _)| of.groups.get(group))
            .map(|of| of.messages)
            .sum();
        let of_group = self.consumers.values().filter(|(of, _)| of.group == group);
        let taken: u64 = of_group.flat_map(|(of, _)| of.taken.values()).sum();
        sent.saturating_sub(taken)
    }

    /// Groups that something was sent to.
    pub(crate) fn groups(&self) -> Vec<&str> {
        let mut groups: Vec<_> = self
            .sources
            .values()
            .flat_map(|(of, _)| of.groups.keys().map(String::as_str))
            .collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// Whether nothing is awaited any more: what was sent to each group has reached it, as
    /// it has said, or all of it have gone.
    pub(crate) fn is_settled(&self, now: Instant) -> bool {
        self.groups().into_iter().all(|group| {
            let mut left = self.present(now).filter(|of| of.group == group);
            self.missing(group) == 0 || left.next().is_none()
        })
    }

    /// Messages that could not be sent to a group.
    pub(crate) fn unsent(&self, group: &str) -> u64 {
        self.sources.values().filter_map(|(of, _)| of.groups.get(group)).map(|of| of.lost).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listening::OfGroup;
    use crate::parcel::VERSION;

    #[tokio::test(start_paused = true)]
    async fn who_is_cut_off_hears_no_silence() {
        let (mut hearing, start) = (Hearing::new(), Instant::now());
        let at = |s| start + Duration::from_secs(s);
        assert_eq!(hearing.time(at(9)), Duration::ZERO);
        hearing.look(true, at(10));
        hearing.look(true, at(20));
        assert_eq!(hearing.time(at(30)), Duration::from_secs(20));
        hearing.look(false, at(31));
        assert_eq!(hearing.time(at(60)), Duration::ZERO);
        hearing.look(true, at(60));
        assert_eq!(hearing.time(at(61)), Duration::from_secs(1));
    }

    fn listening(consumer: u64, number: u64, taken: u64, leaves: bool) -> Listening {
        Listening {
            version: VERSION,
            consumer,
            name: format!("collector {consumer}"),
            group: "collector".into(),
            kinds: Vec::new(),
            number,
            taken: BTreeMap::from([(1, taken)]),
            lost: 0,
            leaves,
        }
    }

    fn sent(number: u64, messages: u64, lost: u64, ended: bool) -> Sent {
        let groups = BTreeMap::from([("collector".to_owned(), OfGroup { messages, lost })]);
        Sent { version: VERSION, source: 1, number, groups, ended }
    }

    #[test]
    fn what_was_sent_and_reached_nobody_of_a_group_is_missing() {
        let (mut audience, now) = (Audience::default(), Instant::now());
        audience.hear(listening(1, 1, 30, false), now);
        audience.hear(listening(2, 1, 60, false), now);
        audience.hear_sent(sent(1, 100, 5, false), now);
        assert_eq!((audience.missing("collector"), audience.unsent("collector")), (10, 5));
        // What overtook another is the older one.
        audience.hear(listening(2, 3, 70, true), now);
        audience.hear(listening(2, 2, 65, false), now);
        assert_eq!(audience.missing("collector"), 0);
        assert_eq!(audience.missing("receiver"), 0);
        assert_eq!(audience.groups(), ["collector"]);
        assert_eq!(audience.present(now).map(|of| of.consumer).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn what_is_missing_is_awaited_until_all_of_the_group_have_gone() {
        let (mut audience, now) = (Audience::default(), Instant::now());
        assert!(audience.is_settled(now));
        audience.hear(listening(1, 1, 30, false), now);
        audience.hear_sent(sent(1, 100, 0, true), now);
        assert!(!audience.is_settled(now));
        audience.hear(listening(1, 2, 90, true), now);
        assert!(audience.is_settled(now));
        assert_eq!(audience.missing("collector"), 10);
        audience.hear(listening(2, 1, 0, false), now);
        assert!(!audience.is_settled(now) && audience.is_settled(now + SILENCE));
        audience.hear(listening(2, 2, 10, false), now);
        assert!(audience.is_settled(now));
    }

    #[test]
    fn who_says_nothing_is_gone() {
        let (mut audience, now) = (Audience::default(), Instant::now());
        assert!(!audience.all_have_ended(now, SILENCE));
        audience.hear(listening(1, 1, 0, false), now);
        audience.hear_sent(sent(1, 0, 0, false), now);
        assert!(!audience.all_have_ended(now, SILENCE));
        let later = now + SILENCE;
        assert_eq!(audience.present(later).count(), 0);
        assert!(audience.consumers(later)[0].silent);
        assert!(audience.all_have_ended(later, SILENCE));
        audience.hear_sent(sent(2, 0, 0, true), later);
        assert!(audience.all_have_ended(later, SILENCE));
    }
}
