//! From when and where counts come.

/// What is true of counts that are added.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Coming {
    /// They are of the window that is under way.
    Now,
    /// They are, and the network to who counted was away.
    Away,
    /// They are of no window.
    Earlier,
}
