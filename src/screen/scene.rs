//! Everything that there is to show at one moment.

use super::look::Look;
use super::model::Model;
use super::state::State;
use crate::terminal::held::Line;

/// What panels show, and how.
pub(super) struct Scene<'a> {
    pub(super) model: &'a Model,
    pub(super) state: &'a State,
    pub(super) look: &'a Look,
    /// The last lines of the log.
    pub(super) log: &'a [Line],
}
