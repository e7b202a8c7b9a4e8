//! How long is waited for what.

use std::time::Duration;

/// Code of the test's own that takes longer to answer is named, and fails the run.
pub(super) const OVERDUE: Duration = Duration::from_secs(5);

/// A line whose volume model takes longer to answer ends.
pub(super) const GIVE_UP: Duration = Duration::from_secs(60);

/// How long pools may take to get back what was out.
pub(super) const CLOSING: Duration = Duration::from_secs(2);

/// How long volume models may take for their first answer, before runners are served
/// without.
pub(super) const FIRST_ANSWERS: Duration = Duration::from_millis(100);

/// What has not answered anything for so long when the run ends never did.
pub(super) const SILENT: Duration = Duration::from_secs(1);
