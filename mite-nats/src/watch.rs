//! Who listens to a run, for the one who reports on it.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::StreamExt as _;
use mite_core::error::{Error, Result};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::audience::{Audience, Consumer};
use crate::connection::Connection;
use crate::lane::Lane;
use crate::listening;
use crate::run_name::RunName;

/// Knows who listens to a run, and tells them when it is over.
#[derive(Debug)]
pub struct Watch {
    connection: Connection,
    lane: Lane,
    audience: Arc<Mutex<Audience>>,
    task: JoinHandle<()>,
}

impl Watch {
    /// Listens to those who listen to `run`.
    ///
    /// # Errors
    /// If the connection is closed.
    pub async fn start(connection: &Connection, run: &RunName) -> Result<Self> {
        let (lane, client) = (Lane::of(run), connection.client());
        let closed = |_| Error::new("the connection to NATS is closed");
        let mut announced = client.subscribe(lane.listening()).await.map_err(closed)?;
        let audience = Arc::new(Mutex::new(Audience::default()));
        let of_task = audience.clone();
        let task = tokio::spawn(async move {
            while let Some(heard) = announced.next().await {
                if let Some(heard) = listening::listening(&heard.payload) {
                    let mut audience = of_task.lock().unwrap_or_else(|e| e.into_inner());
                    audience.hear(heard, Instant::now());
                }
            }
        });
        Ok(Self { connection: connection.clone(), lane, audience, task })
    }

    /// Everybody who has listened so far, and what became of it.
    pub fn consumers(&self) -> Vec<Consumer> {
        self.audience.lock().unwrap_or_else(|e| e.into_inner()).consumers(Instant::now())
    }

    /// Tells everybody that the run is over.
    pub async fn over(&self) {
        let client = self.connection.client();
        let _ = client.publish(self.lane.over(), Bytes::new()).await;
        let _ = client.flush().await;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}
