//! Who listens to a run, for the one who reports on it.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use mite_core::error::Result;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::audience::{Audience, Consumer, Hearing};
use crate::connection::{Connection, subscribe};
use crate::lane::Lane;
use crate::listening;
use crate::run_name::RunName;

/// How long the last words may take.
const LAST: Duration = Duration::from_secs(2);

/// How long those who listen may take to say what has reached them, once all is over.
const SETTLING: Duration = Duration::from_secs(4);

/// How often it is looked whether they have.
const LOOK: Duration = Duration::from_millis(20);

#[derive(Debug)]
struct Known {
    audience: Audience,
    /// When one who sends was heard last.
    heard: Instant,
    hearing: Hearing,
    over: bool,
    /// What came and said nothing.
    unreadable: u64,
}

/// Knows who listens to a run, tells them when it is over, and knows it if another does.
#[derive(Debug)]
pub struct Watch {
    connection: Connection,
    lane: Lane,
    known: Arc<Mutex<Known>>,
    task: JoinHandle<()>,
}

impl Watch {
    /// Listens to those who listen to `run`.
    ///
    /// # Errors
    /// If the connection is closed.
    pub async fn start(connection: &Connection, run: &RunName) -> Result<Self> {
        let (lane, client) = (Lane::of(run), connection.client());
        let mut announced = subscribe(client, lane.listening()).await?;
        let mut sent = subscribe(client, lane.sent()).await?;
        let mut over = subscribe(client, lane.over()).await?;
        let (audience, heard, hearing) = (Audience::default(), Instant::now(), Hearing::new());
        let known = Known { audience, heard, hearing, over: false, unreadable: 0 };
        let known = Arc::new(Mutex::new(known));
        let of_task = known.clone();
        let task = tokio::spawn(async move {
            let known = || of_task.lock().unwrap_or_else(|e| e.into_inner());
            loop {
                tokio::select! {
                    Some(heard) = announced.next() => {
                        match listening::listening(&heard.payload) {
                            Some(heard) => known().audience.hear(heard, Instant::now()),
                            None => known().unreadable += 1,
                        }
                    }
                    Some(heard) = sent.next() => {
                        let mut known = known();
                        match listening::sent(&heard.payload) {
                            Some(heard) => {
                                known.heard = Instant::now();
                                known.audience.hear_sent(heard, Instant::now());
                            }
                            None => known.unreadable += 1,
                        }
                    }
                    Some(_) = over.next() => known().over = true,
                    else => return,
                }
            }
        });
        Ok(Self { connection: connection.clone(), lane, known, task })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Whether somebody said that the run is over.
    pub fn is_over(&self) -> bool {
        self.known().over
    }

    /// For how long nothing was heard of any who send, by a connection that stood all the
    /// time.
    pub fn silence(&self) -> Duration {
        let (mut known, now) = (self.known(), Instant::now());
        known.hearing.look(self.connection.stands(), now);
        known.heard.elapsed().min(known.hearing.time(now))
    }

    /// Everybody who has listened so far, and what became of it.
    pub fn consumers(&self) -> Vec<Consumer> {
        self.known().audience.consumers(Instant::now())
    }

    /// What came and said nothing of who listens or sends.
    pub fn unreadable(&self) -> u64 {
        self.known().unreadable
    }

    /// Messages that were sent to a group and have reached none of it, for each group with
    /// any.
    pub fn missing(&self) -> Vec<(String, u64)> {
        let known = self.known();
        let groups = known.audience.groups().into_iter();
        let missing = groups.map(|group| (group.to_owned(), known.audience.missing(group)));
        missing.filter(|(_, missing)| *missing > 0).collect()
    }

    /// Waits until those who listen have said what has reached them, not for long.
    pub async fn settled(&self) {
        let until = Instant::now() + SETTLING;
        while Instant::now() < until && !self.known().audience.is_settled(Instant::now()) {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Tells everybody that the run is over. A server that is not there cannot be told: a
    /// flush would wait for it for ever.
    pub async fn over(&self) {
        let client = self.connection.client();
        let told = async {
            let _ = client.publish(self.lane.over(), Bytes::new()).await;
            let _ = client.flush().await;
        };
        let _ = tokio::time::timeout(LAST, told).await;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}
