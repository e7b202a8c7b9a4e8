//! What a controller's control plane keeps, so that another one could go on.

use std::sync::Arc;

use futures_util::future::join_all;
use mite_core::control::Saved;
use mite_core::dispatch::Store;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::bucket::{Bucket, Unwritten};
use crate::leadership::Leadership;
use crate::wire::encode;

/// What keys begin with.
pub(crate) const SAVED: &str = "saved.";

/// The store of a run's control plane, in the bucket of the run.
pub struct NatsStore {
    records: mpsc::UnboundedSender<Vec<(String, Vec<u8>)>>,
    ended: mpsc::UnboundedReceiver<Result<u64, String>>,
    leadership: Arc<Leadership>,
}

impl NatsStore {
    /// Of that bucket, as long as this controller leads; its writes are made on `net`.
    pub(crate) fn new(bucket: Arc<Bucket>, leadership: Arc<Leadership>, net: &Handle) -> Self {
        let (records, mut begun) = mpsc::unbounded_channel::<Vec<(String, Vec<u8>)>>();
        let (told, ended) = mpsc::unbounded_channel();
        let of_writes = leadership.clone();
        net.spawn(async move {
            while let Some(records) = begun.recv().await {
                let written =
                    records.into_iter().map(|(key, value)| keep(&bucket, &of_writes, key, value));
                let written: Result<Vec<u64>, String> =
                    join_all(written).await.into_iter().collect();
                let last = written.map(|all| all.into_iter().max().unwrap_or_default());
                if told.send(last).is_err() {
                    return;
                }
            }
        });
        Self { records, ended, leadership }
    }
}

/// Writes one, however long the server is away: as long as it is, nobody else can lead. It
/// says where in the store it is then.
pub(crate) async fn keep(
    bucket: &Bucket,
    leadership: &Leadership,
    key: String,
    value: Vec<u8>,
) -> Result<u64, String> {
    while leadership.known().await {
        match bucket.write(&key, value.clone(), leadership.term()).await {
            // What follows from it may leave only while this one leads.
            Ok(()) if leadership.known().await => {
                return Ok(leadership.position(bucket.revision(&key).unwrap_or_default()));
            }
            Ok(()) => break,
            // By an earlier try of this controller, if it leads still: another one claims
            // the lead before it writes anything else. What is read is what the next try
            // replaces, and it is tried only if nobody has claimed the lead since.
            Err(Unwritten::Taken) => {
                let _ = bucket.read(&key).await;
                leadership.renewed_again().await;
            }
            Err(Unwritten::Unsure(why)) if why.contains("insufficient") => return Err(why),
            Err(Unwritten::Unsure(_)) => {}
        }
    }
    Err(leadership.deposed().unwrap_or_default().to_owned())
}

impl Store for NatsStore {
    fn save(&mut self, records: Vec<Saved>) {
        let encoded = |saved: &Saved| (format!("{SAVED}{}", saved.key()), encode(saved));
        // If its thread is gone, the end of it never comes, and nothing leaves.
        let _ = self.records.send(records.iter().map(encoded).collect());
    }

    async fn saved(&mut self) -> Result<u64, String> {
        match self.ended.recv().await {
            Some(ended) => ended,
            None => Err("the connection to NATS is closed".to_owned()),
        }
    }

    fn leads(&self) -> bool {
        self.leadership.leads()
    }

    fn deposed(&self) -> Option<String> {
        self.leadership.deposed().map(str::to_owned)
    }
}
