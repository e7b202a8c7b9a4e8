//! Processes that take messages of a run that runs elsewhere.

mod outcome;
mod raw;
mod recorder;

pub(crate) use outcome::Outcome;
pub(crate) use raw::{Consume, consume};
pub(crate) use recorder::record;

/// What people call a process with this role, such as `collector (host, process 12)`.
pub(crate) fn name(role: &str) -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("{role} ({host}, process {})", std::process::id())
}
