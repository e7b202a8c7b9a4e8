//! A clock that goes on while the machine sleeps.

use std::time::Duration;

use tokio::time::Instant;

/// Time since some moment, by which terms are measured: a machine that was suspended must not
/// believe that its term still runs.
pub(super) struct BootClock {
    start: Instant,
    virtual_time: bool,
}

impl BootClock {
    pub(super) fn new(virtual_time: bool) -> Self {
        Self { start: Instant::now(), virtual_time }
    }

    pub(super) fn now(&self) -> Duration {
        #[cfg(target_os = "linux")]
        if !self.virtual_time {
            let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
            let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
            return Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), nanos);
        }
        let _ = self.virtual_time;
        self.start.elapsed()
    }
}
