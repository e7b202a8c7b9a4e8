//! Processes that take messages of a run that runs elsewhere.

#[cfg(feature = "web")]
mod exporter;
mod outcome;
mod raw;
mod recorder;

#[cfg(feature = "web")]
pub(crate) use exporter::export;
pub(crate) use outcome::Outcome;
pub(crate) use raw::{Consume, consume};
pub(crate) use recorder::record;

/// What people call a process with this role, such as `collector (host, process 12)`.
pub(crate) fn name(role: &str) -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("{role} ({host}, process {})", std::process::id())
}
