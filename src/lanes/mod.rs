//! What leaves a process of runners besides its counts: raw messages for whoever listens in
//! other processes, and records.

// For processes of runners.
#![allow(dead_code, unused_imports)]

mod raw;
mod records;

pub(crate) use raw::RawLane;
pub(crate) use records::RecordLane;

/// A runtime for what a listener waits for on its own thread.
///
/// # Errors
/// If the system does not let it.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_time().build()
}
