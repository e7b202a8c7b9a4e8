//! What a command ends with.

use std::process::ExitCode;

/// Why a command did not come to a verdict: `2` usage, or a test that could not
/// start, `4` something that it stands on is not there. A run's own code is that of
/// its [`Verdict`](mite_core::stats::Verdict).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    Passed = 0,
    Usage = 2,
    Infrastructure = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
