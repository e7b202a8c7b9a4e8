//! What a run's controller keeps on the server: values by key, written only over what it
//! wrote or read itself.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
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
    known: Mutex<Known>,
    /// Held alone by who writes everything anew, and by whoever else writes together.
    writing: tokio::sync::RwLock<()>,
}

/// What is known of what it holds.
#[derive(Debug, Default)]
struct Known {
    /// By key, the revision that the next write replaces.
    revisions: HashMap<String, u64>,
    /// By key, what was written here last.
    values: HashMap<String, Bytes>,
    /// The last revision of all: each write has a later one.
    last: u64,
    /// Whether something was seen that is older than what was there before.
    went_back: bool,
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
        Ok(Self { store, known: Mutex::default(), writing: Default::default() })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The revision of the last value of a key that was read or written here.
    pub(crate) fn revision(&self, key: &str) -> Option<u64> {
        self.known().revisions.get(key).copied()
    }

    fn wrote(&self, key: &str, value: &Bytes, revision: u64) {
        let mut known = self.known();
        known.revisions.insert(key.to_owned(), revision);
        known.values.insert(key.to_owned(), value.clone());
        known.last = known.last.max(revision);
    }

    /// A key that had one revision before has another one now, if any.
    fn read_one(&self, key: &str, before: Option<u64>, now: Option<u64>) {
        let mut known = self.known();
        let has_gone_back = now < before;
        known.went_back |= has_gone_back;
        match now {
            // It may have been written meanwhile.
            Some(now) if has_gone_back || known.revisions.get(key).is_none_or(|is| *is < now) => {
                known.revisions.insert(key.to_owned(), now);
            }
            None if has_gone_back => drop(known.revisions.remove(key)),
            _ => {}
        }
    }

    /// A key has that revision now, if any.
    fn found(&self, key: &str, revision: Option<u64>) {
        let mut known = self.known();
        match revision {
            Some(revision) => known.revisions.insert(key.to_owned(), revision),
            None => known.revisions.remove(key),
        };
    }

    /// Whether the server has gone back to an older copy of what it keeps, so that what was
    /// written here may be lost. It has until everything was [written](Self::write_all) anew.
    pub(crate) fn has_gone_back(&self) -> bool {
        self.known().went_back
    }

    /// Writes again whatever was written here and is not there, but for one key: how far its
    /// revisions are behind those that were given before, then.
    ///
    /// # Errors
    /// If that cannot be done now.
    pub(crate) async fn write_all(&self, but: &str) -> Result<u64, Unwritten> {
        let keys: Vec<_> = self.known().values.keys().filter(|key| *key != but).cloned().collect();
        for key in keys {
            let _alone = self.writing.write().await;
            let Some(value) = self.known().values.get(&key).cloned() else { continue };
            let entry = tokio::time::timeout(TRY, self.store.entry(&*key)).await;
            let unsure = || Unwritten::Unsure("the NATS server does not answer".to_owned());
            let entry = entry.map_err(|_| unsure())?.map_err(|_| unsure())?;
            let now = entry.as_ref().map(|entry| entry.revision);
            self.found(&key, now);
            if entry.is_none_or(|entry| entry.value != value) {
                let revision = self.try_write(&key, value.clone(), TRY).await?;
                self.wrote(&key, &value, revision);
            }
        }
        let _alone = self.writing.write().await;
        let mut known = self.known();
        let last = known.revisions.values().copied().max().unwrap_or_default();
        let behind = known.last.saturating_sub(last);
        (known.last, known.went_back) = (last, false);
        Ok(behind)
    }

    /// The last place of the stream that it is kept in.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub(crate) async fn last_position(&self) -> Result<u64> {
        let info = self.store.stream.get_info().await.map_err(|e| refused(&e))?;
        Ok(info.state.last_sequence)
    }

    /// The value of a key, with its revision; the next write replaces that one.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub(crate) async fn read(&self, key: &str) -> Result<Option<(Bytes, u64)>> {
        let before = self.revision(key);
        let entry = tokio::time::timeout(TRY, self.store.entry(key)).await;
        let entry = entry.map_err(|_| Error::new("the NATS server does not answer"))?;
        let entry = entry.map_err(|e| refused(&e))?;
        self.read_one(key, before, entry.as_ref().map(|entry| entry.revision));
        let Some(entry) = entry else { return Ok(None) };
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
            let together = self.writing.read().await;
            let last = self.known().last;
            let tried = self.try_write(key, value.clone(), limit.min(TRY)).await;
            if let Ok(revision) = tried {
                self.wrote(key, &value, revision);
                self.known().went_back |= revision <= last;
            }
            drop(together);
            match tried {
                Ok(_) => return Ok(()),
                Err(Unwritten::Taken) if unsure.is_none() => return Err(Unwritten::Taken),
                // It may have been this very value, in a try that nobody answered.
                Err(Unwritten::Taken) => match self.store.entry(key).await {
                    Ok(Some(entry)) if entry.value == value => {
                        self.wrote(key, &value, entry.revision);
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
        let mut known = self.known();
        known.revisions.remove(key);
        known.values.remove(key);
        Ok(())
    }
}
