//! What happens to a connection, counted and told.

use std::fmt::{self, Display};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};

use mite_core::stats::{AwayTimes, ConnectionHealth};
use tokio::time::Instant;

/// What happened to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The server cannot be reached yet; why. Told once.
    Waiting(String),
    /// It stands, for the first time or again.
    Connected,
    /// It was lost; the client connects again by itself.
    Disconnected,
    /// The client could not take what the server sent: messages were lost. Not every one of
    /// them has an event of its own.
    SlowConsumer,
    /// The server refused something, such as a subject that one may not use.
    Refused(String),
    /// A try to connect again failed; why.
    Failed(String),
    /// It is over.
    Closed,
}

impl Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting(why) => write!(f, "NATS cannot be reached yet, trying again: {why}"),
            Self::Connected => f.write_str("connected to NATS"),
            Self::Disconnected => f.write_str("the connection to NATS was lost; connecting again"),
            Self::SlowConsumer => {
                f.write_str("messages of NATS came faster than they were taken; some are lost")
            }
            Self::Refused(why) => write!(f, "NATS refused: {why}"),
            Self::Failed(why) => write!(f, "NATS cannot be reached: {why}"),
            Self::Closed => f.write_str("the connection to NATS is closed"),
        }
    }
}

/// Who is told of what happens.
pub(crate) type Observer = Arc<dyn Fn(&str, &Event) + Send + Sync>;

/// So many of the last times at which it was away are told each second: what was told before
/// is known.
const TOLD: usize = 16;

/// What has happened to a connection so far.
#[derive(Clone, Default)]
pub struct Events(Arc<Counted>);

#[derive(Default)]
struct Counted {
    connects: AtomicU64,
    disconnects: AtomicU64,
    slow: AtomicU64,
    refused: AtomicU64,
    away: Mutex<AwayTimes<Instant>>,
    /// What the connection is for.
    purpose: &'static str,
    observer: Option<Observer>,
}

impl Events {
    pub(crate) fn observed(purpose: &'static str, observer: Option<Observer>) -> Self {
        Self(Arc::new(Counted { purpose, observer, ..Counted::default() }))
    }

    /// How it has fared until now in a test that began at `start`.
    pub fn health(&self, start: Instant) -> ConnectionHealth {
        self.health_of(usize::MAX, start)
    }

    /// The same, with the last times only at which it was away.
    pub fn health_lately(&self, start: Instant) -> ConnectionHealth {
        self.health_of(TOLD, start)
    }

    fn health_of(&self, most: usize, start: Instant) -> ConnectionHealth {
        let away = self.away().last_by(most, |at| at.saturating_duration_since(start));
        ConnectionHealth { away, slow: self.slow() }
    }

    fn away(&self) -> MutexGuard<'_, AwayTimes<Instant>> {
        self.0.away.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// How often it came to stand; more than once is after it was lost.
    pub fn connects(&self) -> u64 {
        self.0.connects.load(Relaxed)
    }

    /// How often it was lost.
    pub fn disconnects(&self) -> u64 {
        self.0.disconnects.load(Relaxed)
    }

    /// How often the client could not take what the server sent.
    pub fn slow(&self) -> u64 {
        self.0.slow.load(Relaxed)
    }

    /// How often the server refused something.
    pub fn refused(&self) -> u64 {
        self.0.refused.load(Relaxed)
    }

    pub(crate) fn happened(&self, event: &Event) {
        let counter = match event {
            Event::Connected => Some(&self.0.connects),
            Event::Disconnected => Some(&self.0.disconnects),
            Event::SlowConsumer => Some(&self.0.slow),
            Event::Refused(_) => Some(&self.0.refused),
            _ => None,
        };
        if let Some(counter) = counter {
            counter.fetch_add(1, Relaxed);
        }
        match event {
            Event::Connected => self.away().ends(Instant::now()),
            Event::Disconnected => self.away().begins(Instant::now()),
            _ => {}
        }
        if let Some(observer) = &self.0.observer {
            observer(self.0.purpose, event);
        }
    }

    pub(crate) fn of_client(&self, event: async_nats::Event) {
        use async_nats::{ClientError, Event as Of, ServerError};
        self.happened(&match event {
            Of::Connected => Event::Connected,
            Of::Disconnected => Event::Disconnected,
            Of::Closed => Event::Closed,
            Of::SlowConsumer(_) | Of::ServerError(ServerError::SlowConsumer(_)) => {
                Event::SlowConsumer
            }
            Of::ServerError(why) => Event::Refused(crate::refusal::of_server(&why.to_string())),
            Of::ClientError(ClientError::Other(why)) => Event::Failed(why),
            Of::ClientError(why) => Event::Failed(why.to_string()),
            // It still stands then.
            Of::Draining | Of::LameDuckMode => return,
        });
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("connects", &self.connects())
            .field("disconnects", &self.disconnects())
            .field("slow", &self.slow())
            .field("refused", &self.refused())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use mite_core::stats::Stretch;

    use super::*;

    #[test]
    fn each_is_counted_and_told() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let seen = told.clone();
        let observer = move |of: &str, event: &Event| {
            seen.lock().unwrap().push(format!("{event} ({of})"));
        };
        let events = Events::observed("control", Some(Arc::new(observer)));
        for event in [
            async_nats::Event::Connected,
            async_nats::Event::Disconnected,
            async_nats::Event::SlowConsumer(7),
            async_nats::Event::SlowConsumer(7),
            async_nats::Event::ServerError(async_nats::ServerError::Other(
                "Permissions Violation".into(),
            )),
        ] {
            events.of_client(event);
        }
        let counts = (events.connects(), events.disconnects(), events.slow(), events.refused());
        assert_eq!(counts, (1, 1, 2, 1));
        let told = told.lock().unwrap();
        assert_eq!(told.len(), 5);
        assert_eq!(
            told[2],
            "messages of NATS came faster than they were taken; some are lost (control)"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn when_it_was_away_is_known_in_the_time_of_the_test() {
        let events = Events::observed("control", None);
        let at = |from, to| Stretch {
            from: std::time::Duration::from_secs(from),
            to: std::time::Duration::from_secs(to),
        };
        let pass = async |n| tokio::time::advance(std::time::Duration::from_secs(n)).await;
        events.happened(&Event::Connected);
        events.happened(&Event::Disconnected);
        pass(2).await;
        events.happened(&Event::Connected);
        pass(1).await;
        // What was before the test is none of it.
        let start = Instant::now();
        assert_eq!(events.health(start).until(std::time::Duration::ZERO).count(), 0);
        pass(6).await;
        events.happened(&Event::Disconnected);
        events.happened(&Event::Failed("refused".into()));
        events.happened(&Event::Disconnected);
        pass(3).await;
        events.happened(&Event::Connected);
        events.happened(&Event::SlowConsumer);
        pass(1).await;
        events.happened(&Event::Disconnected);
        pass(5).await;
        let health = events.health(start);
        let all: Vec<_> = health.until(std::time::Duration::from_secs(15)).collect();
        assert_eq!((all, health.slow), (vec![at(6, 9), at(10, 15)], 1));
        assert_eq!(health.past().collect::<Vec<_>>(), [at(6, 9)]);
    }
}
