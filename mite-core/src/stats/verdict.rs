//! Whether a run passed, and why not: the one place where that is decided.

use std::process::ExitCode;

use serde::Serialize;

use super::findings::{Finding, Weight};
use super::health::Grade;
use super::threshold::Checked;

/// Whether a run passed, and why not. Made once, at its end, by [`judge`](super::judge);
/// whatever shows it, and the exit code, go by this value.
///
/// ```
/// use mite_core::stats::{Board, RunOutcome, RunStatus, judge};
/// let summary = Board::default().summary(RunStatus::default());
/// assert_eq!(judge(Vec::new(), &summary).outcome, RunOutcome::Passed);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Verdict {
    /// How it ended, in a word.
    pub outcome: RunOutcome,
    /// What its numbers are worth.
    pub validity: Grade,
    /// Whether it may pass though they are invalid.
    pub allow_invalid: bool,
    /// Every limit that there was, kept or not.
    pub limits: Vec<Checked>,
    /// What people should know, in the order in which it is told.
    pub findings: Vec<Finding>,
}

/// How a run ended. Its number is the exit code of the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// It kept its limits, and nothing failed it.
    #[default]
    Passed,
    /// A limit was not kept, or something failed the run whatever its limits are.
    Failed,
    /// Something that it stands on was lost: a disk with room on it, records.
    Lost,
    /// The generator was not able to do what was asked of it: the numbers are its own.
    Invalid,
    /// A signal, whose number this is, ended it before its planned end.
    Cut(u8),
}

impl RunOutcome {
    /// The exit code that says it: 0, 1, 3, 4, and 128 and the signal.
    pub fn code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Invalid => 3,
            Self::Lost => 4,
            Self::Cut(signal) => 128 + signal,
        }
    }
}

impl From<&Verdict> for ExitCode {
    fn from(verdict: &Verdict) -> Self {
        verdict.outcome.code().into()
    }
}

impl Verdict {
    /// Whether the run passed.
    pub fn passed(&self) -> bool {
        self.outcome == RunOutcome::Passed
    }

    /// Adds what was found after it was made: an output that could not finish.
    pub fn add(&mut self, finding: Finding) {
        self.outcome = match (self.outcome, finding.weight()) {
            (RunOutcome::Lost, _) | (_, Weight::Lost) => RunOutcome::Lost,
            (RunOutcome::Passed, Weight::Fails) => RunOutcome::Failed,
            (outcome, _) => outcome,
        };
        self.findings.push(finding);
    }

    /// What made the run fail, in words; nothing if it passed.
    pub fn reasons(&self) -> Vec<String> {
        let of = |weight| self.findings.iter().filter(move |f| f.weight() == weight);
        let limits = self.limits.iter().filter(|checked| !checked.kept);
        let invalid = self.findings.iter().filter(|finding| self.is_reason(finding));
        invalid
            .chain(of(Weight::Fails))
            .map(Finding::to_string)
            .chain(limits.map(Checked::to_string))
            .chain(of(Weight::Lost).map(Finding::to_string))
            .collect()
    }

    /// Whether it makes the run invalid, which may not pass.
    fn is_reason(&self, finding: &Finding) -> bool {
        finding.grade() == Grade::Invalid && !self.allow_invalid
    }

    /// What people should know that did not make the run fail.
    pub fn notes(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.weight() == Weight::Note && !self.is_reason(f))
    }
}
