//! Long work beside the loop, which is that of all journeys of a runner.

/// What is longer, in bytes, is not read on the loop: that takes about a millisecond.
const SHORT: usize = 64 * 1024;

/// Does what takes as long as so many bytes do: here, or, if they are many, in a thread of
/// its own.
pub(super) async fn beside<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    if bytes <= SHORT {
        return work();
    }
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime ends, and with it whoever waits.
            Err(_) => std::future::pending().await,
        },
    }
}
