//! The terminal of this process: what is written on it, and who may write.

#[cfg(all(unix, feature = "terminal"))]
pub(crate) mod alternate;
pub(crate) mod bar;
pub(crate) mod console;
mod gate;
pub(crate) mod held;
pub(crate) mod log;
pub(crate) mod logger;
pub(crate) mod plain;
mod postmortem;
#[cfg(all(unix, feature = "terminal"))]
mod printed;
pub(crate) mod size;
mod speaker;
pub(crate) mod style;
pub(crate) mod width;
