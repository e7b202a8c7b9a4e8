//! How far the controller's clock is ahead, asked for as long as a run goes on.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_nats::{Client, Subscriber};
use futures_util::StreamExt;
use mite_core::error::Result;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};

use crate::clock::{Clock, Offset, RoundTrip, Tracked};
use crate::connection::subscribe;
use crate::frame::{Numbers, frames};
use crate::strays::Reader;
use crate::subject::Subjects;
use crate::wire::{AskTime, Time, encode};

/// How often it is asked.
const TICK: Duration = Duration::from_secs(1);

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(1);

/// What is known of who leads a run.
#[derive(Clone, Copy, Debug)]
pub struct Led {
    /// When a controller answered last.
    pub heard: Instant,
    /// Since when the run is over, if it is, or since when it is known that whoever answers
    /// leads another one.
    pub over: Option<Instant>,
}

/// A process's own clock, and the controller's by it.
#[derive(Clone, Debug)]
pub(crate) struct Timekeeper {
    pub(crate) clock: Clock,
    tracked: Arc<Mutex<Tracked>>,
}

impl Timekeeper {
    pub(crate) fn new() -> Self {
        Self { clock: Clock::new(), tracked: Arc::default() }
    }

    fn tracked(&self) -> MutexGuard<'_, Tracked> {
        self.tracked.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// What is known by now.
    pub(crate) fn offset(&self) -> Option<Offset> {
        self.tracked().at(self.clock.now())
    }

    /// The moment at which the controller's clock says `at`, if it was ever asked.
    pub(crate) fn moment(&self, at: u64) -> Option<Instant> {
        Some(self.clock.moment(self.offset()?.here(at)))
    }

    /// Takes in a round trip: when it began here, came there, left there and ended here.
    pub(crate) fn measured(&self, times: [u64; 4]) {
        self.tracked().measured(RoundTrip { times }.offset(), times[3]);
    }

    /// Asks again and again from now on, as process `process`; and whether `run` goes on.
    /// What else comes in place of an answer is counted by `reader`.
    ///
    /// # Errors
    /// If the connection does not let it.
    pub(crate) async fn follow(
        &self,
        client: &Client,
        subjects: &Subjects,
        (process, run): (u64, u64),
        (net, mut reader): (&Handle, Reader),
    ) -> Result<watch::Receiver<Led>> {
        let (client, keeper) = (client.clone(), self.clone());
        let (subject, reply) = (subjects.clock(), subjects.time(process));
        let mut answers = subscribe(&client, reply.clone()).await?;
        let (send, led) = watch::channel(Led { heard: Instant::now(), over: None });
        net.spawn(async move {
            let mut tick = tokio::time::interval(TICK);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut numbers = Numbers::new(process);
            while !send.is_closed() {
                tick.tick().await;
                let number = numbers.next();
                let left = keeper.clock.now();
                for frame in frames(number, &encode(&AskTime { number })) {
                    let _ = client.publish_with_reply(subject.clone(), reply.clone(), frame).await;
                }
                let answer = answer(&mut answers, &mut reader, number);
                let answer = tokio::time::timeout(ANSWER, answer).await;
                let Ok(Some(Time { times: [came, went], run: led, over, .. })) = answer else {
                    continue;
                };
                keeper.measured([left, came, went, keeper.clock.now()]);
                let heard = Instant::now();
                let over = match over.and_then(|at| keeper.moment(at)) {
                    Some(over) if led == run => Some(over.min(heard)),
                    _ if led == run => None,
                    _ => Some(send.borrow().over.unwrap_or(heard)),
                };
                let _ = send.send(Led { heard, over });
            }
        });
        Ok(led)
    }
}

/// The answer to the question of that number.
async fn answer(answers: &mut Subscriber, reader: &mut Reader, number: u64) -> Option<Time> {
    loop {
        let message = answers.next().await?;
        // The server says that nobody listens at the moment.
        if message.status.is_some() {
            continue;
        }
        match reader.take::<Time>(&message.payload) {
            Ok(Some(time)) if time.number == number => return Some(time),
            _ => {}
        }
    }
}

/// Answers those that ask; `state` says which run is led, and since when it is over, if this
/// process leads one.
pub(crate) async fn tell(
    client: Client,
    (mut asked, mut reader): (Subscriber, Reader),
    clock: Clock,
    state: impl Fn() -> Option<(u64, Option<Instant>)>,
) {
    while let Some(message) = asked.next().await {
        let came = clock.now();
        let asked = reader.take::<AskTime>(&message.payload);
        let (Ok(Some(AskTime { number })), Some(reply)) = (asked, message.reply) else { continue };
        let Some((run, over)) = state() else { continue };
        let over = over.map(|since| clock.at(since));
        let time = Time { number, times: [came, clock.now()], run, over };
        for frame in frames(number, &encode(&time)) {
            let _ = client.publish(reply.clone(), frame).await;
        }
    }
}
