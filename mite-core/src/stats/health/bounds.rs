//! Bounds beyond which the generator itself distorts what is measured.

use std::time::Duration;

use serde::Serialize;

/// Bounds beyond which the generator distorts what is measured, as far as people may
/// set them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bounds {
    /// A loop, or an arrival, that is later than that is late.
    pub lag: Duration,
    /// A journey that keeps its runner's loop for longer blocks it.
    pub block: Duration,
    /// Whether an invalid run may pass.
    pub allow_invalid: bool,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            lag: Duration::from_millis(100),
            block: Duration::from_millis(300),
            allow_invalid: false,
        }
    }
}
