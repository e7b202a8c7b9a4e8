//! The end of the lane of records at a recorder.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::consumer::pull::Batch;
use async_nats::jetstream::stream::Stream;
use async_nats::jetstream::{AckKind, Message as Stored};
use futures_util::StreamExt as _;
use mite_core::error::{Error, Result};

use crate::connection::Connection;
use crate::lane::Lane;
use crate::parcel::Parcel;
use crate::records::{self, AT_ONCE};
use crate::run_name::RunName;

/// How long it is waited for records before it is looked around.
const WAIT: Duration = Duration::from_secs(1);

/// Records of a run, in the order in which the server got them. They are the server's until
/// [`written`](Self::written).
#[derive(Debug)]
pub struct RecordReader {
    stream: Stream,
    consumer: PullConsumer,
    /// The number in the stream that should come next.
    next: u64,
    /// The last parcel of each source that was written.
    last: BTreeMap<u64, u64>,
    /// What was handed out and not written yet.
    open: Vec<Open>,
    foreign: u64,
}

#[derive(Debug)]
struct Open {
    stored: Stored,
    source: u64,
    number: u64,
    /// The number in the stream after it.
    next: u64,
}

impl RecordReader {
    /// Of `run`; makes the stream if there is none yet.
    ///
    /// # Errors
    /// If the server keeps nothing, or does not allow it; the text says what to do.
    pub async fn start(connection: &Connection, run: &RunName) -> Result<Self> {
        let stream = records::stream(&connection.jetstream(), &Lane::of(run)).await?;
        let consumer = records::reader(&stream).await?;
        let info = stream.get_info().await.map_err(|e| records::refused(&e))?;
        Ok(Self {
            stream,
            consumer,
            // What another recorder got and did not write is handed out again, later.
            next: info.state.first_sequence,
            last: BTreeMap::new(),
            open: Vec::new(),
            foreign: 0,
        })
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
        let (mut parcels, mut known, mut too_early) = (Vec::new(), Vec::new(), Vec::new());
        let (mut next, mut last) = (self.next, self.last.clone());
        while let Some(stored) = fetched.next().await {
            let stored = stored.map_err(|e| Error::new(e.to_string()))?;
            let number = stored.info().map_err(|e| Error::new(e.to_string()))?.stream_sequence;
            let Some(parcel) = Parcel::read(&stored.payload) else {
                self.foreign += 1;
                known.push(stored);
                continue;
            };
            if last.get(&parcel.source).is_some_and(|last| *last >= parcel.number) {
                known.push(stored);
                continue;
            }
            if !too_early.is_empty() || (number > next && self.has_before(number).await?) {
                too_early.push(stored);
                continue;
            }
            next = number + 1;
            last.insert(parcel.source, parcel.number);
            self.open.push(Open { stored, source: parcel.source, number: parcel.number, next });
            parcels.push(parcel);
        }
        for stored in too_early {
            // One before it was handed out and did not arrive: it comes again, and these after.
            let _ = stored.ack_with(AckKind::Nak(Some(WAIT))).await;
        }
        for stored in known {
            let _ = stored.ack().await;
        }
        Ok(parcels)
    }

    /// Whether the stream still has something before this number.
    async fn has_before(&self, number: u64) -> Result<bool> {
        let info = self.stream.get_info().await.map_err(|e| Error::new(e.to_string()))?;
        Ok(info.state.first_sequence < number)
    }

    /// What was handed out last is on this one's disk: the server may forget it. What it
    /// does not hear of comes again, and is known.
    pub async fn written(&mut self) {
        for open in std::mem::take(&mut self.open) {
            self.next = open.next;
            self.last.insert(open.source, open.number);
            let _ = open.stored.ack().await;
        }
    }

    /// How many parcels of records the server still has.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub async fn left(&self) -> Result<u64> {
        let info = self.stream.get_info().await.map_err(|e| Error::new(e.to_string()))?;
        Ok(info.state.messages)
    }

    /// What came and was nothing that this version of mite understands.
    pub fn foreign(&self) -> u64 {
        self.foreign
    }
}
