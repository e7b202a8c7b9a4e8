//! Servers that stay for a while when the run is over.

use std::time::Duration;

use mite_core::event_loop::EventLoop;

use super::output::Web;
use crate::terminal::log::{self, Level};

/// Keeps the servers for so long, or until a signal comes.
pub(crate) fn linger(web: Web, time: Duration) {
    let addresses = web.addresses();
    if time.is_zero() || addresses.is_empty() {
        return;
    }
    let Ok(events) = EventLoop::new() else { return };
    events.run(async {
        // Before it is said: whoever reads that may ask at once.
        let ended = signal();
        log::log(
            Level::Info,
            format_args!(
                "{} stays for {}; Ctrl-C ends that",
                addresses.join(" and "),
                mite_core::units::long_time(time)
            ),
        );
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = ended => {}
        }
    });
}

/// Listens from now on, and waits for somebody to end it. The run has taken these signals
/// from the system, so that they end nothing by themselves.
fn signal() -> impl Future<Output = ()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let signals = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let mut signals = signals.map(signal);
        std::future::poll_fn(move |context| {
            let came = signals.iter_mut().flatten().any(|s| s.poll_recv(context).is_ready());
            if came { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
    }
    #[cfg(not(unix))]
    async {
        let _ = tokio::signal::ctrl_c().await;
    }
}
