//! The end of the raw lane at one who listens.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::Subscriber;
use futures_util::StreamExt as _;
use mite_core::error::{Error, Result};
use mite_core::ids;
use mite_core::message::Interest;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use crate::audience::{Audience, Hearing};
use crate::connection::{Connection, subscribe};
use crate::lane::{Lane, token};
use crate::listening::{self, Listening};
use crate::parcel::{Parcel, VERSION};
use crate::run_name::RunName;

/// How often it is said that somebody listens.
const TICK: Duration = Duration::from_secs(1);

/// How long messages that were sent may take to arrive once the run is over.
const LATE: Duration = Duration::from_secs(3);

/// A run whose processes all say nothing for so long is over, though nobody said so.
const SILENCE: Duration = Duration::from_secs(20);

/// Gets messages of a run, which it shares with others of its group.
#[derive(Debug)]
pub struct RawConsumer {
    connection: Connection,
    lane: Lane,
    said: Listening,
    audience: Audience,
    parcels: Subscriber,
    announced: Subscriber,
    sent: Subscriber,
    asked: Subscriber,
    over: Subscriber,
    tick: Interval,
    /// Since when nothing has come, once the run is over.
    last: Option<Instant>,
    hearing: Hearing,
    /// Whether nobody said that it is over, and nobody said anything for long.
    by_silence: bool,
    /// What came and was no parcel of this version of mite.
    foreign: u64,
}

/// What became of what was sent to the group of one who listened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Messages that reached it.
    pub messages: u64,
    /// Messages that were sent to its group and reached none of it.
    pub missing: u64,
    /// Messages that could not be sent to its group: the queue at a runner was full.
    pub unsent: u64,
    /// What came and was nothing that this version of mite understands.
    pub foreign: u64,
    /// Whether it took the run for over since nobody said anything, and nobody said that it is.
    pub by_silence: bool,
}

impl RawConsumer {
    /// Listens to `run` from now on. Those of a `group` share the messages; `name` is what
    /// people call this one.
    ///
    /// # Errors
    /// If the connection is closed.
    pub async fn start(
        connection: &Connection,
        run: &RunName,
        group: &str,
        name: &str,
        interest: &Interest,
    ) -> Result<Self> {
        let (lane, client) = (Lane::of(run), connection.client());
        let kinds: Vec<String> = match interest {
            Interest::Kinds(kinds) => kinds.iter().map(|kind| kind.clone().into_owned()).collect(),
            _ => Vec::new(),
        };
        // Those who want other messages share none with these.
        let group =
            token(&kinds.iter().fold(group.to_owned(), |all, kind| format!("{all}-{kind}")));
        let parcels = client.queue_subscribe(lane.raw(&group), group.clone()).await;
        let parcels = parcels.map_err(|_| Error::new("the connection to NATS is closed"))?;
        let announced = subscribe(client, lane.listening()).await?;
        let sent = subscribe(client, lane.sent()).await?;
        let asked = subscribe(client, lane.who_listens()).await?;
        let over = subscribe(client, lane.over()).await?;
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let said = Listening {
            version: VERSION,
            consumer: ids::random(),
            name: name.to_owned(),
            group,
            kinds,
            number: 0,
            taken: BTreeMap::new(),
            lost: 0,
            leaves: false,
        };
        let mut consumer = Self {
            connection: connection.clone(),
            lane,
            said,
            audience: Audience::default(),
            parcels,
            announced,
            sent,
            asked,
            over,
            tick,
            last: None,
            hearing: Hearing::new(),
            by_silence: false,
            foreign: 0,
        };
        consumer.say().await;
        Ok(consumer)
    }

    /// The next messages; none once the run is over and what was sent has come, as far as
    /// it will. May be dropped and asked again.
    pub async fn next(&mut self) -> Option<Parcel> {
        loop {
            tokio::select! {
                biased;
                Some(heard) = self.announced.next() => {
                    if let Some(heard) = listening::listening(&heard.payload) {
                        self.audience.hear(heard, Instant::now());
                    }
                }
                Some(heard) = self.sent.next() => {
                    if let Some(heard) = listening::sent(&heard.payload) {
                        self.audience.hear_sent(heard, Instant::now());
                    }
                }
                Some(_) = self.over.next() => {
                    self.last = Some(Instant::now());
                    self.by_silence = false;
                }
                Some(_) = self.asked.next() => self.say().await,
                _ = self.tick.tick() => {
                    self.say().await;
                    let now = Instant::now();
                    self.hearing.look(self.connection.stands(), now);
                    let silent = self.hearing.time(now) >= SILENCE
                        && self.audience.all_have_ended(now, SILENCE);
                    if self.last.is_none() && silent {
                        self.last = Some(now);
                        self.by_silence = !self.audience.all_have_ended(now, Duration::MAX);
                    }
                    if self.is_over() {
                        return None;
                    }
                }
                heard = self.parcels.next() => match heard {
                    Some(heard) => match Parcel::read(&heard.payload) {
                        Some(parcel) => {
                            *self.said.taken.entry(parcel.source).or_default() += parcel.count();
                            self.last = self.last.map(|_| Instant::now());
                            return Some(parcel);
                        }
                        None => self.foreign += 1,
                    },
                    None => return None,
                },
            }
        }
    }

    fn is_over(&self) -> bool {
        let Some(last) = self.last else { return false };
        let ended = self.audience.all_have_ended(Instant::now(), LATE);
        (ended && self.audience.missing(&self.said.group) == 0) || last.elapsed() >= LATE
    }

    /// Whether the run is over, as far as is known here.
    pub fn knows_the_end(&self) -> bool {
        self.last.is_some()
    }

    /// Says how many messages it was too slow for so far: whoever reports on the run knows.
    pub fn lost(&mut self, messages: u64) {
        self.said.lost = messages;
    }

    /// What has become of what was sent, so far.
    pub fn account(&self) -> Account {
        Account {
            messages: self.said.taken.values().sum(),
            missing: self.audience.missing(&self.said.group),
            unsent: self.audience.unsent(&self.said.group),
            foreign: self.foreign,
            by_silence: self.by_silence,
        }
    }

    /// Says goodbye: others of the group get what comes from now on. What is on its way to
    /// this one is still to be had from [`next`](Self::next), for a moment.
    pub async fn leave(&mut self) {
        // The server hands over what it has for this one, and then no more.
        let _ = self.parcels.drain().await;
        let _ = tokio::time::timeout(LATE, self.connection.client().flush()).await;
    }

    /// Says for the last time how far it is.
    pub async fn close(mut self) -> Account {
        self.said.leaves = true;
        self.say().await;
        let _ = tokio::time::timeout(LATE, self.connection.client().flush()).await;
        self.account()
    }

    async fn say(&mut self) {
        self.said.number += 1;
        // This one is a member of its group, too.
        self.audience.hear(self.said.clone(), Instant::now());
        let said = listening::encode(&self.said);
        let _ = self.connection.client().publish(self.lane.listening(), said.into()).await;
    }
}
