//! Records, kept by the server until somebody has written them.
//!
//! The stream hands on what was recorded, in the order in which it was, and forgets it once
//! a recorder has it on its disk. A source has one parcel under way at a time, and sends it
//! again until the server has it; the server drops what it has already, by its number.

use std::future::IntoFuture as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType, Stream};
use async_nats::jetstream::{self, Context};
use bytes::Bytes;
use mite_core::error::{Error, Result};
use mite_core::message::Batch;

use crate::connection::Connection;
use crate::lane::Lane;
use crate::parcel::Packer;
use crate::run_name::RunName;

/// How long one try to store something may take.
const TRY: Duration = Duration::from_secs(2);

/// How long it is waited before the next.
const BETWEEN: Duration = Duration::from_millis(100);

/// For how long the server knows what it has already: longer than any outage in which a
/// parcel is sent again.
const KNOWN: Duration = Duration::from_secs(30 * 60);

/// A recorder that has not said for so long that it has something gets it again.
pub(crate) const UNACKNOWLEDGED: Duration = Duration::from_secs(5);

/// Parcels that a recorder takes at once.
pub(crate) const AT_ONCE: usize = 256;

/// What reads the stream; recorders share it, and there is one at a time.
const RECORDER: &str = "recorder";

/// Makes the stream that keeps the records of a run, if it is not there.
///
/// # Errors
/// If the server keeps nothing, or does not allow it; the text says what to do.
pub async fn keep_records(connection: &Connection, run: &RunName) -> Result {
    stream(&connection.jetstream(), &Lane::of(run)).await.map(drop)
}

pub(crate) async fn stream(jetstream: &Context, lane: &Lane) -> Result<Stream> {
    let config = Config {
        name: lane.records(),
        subjects: vec![lane.record()],
        description: Some("what journeys of mite recorded, until a recorder has written it".into()),
        // One that was written by a recorder is forgotten; one that was not never is.
        retention: RetentionPolicy::WorkQueue,
        discard: DiscardPolicy::New,
        storage: StorageType::File,
        duplicate_window: KNOWN,
        ..Config::default()
    };
    jetstream.get_or_create_stream(config).await.map_err(|e| refused(&e))
}

pub(crate) async fn reader(stream: &Stream) -> Result<PullConsumer> {
    let config = pull::Config {
        durable_name: Some(RECORDER.to_owned()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: UNACKNOWLEDGED,
        max_ack_pending: AT_ONCE as i64,
        ..pull::Config::default()
    };
    stream.get_or_create_consumer(RECORDER, config).await.map_err(|e| refused(&e))
}

/// Why the server keeps no records, and what to do about it.
pub(crate) fn refused(error: &dyn std::error::Error) -> Error {
    Error::new(format!("the NATS server cannot keep records: {}", reason(error)))
}

/// What lies at the bottom of an error of JetStream, and what to do about it.
pub(crate) fn reason(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(at) = source {
        text = at.to_string();
        source = at.source();
    }
    let lower = text.to_ascii_lowercase();
    let advice = if lower.contains("jetstream unavailable")
        || lower.contains("not enabled")
        || lower.contains("no responders")
    {
        "; start it with -js, or with `jetstream {}` in its configuration"
    } else if lower.contains("insufficient") || lower.contains("no space") {
        "; its disk is full, or its max_file too small"
    } else if lower.contains("timed out") {
        "; is its disk full (its log says so), or does it not allow $JS.API.> to whom these credentials are?"
    } else {
        ""
    };
    format!("{text}{advice}")
}

/// Has the records of a process of runners kept by the server.
#[derive(Debug)]
pub struct RecordSource {
    jetstream: Context,
    lane: Lane,
    packer: Packer,
    source: u64,
    /// What was told last of why the server keeps nothing.
    trouble: Option<String>,
}

impl RecordSource {
    /// Of `run`; `source` is another number for each process.
    pub fn new(connection: &Connection, run: &RunName, source: u64) -> Self {
        let jetstream = jetstream::context::ContextBuilder::new()
            .timeout(TRY)
            .build(connection.client().clone());
        let packer = Packer::new(source);
        Self { jetstream, lane: Lane::of(run), packer, source, trouble: None }
    }

    /// Stores records, and comes back when the server has them. Once `late` is set, what it
    /// does not take at once is given up. `tell` gets why it takes long.
    ///
    /// Returns how many records were given up.
    pub async fn store(&mut self, batch: &Batch, late: &AtomicBool, tell: impl Fn(&str)) -> u64 {
        let mut given_up = 0;
        let mut parcels: Vec<_> = Vec::new();
        for message in batch.iter() {
            if let Some(parcel) = self.packer.add(message) {
                parcels.push((parcel, self.packer.number()));
            }
        }
        if let Some(parcel) = self.packer.take() {
            parcels.push((parcel, self.packer.number()));
        }
        for ((parcel, count), number) in parcels {
            if !self.store_one(parcel, number, late, &tell).await {
                given_up += u64::from(count);
            }
        }
        given_up
    }

    async fn store_one(
        &mut self,
        parcel: Bytes,
        number: u64,
        late: &AtomicBool,
        tell: &impl Fn(&str),
    ) -> bool {
        let id = format!("{:016x}-{number}", self.source);
        loop {
            if self.trouble.is_some() && late.load(Ordering::Relaxed) {
                return false;
            }
            let message = PublishMessage::build().payload(parcel.clone()).message_id(&id);
            let sent = self.jetstream.send_publish(self.lane.record(), message).await;
            let stored = match sent {
                Ok(acknowledged) => tokio::select! {
                    biased;
                    stored = acknowledged.into_future() => stored.map(drop),
                    () = is_set(late) => {
                        // Whether the server has it nobody knows.
                        self.trouble = Some(String::new());
                        return false;
                    }
                },
                Err(e) => Err(e),
            };
            let Err(error) = stored else {
                self.trouble = None;
                return true;
            };
            let why = refused(&error).text().to_owned();
            let again = error.kind() != jetstream::context::PublishErrorKind::MaxPayloadExceeded;
            if self.trouble.as_ref() != Some(&why) {
                tell(&why);
                self.trouble = Some(why);
            }
            if !again || late.load(Ordering::Relaxed) {
                return false;
            }
            tokio::time::sleep(BETWEEN).await;
        }
    }
}

/// Waits until whoever stores has been told to give up, and a moment longer.
async fn is_set(late: &AtomicBool) {
    while !late.load(Ordering::Relaxed) {
        tokio::time::sleep(BETWEEN / 2).await;
    }
    tokio::time::sleep(BETWEEN * 2).await;
}
