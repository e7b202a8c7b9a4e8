//! On whose lease an item is, or was when its runner was lost.

use bytes::Bytes;

use crate::ids::RunnerId;

/// The lease that an item was out on when its runner was lost.
pub(in crate::control) struct Doubt {
    pub(super) runner: RunnerId,
    pub(super) incarnation: u64,
    pub(in crate::control) line: usize,
    /// Not known of what was given before a restart, until the pool gives it again.
    pub(in crate::control) data: Option<Bytes>,
}

/// The lease that an item is out on.
pub(super) struct Lease {
    pub(super) runner: RunnerId,
    pub(super) line: usize,
    /// The Grant that it was made with.
    pub(super) grant: u64,
    /// Not known of what was given before a restart, until the pool gives it again.
    pub(super) data: Option<Bytes>,
}
