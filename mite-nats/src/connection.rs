//! A connection to the server.

use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::Context as JetStream;
use async_nats::{Client, Subscriber};
use mite_core::error::{Error, Result};

use crate::event::Events;

/// How long what is still to be sent may take at the end.
const LAST: Duration = Duration::from_secs(5);

/// A connection to the server. One that is lost is made again by itself; what was
/// subscribed stays so.
#[derive(Clone, Debug)]
pub struct Connection {
    client: Client,
    events: Events,
}

impl Connection {
    pub(crate) fn new(client: Client, events: Events) -> Self {
        Self { client, events }
    }

    /// What sends and subscribes.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Streams and buckets that outlast connections.
    pub fn jetstream(&self) -> JetStream {
        async_nats::jetstream::new(self.client.clone())
    }

    /// What has happened to it so far.
    pub fn events(&self) -> &Events {
        &self.events
    }

    /// Whether it stands at the moment.
    pub fn stands(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Sends what is still to be sent, within a limit, and ends it. What is left unsent is
    /// told by the result.
    pub async fn close(self) -> bool {
        let flushed = tokio::time::timeout(LAST, self.client.flush()).await;
        let drained = tokio::time::timeout(LAST, self.client.drain()).await;
        matches!(flushed, Ok(Ok(()))) && matches!(drained, Ok(Ok(())))
    }
}

/// Listens to a subject.
///
/// # Errors
/// If the connection is closed.
pub(crate) async fn subscribe(client: &Client, subject: String) -> Result<Subscriber> {
    let subscribed = client.subscribe(subject).await;
    subscribed.map_err(|e| Error::new(format!("NATS does not let it listen: {e}")))
}
