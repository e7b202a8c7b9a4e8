//! The runners' end of the wire: one connection a process.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_nats::{Client, StatusCode, Subscriber};
use futures_util::StreamExt;
use mite_core::control::{Grant, Progress};
use mite_core::dispatch::{Disconnected, Transport};
use mite_core::error::{Error, Result};
use mite_core::ids::RunnerId;
use mite_core::stats::{ConnectionHealth, Strays, Update};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;

use crate::clock::{Clock, Offset};
use crate::connect::Connect;
use crate::connection::subscribe;
use crate::frame::{Foreign, Numbers, VERSION, frames};
use crate::lasts::is_kept;
use crate::net::Net;
use crate::run_name::RunName;
use crate::strays::{Reader, StrayCounts};
use crate::subject::Subjects;
use crate::timekeeper::{Led, Timekeeper};
use crate::wire::{Answer, Bye, Hello, ProcessStatus, Reply, encode, encode_tidings};

/// How long an answer may take before it is asked again.
const ANSWER: Duration = Duration::from_secs(1);

/// The runners' side of a run's wire, of one process.
pub struct RunnerSide {
    wire: Arc<Wire>,
    /// What answers it, until it takes part.
    answers: Option<Subscriber>,
    reader: Reader,
    hellos: u64,
    leaves: watch::Sender<Leaving>,
    /// To wake runners, which ask then.
    nudges: Mutex<Vec<Arc<Notify>>>,
    net: Net,
}

/// What a process of runners hears from a controller.
#[derive(Debug)]
pub enum Heard {
    /// Nobody leads this run at the moment, or it does not answer.
    Nobody,
    /// An answer.
    Reply(Reply),
}

/// A runner's end of the transport.
pub struct NatsTransport {
    runner: RunnerId,
    grants: mpsc::UnboundedReceiver<Grant>,
    nudged: Arc<Notify>,
    wire: Arc<Wire>,
    net: tokio::runtime::Handle,
    /// The zero of test time, by the controller's clock.
    at: u64,
    /// When the controller was heard last, and how long it may be away.
    heard: Instant,
    patience: Duration,
    leaves: watch::Receiver<Leaving>,
}

/// Whether the runners of a process leave before the run is over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaving {
    No,
    /// Once what is scheduled for them was played and has ended.
    InOrder,
    /// Whatever runs.
    Now,
}

struct Wire {
    client: Client,
    subjects: Subjects,
    process: u64,
    numbers: Mutex<Numbers>,
    time: Timekeeper,
    strays: Arc<StrayCounts>,
}

impl Wire {
    async fn listen(&self, subject: String) -> Result<Subscriber> {
        subscribe(&self.client, subject).await
    }

    /// In how many frames it was sent.
    async fn publish(&self, subject: String, reply: Option<String>, body: &[u8]) -> Result<usize> {
        let message = self.numbers.lock().unwrap_or_else(|e| e.into_inner()).next();
        let frames = frames(message, body);
        let count = frames.len();
        for frame in frames {
            let sent = match &reply {
                Some(reply) => {
                    self.client.publish_with_reply(subject.clone(), reply.clone(), frame).await
                }
                None => self.client.publish(subject.clone(), frame).await,
            };
            sent.map_err(|e| Error::new(format!("NATS does not take it: {e}")))?;
        }
        Ok(count)
    }
}

impl RunnerSide {
    /// Connects as a process of that number.
    ///
    /// # Errors
    /// If there can be no connection.
    pub async fn connect(connect: Connect, run: &RunName, process: u64) -> Result<Self> {
        let net = Net::connect(connect).await?;
        let wire = Arc::new(Wire {
            client: net.connection().client().clone(),
            subjects: Subjects::of(run),
            process,
            numbers: Mutex::new(Numbers::new(process)),
            time: Timekeeper::new(),
            strays: Arc::default(),
        });
        let answers = Some(wire.listen(wire.subjects.welcome(process)).await?);
        let reader = Reader::new(&wire.strays);
        let leaves = watch::Sender::new(Leaving::No);
        let nudges = Mutex::default();
        Ok(Self { wire, answers, reader, hellos: 0, leaves, nudges, net })
    }

    /// This process's clock.
    pub fn clock(&self) -> Clock {
        self.wire.time.clock
    }

    /// The moment at which the controller's clock says `at`, as far as is known by now.
    pub fn moment(&self, at: u64) -> Instant {
        self.wire.time.moment(at).unwrap_or_else(|| self.clock().moment(at))
    }

    /// How far the controller's clock is ahead of it, as far as is known by now.
    pub fn offset(&self) -> Offset {
        self.wire.time.offset().unwrap_or_default()
    }

    /// Asks for the time of the controller, again and again from now on, and whether `run`,
    /// which it led, goes on.
    ///
    /// # Errors
    /// If the connection does not let it.
    pub async fn follow(&self, run: u64) -> Result<watch::Receiver<Led>> {
        let Wire { client, subjects, process, time, strays, .. } = &*self.wire;
        let reader = Reader::new(strays);
        time.follow(client, subjects, (*process, run), (self.net.handle(), reader)).await
    }

    /// Asks to be taken into the run.
    ///
    /// # Errors
    /// If the connection does not let it.
    pub async fn hello(&mut self, mut hello: Hello) -> Result<Heard> {
        self.hellos += 1;
        (hello.process, hello.number) = (self.wire.process, self.hellos);
        let body = encode(&hello);
        let left = self.wire.time.clock.now();
        let reply = self.wire.subjects.welcome(self.wire.process);
        self.wire.publish(self.wire.subjects.hello(), Some(reply), &body).await?;
        let until = Instant::now() + ANSWER;
        let Some(answers) = &mut self.answers else { return Ok(Heard::Nobody) };
        loop {
            let message = match tokio::time::timeout_at(until, answers.next()).await {
                Ok(Some(message)) => message,
                Ok(None) | Err(_) => return Ok(Heard::Nobody),
            };
            if message.status == Some(StatusCode::NO_RESPONDERS) {
                return Ok(Heard::Nobody);
            }
            let back = self.wire.time.clock.now();
            let answer = match self.reader.take::<Answer>(&message.payload) {
                Ok(answer) => answer,
                Err(Foreign::NotMite | Foreign::Unreadable) => None,
                Err(Foreign::Version(theirs)) => {
                    return Ok(Heard::Reply(Reply::Refused(format!(
                        "the controller speaks version {theirs} of the wire, this runner version {VERSION}; build both from the same sources"
                    ))));
                }
            };
            // One to an earlier Hello would tell of a longer way.
            let Some(answer) = answer.filter(|answer| answer.number == self.hellos) else {
                continue;
            };
            let [came, went] = answer.times;
            self.wire.time.measured([left, came, went, back]);
            return Ok(Heard::Reply(answer.reply));
        }
    }

    /// Hears what has arrived of what is [told](Self::tell): the number of the last update.
    /// It asks for nothing any more then.
    pub fn arrived(&mut self) -> watch::Receiver<u64> {
        let (send, arrived) = watch::channel(0);
        if let Some(mut answers) = self.answers.take() {
            let mut reader = Reader::new(&self.wire.strays);
            self.net.handle().spawn(async move {
                while let Some(message) = answers.next().await {
                    // The server says that nobody listens at the moment.
                    if message.status.is_some() {
                        continue;
                    }
                    // A late answer to a Hello is none.
                    let Ok(Some(number)) = reader.take::<Said>(&message.payload) else { continue };
                    let Said::Arrived(number) = number else { continue };
                    send.send_if_modified(|known| {
                        let is_new = number > *known;
                        *known = number.max(*known);
                        is_new
                    });
                }
            });
        }
        arrived
    }

    /// How its connection has fared lately in a test that began at `start`.
    pub fn network(&self, start: Instant) -> ConnectionHealth {
        self.net.connection().events().health_lately(start)
    }

    /// What came and was nothing for it.
    pub fn strays(&self) -> Strays {
        self.wire.strays.get()
    }

    /// Hears when the controller asks what was counted: for the how manyth time.
    ///
    /// # Errors
    /// If the connection does not let it.
    pub async fn asked(&self) -> Result<watch::Receiver<u64>> {
        let mut asks = self.wire.listen(self.wire.subjects.ask()).await?;
        let (send, asked) = watch::channel(0);
        let mut reader = Reader::new(&self.wire.strays);
        self.net.handle().spawn(async move {
            while let Some(message) = asks.next().await {
                let Ok(Some(times)) = reader.take(&message.payload) else { continue };
                if send.send(times).is_err() {
                    return;
                }
            }
        });
        Ok(asked)
    }

    /// The ends of runners `first` and so on, of a run that begins `at` by the controller's
    /// clock, and for which that may be away for as long as `patience`.
    ///
    /// # Errors
    /// If the connection does not let it.
    pub async fn transports(
        &self,
        first: RunnerId,
        count: u32,
        (at, patience): (u64, Duration),
    ) -> Result<Vec<NatsTransport>> {
        let mut transports = Vec::with_capacity(count as usize);
        for runner in first..first + count {
            let grants = self.wire.listen(self.wire.subjects.grant(runner)).await?;
            let nudges = self.wire.listen(self.wire.subjects.nudge(runner)).await?;
            let (sender, receiver) = mpsc::unbounded_channel();
            let nudged = Arc::new(Notify::new());
            self.net.handle().spawn(hand_over(grants, Reader::new(&self.wire.strays), sender));
            self.net.handle().spawn(notify(nudges, nudged.clone()));
            self.nudges.lock().unwrap_or_else(|e| e.into_inner()).push(nudged.clone());
            transports.push(NatsTransport {
                runner,
                grants: receiver,
                nudged,
                wire: self.wire.clone(),
                net: self.net.handle().clone(),
                at,
                heard: Instant::now(),
                patience,
                leaves: self.leaves.subscribe(),
            });
        }
        // What is granted before the server knows that they listen, nobody hears.
        let flushed = self.wire.client.flush().await;
        flushed.map_err(|e| Error::new(format!("NATS is gone: {e}")))?;
        Ok(transports)
    }

    /// Says what was counted so far; it may get lost, and heals with the next.
    pub fn tell(&self, update: &Update, status: &ProcessStatus) {
        let (wire, body) = (self.wire.clone(), encode_tidings(update, status));
        self.net.handle().spawn(async move {
            let arrived = Some(wire.subjects.welcome(wire.process));
            let _ = wire.publish(wire.subjects.counts(), arrived, &body).await;
        });
    }

    /// Says what was counted in all, until the controller has it, or the server keeps it for
    /// one: whether one of them does.
    pub async fn tell_last(
        &self,
        update: &Update,
        status: &ProcessStatus,
        limit: Duration,
    ) -> bool {
        let subject = self.wire.subjects.last(self.wire.process);
        self.until_heard(subject, &encode_tidings(update, status), limit).await
    }

    /// Whether the server is away at the moment.
    pub fn is_away(&self) -> bool {
        self.wire.client.connection_state() != async_nats::connection::State::Connected
    }

    /// Lets the runners end: each finds the controller gone when it asks next.
    pub fn leave(&self) {
        self.leaves.send_replace(Leaving::Now);
    }

    /// Lets the runners leave in good order: each says so, plays what is scheduled for it,
    /// lets its journeys finish, and ends.
    pub fn retire(&self) {
        self.leaves.send_replace(Leaving::InOrder);
        for nudged in &*self.nudges.lock().unwrap_or_else(|e| e.into_inner()) {
            nudged.notify_one();
        }
    }

    /// Says goodbye for these runners, which have left in good order; it may get lost.
    pub fn say_bye(&self, runners: Vec<RunnerId>) {
        let bye = Bye { process: self.wire.process, runners, in_order: true };
        let (wire, body) = (self.wire.clone(), encode(&bye));
        self.net.handle().spawn(async move {
            let _ = wire.publish(wire.subjects.bye(), None, &body).await;
        });
    }

    /// Says goodbye for these runners, until the controller has heard it: whether it has.
    pub async fn bye(&self, runners: Vec<RunnerId>, in_order: bool, limit: Duration) -> bool {
        let bye = Bye { process: self.wire.process, runners, in_order };
        self.until_heard(self.wire.subjects.bye(), &encode(&bye), limit).await
    }

    async fn until_heard(&self, subject: String, body: &[u8], limit: Duration) -> bool {
        let until = Instant::now() + limit;
        while Instant::now() < until {
            // Another inbox for each try: acknowledgements of the server are counted.
            let inbox = self.wire.client.new_inbox();
            let Ok(mut heard) = self.wire.client.subscribe(inbox.clone()).await else {
                return false;
            };
            let mut kept = 0;
            let sent = self.wire.publish(subject.clone(), Some(inbox), body).await;
            let again = until.min(Instant::now() + ANSWER);
            while let Ok(Some(message)) = tokio::time::timeout_at(again, heard.next()).await {
                // The controller answers with nothing at all.
                if message.status.is_none() && message.payload.is_empty() {
                    return true;
                }
                kept += usize::from(is_kept(&message.payload));
                if sent.as_ref().is_ok_and(|frames| kept >= *frames) {
                    return true;
                }
            }
        }
        false
    }
}

/// What comes where a process is answered.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Said {
    /// The number of an update that has arrived.
    Arrived(u64),
    /// To a Hello, too late.
    Answer(serde::de::IgnoredAny),
}

/// Hands Grants to their runner.
async fn hand_over(
    mut grants: Subscriber,
    mut reader: Reader,
    runner: mpsc::UnboundedSender<Grant>,
) {
    while let Some(message) = grants.next().await {
        let Ok(Some(grant)) = reader.take(&message.payload) else { continue };
        if runner.send(grant).is_err() {
            return;
        }
    }
}

async fn notify(mut nudges: Subscriber, runner: Arc<Notify>) {
    while nudges.next().await.is_some() {
        runner.notify_one();
    }
}

impl Transport for NatsTransport {
    async fn request(&mut self, progress: Progress) -> Result<Grant, Disconnected> {
        let number = progress.number;
        let (wire, body) = (self.wire.clone(), encode(&progress));
        self.net.spawn(async move {
            let _ = wire.publish(wire.subjects.progress(), None, &body).await;
        });
        loop {
            let grant = tokio::select! {
                biased;
                _ = self.leaves.wait_for(|leaves| *leaves == Leaving::Now) => None,
                grant = self.grants.recv() => grant,
                () = tokio::time::sleep_until(self.heard + self.patience) => None,
            };
            let grant = grant.ok_or(Disconnected)?;
            self.heard = Instant::now();
            // One to an earlier report came too late.
            if grant.answers == number {
                return Ok(grant);
            }
        }
    }

    async fn nudged(&self) {
        let mut leaves = self.leaves.clone();
        tokio::select! {
            () = self.nudged.notified() => {}
            _ = leaves.wait_for(|leaves| *leaves == Leaving::Now) => {}
        }
    }

    fn zero(&self) -> Option<Instant> {
        self.wire.time.moment(self.at)
    }

    fn is_leaving(&self) -> bool {
        *self.leaves.borrow() != Leaving::No
    }
}

impl NatsTransport {
    /// Whose end it is.
    pub fn runner(&self) -> RunnerId {
        self.runner
    }
}
