//! The terminal of this process: what is written on it, and who may write.

pub(crate) mod console;
pub(crate) mod log;
mod postmortem;
mod speaker;
