//! The end of the lane of records at a recorder.

use std::time::Duration;

use async_nats::jetstream::consumer::pull::Batch;
use async_nats::jetstream::consumer::{Info, PullConsumer};
use async_nats::jetstream::{AckKind, Message as Stored};
use futures_util::StreamExt as _;
use mite_core::error::{Error, Result};
use tokio::time::{Instant, timeout};

use crate::connection::Connection;
use crate::lane::Lane;
use crate::parcel::Parcel;
use crate::progress::Progress;
use crate::records::{self, AT_ONCE, UNACKNOWLEDGED};
use crate::run_name::RunName;

/// How long it is waited for records before it is looked around.
const WAIT: Duration = Duration::from_secs(1);

/// How long a parcel is put back.
const BETWEEN: Duration = Duration::from_millis(500);

/// How often a parcel is put back that comes before one of the same source that was sent
/// earlier: longer than it takes until that is handed out again.
const PATIENCE: i64 = 20;

/// Records of a run, in the order in which the server got them; those of one process are in
/// their order also when something has to be handed out again. They are the server's until
/// [`written`](Self::written).
#[derive(Debug)]
pub struct RecordReader {
    consumer: PullConsumer,
    progress: Progress,
    /// What was handed out and not written yet.
    open: Vec<(Stored, u64, u64)>,
    foreign: u64,
}

/// So many looks in a row at which nobody waits and nothing is under way are no gap between
/// two questions of another one.
const LOOKS: u32 = 10;

impl RecordReader {
    /// Of `run`; makes the stream if there is none yet.
    ///
    /// # Errors
    /// If the server keeps nothing, or does not allow it; the text says what to do.
    pub async fn start(connection: &Connection, run: &RunName) -> Result<Self> {
        let stream = records::stream(&connection.jetstream(), &Lane::of(run)).await?;
        let consumer = records::reader(&stream).await?;
        let (progress, open) = (Progress::default(), Vec::new());
        Ok(Self { consumer, progress, open, foreign: 0 })
    }

    /// Waits until what another recorder got and did not write is handed out again: it is
    /// to be written before what came later.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub async fn take_over(&self) -> Result {
        if self.info().await?.num_ack_pending > 0 {
            tokio::time::sleep(UNACKNOWLEDGED + BETWEEN).await;
        }
        Ok(())
    }

    async fn info(&self) -> Result<Info> {
        self.consumer.get_info().await.map_err(|e| Error::new(e.to_string()))
    }

    /// The next records, as parcels; none if there are none within a second. Those that
    /// were handed out before and were not [`written`](Self::written) come again.
    ///
    /// # Errors
    /// If the server cannot be asked; it may be, later.
    pub async fn next(&mut self) -> Result<Vec<Parcel>> {
        self.open.clear();
        let at_once = self.consumer.fetch().max_messages(AT_ONCE).messages().await;
        let parcels = self.take(at_once.map_err(|e| Error::new(e.to_string()))?).await?;
        if !parcels.is_empty() {
            return Ok(parcels);
        }
        let one = self.consumer.batch().max_messages(1).expires(WAIT).messages().await;
        self.take(one.map_err(|e| Error::new(e.to_string()))?).await
    }

    /// What of the messages is new, and next.
    async fn take(&mut self, mut fetched: Batch) -> Result<Vec<Parcel>> {
        let mut parcels = Vec::new();
        let mut progress = self.progress.clone();
        // An answer may be lost with the connection: what it held comes again.
        while let Ok(Some(stored)) = timeout(3 * WAIT, fetched.next()).await {
            let stored = stored.map_err(|e| Error::new(e.to_string()))?;
            let times = stored.info().map_err(|e| Error::new(e.to_string()))?.delivered;
            let Some(parcel) = Parcel::read(&stored.payload) else {
                self.foreign += 1;
                let _ = stored.ack().await;
                continue;
            };
            let (source, number) = (parcel.source, parcel.number);
            if progress.has(source, number) {
                // It was written, and the server did not hear of it.
                let _ = stored.ack().await;
            } else if progress.lacks_one_before(source, number) && times < PATIENCE {
                // That was handed out and did not arrive: it comes again, and this one after.
                let _ = stored.ack_with(AckKind::Nak(Some(BETWEEN))).await;
            } else {
                progress.add(source, number);
                self.open.push((stored, source, number));
                parcels.push(parcel);
            }
        }
        Ok(parcels)
    }

    /// What was handed out last is on this one's disk: the server may forget it. What it
    /// does not hear of comes again, and is known.
    pub async fn written(&mut self) {
        for (stored, source, number) in std::mem::take(&mut self.open) {
            self.progress.add(source, number);
            let _ = stored.ack().await;
        }
    }

    /// Whether another recorder reads the records of the run. One that was killed seems to
    /// wait for a moment, and what it was given seems to be under way for longer.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub async fn is_read_by_another(&self) -> Result<bool> {
        let since = Instant::now();
        let (mut quiet, mut given) = (0, None);
        loop {
            let info = self.info().await?;
            let waits = info.num_waiting > 0;
            // By then whoever was killed waits for nothing and is given nothing.
            if since.elapsed() >= WAIT * 3 / 2 {
                let sequence = info.delivered.consumer_sequence;
                if waits || sequence > *given.get_or_insert(sequence) {
                    return Ok(true);
                }
            }
            quiet = if waits || info.num_ack_pending > 0 { 0 } else { quiet + 1 };
            if quiet >= LOOKS || since.elapsed() >= 4 * WAIT {
                return Ok(false);
            }
            tokio::time::sleep(WAIT / 50).await;
        }
    }

    /// How many parcels of records the server still has to hand out, or to hear of.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub async fn left(&self) -> Result<u64> {
        let info = self.info().await?;
        Ok(info.num_pending + info.num_ack_pending as u64)
    }

    /// What came and was nothing that this version of mite understands.
    pub fn foreign(&self) -> u64 {
        self.foreign
    }
}
