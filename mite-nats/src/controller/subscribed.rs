//! What a controller of a run listens to.

use async_nats::{Client, Subscriber};
use mite_core::error::Result;

use crate::connection::subscribe;
use crate::subject::Subjects;

/// What a controller hears.
pub(super) struct Subscribed {
    pub(super) hello: Subscriber,
    pub(super) progress: Subscriber,
    pub(super) counts: Subscriber,
    pub(super) last: Subscriber,
    pub(super) bye: Subscriber,
    pub(super) clock: Subscriber,
}

impl Subscribed {
    /// Listens to all of it.
    ///
    /// # Errors
    /// If the connection does not let it.
    pub(super) async fn to(client: &Client, subjects: &Subjects) -> Result<Self> {
        let to = async |subject| subscribe(client, subject).await;
        Ok(Self {
            hello: to(subjects.hello()).await?,
            progress: to(subjects.progress()).await?,
            counts: to(subjects.counts()).await?,
            last: to(subjects.any_last()).await?,
            bye: to(subjects.bye()).await?,
            clock: to(subjects.clock()).await?,
        })
    }
}
