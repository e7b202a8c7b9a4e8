//! How a listener waits for the server on its own thread.

use mite_core::error::{Error, Result};

/// A runtime for what one waits for on a thread of one's own.
///
/// # Errors
/// If the system does not let it.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.map_err(|e| Error::new(format!("messages cannot be sent: {e}")))
}
