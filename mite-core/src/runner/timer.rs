//! Waiting for a moment, exactly where the system can.

use tokio::time::Instant;

/// Wakes up at a moment. Tokio's own timer turns in milliseconds, so that arrivals would
/// come in bundles; Linux has one that does not (`timerfd`).
pub(super) struct Timer(Kind);

enum Kind {
    /// Tokio's: on clocks that jump, and where there is no other.
    Coarse,
    #[cfg(target_os = "linux")]
    Exact(exact::Exact),
}

impl Timer {
    /// The best there is. Must be called on the runtime that waits.
    pub(super) fn new(virtual_time: bool) -> Self {
        #[cfg(target_os = "linux")]
        if !virtual_time && let Ok(exact) = exact::Exact::new() {
            return Self(Kind::Exact(exact));
        }
        let _ = virtual_time;
        Self(Kind::Coarse)
    }

    /// Waits until `at`, or a little longer.
    pub(super) async fn until(&self, at: Instant) {
        match &self.0 {
            Kind::Coarse => tokio::time::sleep_until(at).await,
            #[cfg(target_os = "linux")]
            // What cannot be armed is waited for as elsewhere.
            Kind::Exact(exact) => {
                if exact.until(at).await.is_err() {
                    tokio::time::sleep_until(at).await;
                }
            }
        }
    }
}

#[cfg(target_os = "linux")]
mod exact {
    use std::io;
    use std::os::fd::OwnedFd;

    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;
    use tokio::time::Instant;

    /// A timer of the kernel, in nanoseconds; no slack is added to it.
    pub(super) struct Exact(AsyncFd<OwnedFd>);

    impl Exact {
        pub(super) fn new() -> io::Result<Self> {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
            #[expect(
                deprecated,
                reason = "unsound for types whose descriptor may change or be closed; an `OwnedFd` \
                          is one descriptor, open as long as it lives, and the other \
                          constructors are `unsafe`"
            )]
            let watched = AsyncFd::with_interest(timer, Interest::READABLE)?;
            Ok(Self(watched))
        }

        pub(super) async fn until(&self, at: Instant) -> io::Result<()> {
            loop {
                let left = at.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Ok(());
                }
                let it_value = Timespec {
                    tv_sec: left.as_secs().try_into().unwrap_or(i64::MAX),
                    tv_nsec: left.subsec_nanos().into(),
                };
                let it_interval = Timespec { tv_sec: 0, tv_nsec: 0 };
                // Arming it anew makes it unexpired, so it need not be read.
                timerfd_settime(
                    self.0.get_ref(),
                    TimerfdTimerFlags::empty(),
                    &Itimerspec { it_interval, it_value },
                )?;
                self.0.readable().await?.clear_ready();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn it_is_never_too_early_and_can_be_given_up() {
        let timer = Timer::new(false);
        for micros in [0, 50, 900, 2_500] {
            let at = Instant::now() + Duration::from_micros(micros);
            timer.until(at).await;
            assert!(Instant::now() >= at, "{micros}");
            // What was given up does not wake whoever waits next.
            let far = timer.until(at + Duration::from_secs(60));
            let soon = tokio::time::timeout(Duration::from_millis(1), far).await;
            assert!(soon.is_err());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn on_a_clock_that_jumps_it_jumps() {
        let timer = Timer::new(true);
        let at = Instant::now() + Duration::from_secs(3_600);
        timer.until(at).await;
        assert_eq!(Instant::now(), at);
    }
}
