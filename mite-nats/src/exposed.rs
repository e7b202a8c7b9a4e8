//! The metrics of a run, on their way to one who exports them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_nats::{Client, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt as _;
use mite_core::error::Result;
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use crate::audience::SILENCE;
use crate::connection::{Connection, subscribe};
use crate::frame::{Foreign, Numbers, frames};
use crate::run_name::RunName;
use crate::strays::{Reader, StrayCounts};
use crate::subject::Subjects;
use crate::wire::encode;

/// How often one who exports says that it is there.
const TICK: Duration = Duration::from_secs(1);

/// The metrics of a run, ready to be served, as its controller would serve them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposed {
    /// Whether the run is over.
    pub is_over: bool,
    /// In each format that they are served in.
    pub bodies: Vec<Vec<u8>>,
}

/// The controller's end: it sends metrics as long as somebody exports them.
#[derive(Debug)]
pub struct MetricSource {
    client: Client,
    subject: String,
    numbers: Mutex<Numbers>,
    handle: Handle,
    /// When somebody who exports was heard last.
    heard: Arc<Mutex<Option<Instant>>>,
    task: JoinHandle<()>,
}

impl MetricSource {
    /// Of `run`. To be called where the connection lives.
    ///
    /// # Errors
    /// If the connection is closed.
    pub async fn start(connection: &Connection, run: &RunName) -> Result<Self> {
        let (client, subjects) = (connection.client().clone(), Subjects::of(run));
        let mut exporters = subscribe(&client, subjects.exporters()).await?;
        let heard: Arc<Mutex<Option<Instant>>> = Arc::default();
        let known = heard.clone();
        let task = tokio::spawn(async move {
            while exporters.next().await.is_some() {
                *known.lock().unwrap_or_else(|e| e.into_inner()) = Some(Instant::now());
            }
        });
        let numbers = Mutex::new(Numbers::new(mite_core::ids::random()));
        let (subject, handle) = (subjects.metrics(), Handle::current());
        Ok(Self { client, subject, numbers, handle, heard, task })
    }

    /// Whether somebody exports them at the moment.
    pub fn is_wanted(&self) -> bool {
        let heard = *self.heard.lock().unwrap_or_else(|e| e.into_inner());
        heard.is_some_and(|heard| heard.elapsed() < SILENCE)
    }

    /// Sends them; they may get lost, and the next ones take their place.
    pub fn send(&self, exposed: &Exposed) {
        let number = self.numbers.lock().unwrap_or_else(|e| e.into_inner()).next();
        let frames = frames(number, &encode(exposed));
        let (client, subject) = (self.client.clone(), self.subject.clone());
        self.handle.spawn(async move {
            for frame in frames {
                let _ = client.publish(subject.clone(), frame).await;
            }
        });
    }
}

impl Drop for MetricSource {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The end of one who exports them.
#[derive(Debug)]
pub struct MetricReader {
    client: Client,
    metrics: Subscriber,
    /// Where it says that it is there.
    subject: String,
    reader: Reader,
    tick: Interval,
    /// Whether a controller of another version of mite was heard.
    is_other_version: bool,
}

impl MetricReader {
    /// Of `run`, whoever leads it and whenever.
    ///
    /// # Errors
    /// If the connection is closed.
    pub async fn start(connection: &Connection, run: &RunName) -> Result<Self> {
        let (client, subjects) = (connection.client().clone(), Subjects::of(run));
        let metrics = subscribe(&client, subjects.metrics()).await?;
        let reader = Reader::new(&Arc::new(StrayCounts::default()));
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let subject = subjects.exporters();
        Ok(Self { client, metrics, subject, reader, tick, is_other_version: false })
    }

    /// Whether what was heard is of another version of mite, whose metrics cannot be read.
    pub fn hears_other_version(&self) -> bool {
        self.is_other_version
    }

    /// The next metrics; none if none came for a second. May be dropped and asked again.
    pub async fn next(&mut self) -> Option<Exposed> {
        loop {
            tokio::select! {
                Some(message) = self.metrics.next() => {
                    match self.reader.take(&message.payload) {
                        Ok(Some(exposed)) => return Some(exposed),
                        Err(Foreign::Version(_)) => self.is_other_version = true,
                        Ok(None) | Err(Foreign::NotMite | Foreign::Unreadable) => {}
                    }
                }
                _ = self.tick.tick() => {
                    let _ = self.client.publish(self.subject.clone(), Bytes::new()).await;
                    return None;
                }
            }
        }
    }
}
