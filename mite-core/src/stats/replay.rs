//! Requests that failed, as commands that send them again.

use serde::{Deserialize, Serialize};

use super::exchange::Exchange;
use crate::label::Label;

/// Commands that are kept: of the first requests that failed, each kind once.
const MOST: usize = 10;

/// Bytes of a command; a longer one is none that anybody would type.
const LONGEST: usize = 4_096;

/// A request that failed, as the command that sends it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// The journey's registered name.
    pub journey: Label,
    /// The transaction in full.
    pub transaction: Option<Label>,
    /// What the request is counted as.
    pub name: Label,
    /// The response's status; none if none came.
    pub status: Option<u16>,
    /// The command, without secrets: a line of at most 4,096 bytes.
    pub command: String,
}

/// The first requests that failed, each kind once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Replays(Vec<Replay>);

impl Replays {
    /// Whether there is room for another, and none is of its kind.
    pub(super) fn want(
        &self,
        journey: &Label,
        transaction: Option<&Label>,
        exchange: &Exchange,
    ) -> bool {
        self.0.len() < MOST
            && !self.0.iter().any(|known| {
                known.name == exchange.name
                    && known.status == exchange.status
                    && known.transaction.as_ref() == transaction
                    && known.journey == *journey
            })
    }

    /// Keeps one; a command that is too long is left out, and so is its kind.
    pub(super) fn add(&mut self, mut replay: Replay) {
        if replay.command.len() > LONGEST {
            replay.command = String::new();
        }
        self.0.push(replay);
    }

    /// Those that have a command.
    pub(super) fn commands(&self) -> impl Iterator<Item = &Replay> {
        self.0.iter().filter(|replay| !replay.command.is_empty())
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for replay in &other.0 {
            let kind =
                |r: &Replay| (r.journey.clone(), r.transaction.clone(), r.name.clone(), r.status);
            if self.0.len() < MOST && !self.0.iter().any(|known| kind(known) == kind(replay)) {
                self.0.push(replay.clone());
            }
        }
    }

    /// What has come since they were `earlier`: those of the same source.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        Self(self.0.iter().skip(earlier.0.len()).cloned().collect())
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::stats::{Aggregator, Board, Outcome, RunStatus};

    use super::*;

    #[test]
    fn the_first_of_each_kind_is_kept_and_asked_for_once() {
        let (mut runner, mut board) = (Aggregator::default(), Board::default());
        let journey = Label::intern("shop:buy");
        let mut asked = 0;
        for n in 0..40u16 {
            let exchange = Exchange {
                protocol: "http",
                name: Label::intern("GET /"),
                status: Some(500 + n % 2),
                outcome: Outcome::Ok,
                took: Duration::from_millis(1).into(),
                received: 0,
                sent: 0,
            };
            runner.exchange_failed(&journey, None, &exchange, || {
                asked += 1;
                Some(format!("curl http://h/{n}"))
            });
            board.merge(&runner.take());
        }
        let replays = board.summary(RunStatus::default()).replays;
        let commands: Vec<_> = replays.iter().map(|r| (r.status, &*r.command)).collect();
        let expected = [(Some(500), "curl http://h/0"), (Some(501), "curl http://h/1")];
        assert_eq!((commands, asked), (expected.to_vec(), 2));
    }

    #[test]
    fn what_is_too_long_is_no_command_and_there_are_not_too_many() {
        let mut replays = Replays::default();
        let replay = |n: usize, command: String| Replay {
            journey: Label::intern("j"),
            transaction: None,
            name: Label::intern(&format!("GET /{n}")),
            status: None,
            command,
        };
        replays.add(replay(0, "x".repeat(LONGEST + 1)));
        replays.add(replay(1, "curl".into()));
        assert_eq!(replays.commands().count(), 1);
        let mut many = Replays::default();
        (0..99).for_each(|n| many.0.push(replay(n, "curl".into())));
        replays.merge(&many);
        assert_eq!(replays.0.len(), MOST);
    }
}
