//! Servers that stay for a while when the run is over.

use std::time::Duration;

use super::output::Web;
use crate::terminal::log::{self, Level};

/// Keeps the servers for so long, or until a signal comes.
pub(crate) fn linger(web: Web, time: Duration) {
    let addresses = web.addresses();
    if time.is_zero() || addresses.is_empty() {
        return;
    }
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return;
    };
    log::log(
        Level::Info,
        format_args!(
            "{} stays for {}; Ctrl-C ends that",
            addresses.join(" and "),
            mite_core::units::long_time(time)
        ),
    );
    runtime.block_on(async {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = signal() => {}
        }
    });
}

/// Waits for somebody to end it. The run has taken these signals from the system, so that
/// they end nothing by themselves.
async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let signals = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let mut signals = signals.map(signal);
        std::future::poll_fn(|context| {
            let came = signals.iter_mut().flatten().any(|s| s.poll_recv(context).is_ready());
            if came { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
}
