//! The outcome of a consumer of messages.

use mite_core::stats::{Finding, Weight};
use mite_core::units;
use mite_nats::Account;

use crate::listener::Remarks;

/// What a consumer says that ended since it heard nothing of the run any more.
pub(super) const SILENT: &str = "nothing was heard of the run any more, and nobody said that it is over: what came after that is not here";

/// The outcome of a consumer, for its log and its exit code.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// What was left where.
    pub(crate) notes: Vec<String>,
    /// What went wrong.
    pub(crate) faults: Vec<String>,
    /// Whether something was lost that was to be kept.
    pub(crate) is_lost: bool,
    /// The signal that ended it before it had begun.
    pub(crate) cut: Option<u8>,
}

impl Outcome {
    /// A signal came before there was a connection.
    pub(super) fn cut(signal: u8) -> Self {
        Self { cut: Some(signal), ..Self::default() }
    }

    pub(super) fn of(remarks: Remarks) -> Self {
        let mut outcome = Self { notes: remarks.notes, ..Self::default() };
        for finding in &remarks.findings {
            let text = finding.to_string();
            match finding.weight() {
                Weight::Note => outcome.notes.push(text),
                Weight::Fails => outcome.faults.push(text),
                Weight::Lost => {
                    outcome.is_lost = true;
                    outcome.faults.push(text);
                }
            }
        }
        outcome
    }

    /// Adds what did not come.
    pub(super) fn with_account(mut self, name: &str, account: Account) -> Self {
        let Account { messages, missing, unsent, foreign, by_silence } = account;
        self.notes.push(format!("{} reached {name}", units::count(messages, "message")));
        if by_silence {
            self.faults.push(SILENT.to_owned());
        }
        for (count, why) in [
            (
                missing,
                "were sent and reached none of this group: the server or its connections were too slow, or one of the group was killed",
            ),
            (unsent, "did not fit into the queues of runners on their way here"),
            (foreign, "came from another version of mite, and were not read"),
        ] {
            if count > 0 {
                self.faults.push(format!("{} {why}", units::count(count, "message")));
            }
        }
        self
    }
}

impl From<Finding> for Outcome {
    fn from(finding: Finding) -> Self {
        Self::of(Remarks { findings: vec![finding], ..Remarks::default() })
    }
}
