//! The terminal of this process: what is written on it, and who may write.

pub(crate) mod bar;
pub(crate) mod console;
pub(crate) mod log;
pub(crate) mod logger;
mod plain;
mod postmortem;
pub(crate) mod size;
mod speaker;
pub(crate) mod style;
pub(crate) mod width;
