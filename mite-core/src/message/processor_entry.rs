//! A message processor as `#[processor]` registers it.

use crate::error::Result;
use crate::message::processor::Processor;
use crate::meta::Meta;

/// `#[processor]`.
pub struct ProcessorEntry {
    /// Its name and place.
    pub meta: Meta,
    /// Makes the processor.
    pub build: fn() -> Result<Processor>,
}
