//! The end of the raw lane at a process of runners: sends messages to whoever listens.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use mite_core::error::{Error, Result};
use mite_core::message::{Batch, Interest, Wanted};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::audience::Audience;
use crate::connection::{Connection, subscribe};
use crate::lane::Lane;
use crate::listening::{self, OfGroup, Sent};
use crate::parcel::{Packer, VERSION};
use crate::run_name::RunName;

/// How often it is said how much was sent.
const TICK: Duration = Duration::from_secs(1);

/// How long those who listen have to say so before the first message.
const ASKED: Duration = Duration::from_millis(300);

/// How long the last words may take.
const LAST: Duration = Duration::from_secs(2);

/// Sends messages to those who listen to a run; as long as nobody does, it costs nothing.
#[derive(Debug)]
pub struct RawSource {
    connection: Connection,
    lane: Lane,
    source: u64,
    wanted: Wanted,
    shared: Arc<Mutex<Shared>>,
    packers: BTreeMap<String, Packer>,
    listener: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    /// What each group that listens wants.
    groups: BTreeMap<String, Vec<Interest>>,
    sent: BTreeMap<String, OfGroup>,
    said: u64,
    ended: bool,
}

impl RawSource {
    /// Asks who listens to `run`, and knows it from then on. `source` is another number for
    /// each process.
    ///
    /// # Errors
    /// If the connection is closed.
    pub async fn start(connection: &Connection, run: &RunName, source: u64) -> Result<Self> {
        let (lane, client) = (Lane::of(run), connection.client().clone());
        let mut announced = subscribe(&client, lane.listening()).await?;
        client
            .publish(lane.who_listens(), Bytes::new())
            .await
            .map_err(|_| Error::new("the connection to NATS is closed"))?;
        let (wanted, shared) = (Wanted::default(), Arc::new(Mutex::new(Shared::default())));
        let (of_task, wants, said_at) = (shared.clone(), wanted.clone(), lane.sent());
        let listener = tokio::spawn(async move {
            let mut audience = Audience::default();
            let mut tick = tokio::time::interval(TICK);
            tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
            loop {
                let ticked = tokio::select! {
                    heard = announced.next() => {
                        let Some(heard) = heard else { return };
                        let Some(heard) = listening::listening(&heard.payload) else { continue };
                        audience.hear(heard, Instant::now());
                        false
                    }
                    _ = tick.tick() => true,
                };
                lock(&of_task).follow(&audience, &wants);
                if ticked {
                    let said = lock(&of_task).say(source);
                    let _ = client.publish(said_at.clone(), said.into()).await;
                }
            }
        });
        let source = Self {
            connection: connection.clone(),
            lane,
            source,
            wanted,
            shared,
            packers: BTreeMap::new(),
            listener,
        };
        // Those who were there before the first message are to get it.
        let asked = Instant::now();
        while asked.elapsed() < ASKED {
            tokio::time::sleep(ASKED / 10).await;
        }
        Ok(source)
    }

    /// Which messages are listened for.
    pub fn wanted(&self) -> Wanted {
        self.wanted.clone()
    }

    /// Sends messages to each group that wants them. Waits while the server cannot be
    /// reached or does not take them.
    pub async fn send(&mut self, batch: &Batch) {
        let groups = lock(&self.shared).groups.clone();
        let mut left = false;
        for (group, interests) in groups {
            let wanted = batch.iter().filter(|m| interests.iter().any(|i| i.wants(m.kind())));
            let source = self.source;
            let packer = self.packers.entry(group.clone()).or_insert_with(|| Packer::new(source));
            let mut parcels: Vec<_> = wanted.filter_map(|message| packer.add(message)).collect();
            parcels.extend(packer.take());
            let subject = self.lane.raw(&group);
            for (parcel, count) in parcels {
                left = true;
                let sent = self.connection.client().publish(subject.clone(), parcel).await;
                let mut shared = lock(&self.shared);
                let of_group = shared.sent.entry(group.clone()).or_default();
                match sent {
                    Ok(()) => of_group.messages += u64::from(count),
                    // One that is larger than the server takes.
                    Err(_) => of_group.lost += u64::from(count),
                }
            }
        }
        // What was sent has left this process: it keeps no more than one batch. A server that
        // is away is not waited for on behalf of nothing.
        if left {
            let _ = self.connection.client().flush().await;
        }
    }

    /// Says that these messages found the queue before it full: they are lost to all who
    /// listen.
    pub fn lost(&self, messages: u64) {
        let mut shared = lock(&self.shared);
        let groups: Vec<_> = shared.groups.keys().cloned().collect();
        for group in groups {
            shared.sent.entry(group).or_default().lost = messages;
        }
    }

    /// Says that there will be no more.
    pub async fn finish(self) {
        let said = {
            let mut shared = lock(&self.shared);
            shared.ended = true;
            shared.say(self.source)
        };
        self.listener.abort();
        let client = self.connection.client();
        let last = async {
            let _ = client.publish(self.lane.sent(), said.into()).await;
            let _ = client.flush().await;
        };
        let _ = tokio::time::timeout(LAST, last).await;
    }
}

impl Drop for RawSource {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Shared {
    /// Sends to those from now on who listen now.
    fn follow(&mut self, audience: &Audience, wanted: &Wanted) {
        let mut groups: BTreeMap<String, Vec<Interest>> = BTreeMap::new();
        for heard in audience.present(Instant::now()) {
            let interests = groups.entry(heard.group.clone()).or_default();
            let interest = heard.interest();
            if !interests.contains(&interest) {
                interests.push(interest);
            }
        }
        if groups != self.groups {
            wanted.set(groups.values().flatten().cloned());
            self.groups = groups;
        }
    }

    fn say(&mut self, source: u64) -> Vec<u8> {
        self.said += 1;
        let groups = self.sent.clone();
        let ended = self.ended;
        listening::encode(&Sent { version: VERSION, source, number: self.said, groups, ended })
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(|e| e.into_inner())
}
