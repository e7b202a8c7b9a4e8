//! What a command ends with.

use std::process::ExitCode;

/// Why a command stopped, as an exit code: `0` passed, `1` a limit was
/// exceeded, `2` usage, or a test that could not start, `4` something that the
/// test stands on was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    Passed = 0,
    Exceeded = 1,
    Usage = 2,
    Infrastructure = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
