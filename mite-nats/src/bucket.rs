//! What a run's controller keeps on the server: values by key, written only over what it
//! wrote or read itself.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_nats::jetstream::kv::{self, CreateErrorKind, Operation, Store, UpdateErrorKind};
use async_nats::jetstream::stream::StorageType;
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use mite_core::error::{Error, Result};
use tokio::time::Instant;

use crate::connection::Connection;
use crate::records::reason;
use crate::run_name::RunName;

/// How long one try to write or read may take.
const TRY: Duration = Duration::from_secs(2);

/// How long it is waited between two of them.
const BETWEEN: Duration = Duration::from_millis(50);

/// The bucket of a run.
#[derive(Debug)]
pub(crate) struct Bucket {
    store: Store,
    /// By key, the revision that the next write replaces.
    revisions: Mutex<HashMap<String, u64>>,
}

/// Why something was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unwritten {
    /// Something else was written meanwhile. It may be by an earlier try of this very
    /// program: the client keeps what is published while the server is away, and sends it
    /// once it is back.
    Taken,
    /// The server did not say so in time; why.
    Unsure(String),
}

fn refused(error: &dyn std::error::Error) -> Error {
    Error::new(format!("the NATS server cannot keep the run: {}", reason(error)))
}

impl Bucket {
    /// Opens it; it is made if it is not there.
    ///
    /// # Errors
    /// If the server keeps nothing; the text says what to do.
    pub(crate) async fn open(connection: &Connection, run: &RunName) -> Result<Self> {
        let (jetstream, bucket) = (connection.jetstream(), format!("mite-{run}"));
        let store = match jetstream.get_key_value(&bucket).await {
            Ok(store) => store,
            Err(_) => {
                let config = kv::Config {
                    bucket,
                    description: "what a controller of mite must know again after a restart".into(),
                    history: 1,
                    storage: StorageType::File,
                    ..kv::Config::default()
                };
                jetstream.create_key_value(config).await.map_err(|e| refused(&e))?
            }
        };
        Ok(Self { store, revisions: Mutex::default() })
    }

    fn revision(&self, key: &str) -> Option<u64> {
        self.revisions.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied()
    }

    fn set_revision(&self, key: &str, revision: u64) {
        let mut revisions = self.revisions.lock().unwrap_or_else(PoisonError::into_inner);
        revisions.insert(key.to_owned(), revision);
    }

    /// The value of a key, with its revision; the next write replaces that one.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub(crate) async fn read(&self, key: &str) -> Result<Option<(Bytes, u64)>> {
        let entry = tokio::time::timeout(TRY, self.store.entry(key)).await;
        let entry = entry.map_err(|_| Error::new("the NATS server does not answer"))?;
        let Some(entry) = entry.map_err(|e| refused(&e))? else { return Ok(None) };
        self.set_revision(key, entry.revision);
        Ok((entry.operation == Operation::Put).then_some((entry.value, entry.revision)))
    }

    /// The keys that there are.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub(crate) async fn keys(&self) -> Result<Vec<String>> {
        let keys = self.store.keys().await.map_err(|e| refused(&e))?;
        keys.try_collect().await.map_err(|e| refused(&e))
    }

    /// Writes a value over the last one that was written or read here; tries again for
    /// `limit` if nobody knows whether it was.
    ///
    /// # Errors
    /// If it was not written, or nobody knows.
    pub(crate) async fn write(
        &self,
        key: &str,
        value: impl Into<Bytes>,
        limit: Duration,
    ) -> Result<(), Unwritten> {
        let value: Bytes = value.into();
        let until = Instant::now() + limit;
        let mut unsure = None;
        loop {
            match self.try_write(key, value.clone(), limit.min(TRY)).await {
                Ok(revision) => {
                    self.set_revision(key, revision);
                    return Ok(());
                }
                Err(Unwritten::Taken) if unsure.is_none() => return Err(Unwritten::Taken),
                // It may have been this very value, in a try that nobody answered.
                Err(Unwritten::Taken) => match self.store.entry(key).await {
                    Ok(Some(entry)) if entry.value == value => {
                        self.set_revision(key, entry.revision);
                        return Ok(());
                    }
                    Ok(_) => return Err(Unwritten::Taken),
                    Err(_) => {}
                },
                Err(Unwritten::Unsure(why)) => unsure = Some(why),
            }
            if Instant::now() >= until {
                return Err(Unwritten::Unsure(unsure.unwrap_or_default()));
            }
            tokio::time::sleep(BETWEEN).await;
        }
    }

    async fn try_write(&self, key: &str, value: Bytes, limit: Duration) -> Result<u64, Unwritten> {
        let tried = tokio::time::timeout(limit, async {
            match self.revision(key) {
                Some(revision) => match self.store.update(key, value, revision).await {
                    Ok(revision) => Ok(revision),
                    Err(e) if e.kind() == UpdateErrorKind::WrongLastRevision => {
                        Err(Unwritten::Taken)
                    }
                    Err(e) => Err(Unwritten::Unsure(refused(&e).text().to_owned())),
                },
                None => match self.store.create(key, value).await {
                    Ok(revision) => Ok(revision),
                    Err(e) if e.kind() == CreateErrorKind::AlreadyExists => Err(Unwritten::Taken),
                    Err(e) => Err(Unwritten::Unsure(refused(&e).text().to_owned())),
                },
            }
        });
        let silent =
            || Unwritten::Unsure("the NATS server does not answer; is its disk full?".to_owned());
        tried.await.map_err(|_| silent())?
    }

    /// Removes what is there.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub(crate) async fn remove(&self, key: &str) -> Result {
        self.store.purge(key).await.map_err(|e| refused(&e))?;
        self.revisions.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        Ok(())
    }
}
