//! A runner's heartbeat: how late its loop is, and whether its thread gets a core.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::pulse::{CoreTime, Pulse};
use crate::journey::Host;

/// How often the loop should turn. What is in a journey's way for shorter is not seen.
const EVERY: Duration = Duration::from_millis(10);

/// The interval over which a share of CPU is reported.
const WINDOW: Duration = Duration::from_secs(1);

/// The task of a heartbeat; it ends when this is dropped.
pub(super) struct Heartbeat(Option<JoinHandle<()>>);

impl Heartbeat {
    /// Beats from `start` on. In virtual time there is nothing to watch.
    pub(super) fn start(host: &Arc<Host>, pulse: Pulse, start: Instant) -> Self {
        if host.virtual_time {
            return Self(None);
        }
        pulse.open();
        let host = host.clone();
        Self(Some(tokio::task::spawn_local(async move {
            tokio::time::sleep_until(start).await;
            Watch::new(host, pulse).beat().await;
        })))
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

/// What is watched, and since when.
struct Watch {
    host: Arc<Host>,
    pulse: Pulse,
    since: Instant,
    before: Option<CoreTime>,
}

impl Watch {
    fn new(host: Arc<Host>, pulse: Pulse) -> Self {
        Self { host, before: pulse.core_time(), pulse, since: Instant::now() }
    }

    async fn beat(mut self) {
        loop {
            let due = Instant::now() + EVERY;
            tokio::time::sleep_until(due).await;
            let now = Instant::now();
            let mut counted = self.host.lanes.counted();
            counted.health(self.host.runner).turned(now - due, EVERY);
            drop(counted);
            if now - self.since >= WINDOW {
                self.tell(now);
            }
        }
    }

    /// Reports how the time since the last report was spent.
    fn tell(&mut self, now: Instant) {
        let core = self.pulse.core_time();
        let spent = |time: fn(&CoreTime) -> Duration| match (&self.before, &core) {
            (Some(before), Some(core)) => time(core).saturating_sub(time(before)),
            _ => Duration::ZERO,
        };
        let (cpu, waited) = (spent(|core| core.cpu), spent(|core| core.waited));
        let mut counted = self.host.lanes.counted();
        counted.health(self.host.runner).ran(now - self.since, cpu, waited);
        drop(counted);
        self.since = now;
        self.before = core;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.tell(Instant::now());
    }
}
