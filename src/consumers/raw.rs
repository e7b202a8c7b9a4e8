//! Takes raw messages of a run.

use std::time::Duration;

use mite_core::error::{Error, Result};
use mite_core::message::{Interest, Tap};
use mite_nats::{Connect, RawConsumer, RunName};
use tokio::time::MissedTickBehavior;

use super::outcome::Outcome;
use crate::listener::Listener;
use crate::run::listeners::Listeners;
use crate::run::shutdown::Signals;
use crate::terminal::log::{self, Level};

/// The time limit for what is still queued at the end.
const LAST: Duration = Duration::from_secs(10);

/// The interval at which listeners are checked for failures and lost messages.
const POLL: Duration = Duration::from_millis(250);

/// A consumer of raw messages, and the run that it follows.
pub(crate) struct Consume {
    pub(crate) connect: Connect,
    pub(crate) run: RunName,
    /// The queue group: each message goes to one of its members.
    pub(crate) group: String,
    /// What it does, such as `collecting`.
    pub(crate) does: &'static str,
    pub(crate) interest: Interest,
    pub(crate) listeners: Vec<Box<dyn Listener>>,
}

/// Takes messages until the run is over, or a signal comes.
///
/// # Errors
/// If the server cannot be had.
pub(crate) async fn consume(consume: Consume) -> Result<Outcome> {
    let Consume { connect, run, group, does, interest, listeners } = consume;
    let cannot = |e: std::io::Error| Error::new(format!("it cannot start: {e}"));
    let mut signals = Signals::listen().map_err(cannot)?;
    let connection = tokio::select! {
        biased;
        connection = connect.connect() => connection?,
        signal = signals.next() => return Ok(Outcome::cut(signal)),
    };
    let mut listeners = Listeners::start(listeners).map_err(cannot)?;
    let taps = listeners.taps();
    let name = super::name(&group);
    let mut consumer = RawConsumer::start(&connection, &run, &group, &name, &interest).await?;
    log::log(
        Level::Info,
        format_args!(
            "{does} messages of run {run} at {}, until it is over or Ctrl-C",
            connect.place()
        ),
    );
    let mut look = tokio::time::interval(POLL);
    look.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut leaving = false;
    loop {
        tokio::select! {
            biased;
            _ = signals.next() => match std::mem::replace(&mut leaving, true) {
                false => consumer.leave().await,
                true => break,
            },
            _ = look.tick() => {
                listeners.look();
                consumer.lost(lost(&taps));
                if listeners.have_just_broken() {
                    break;
                }
            }
            parcel = consumer.next() => match parcel {
                Some(parcel) => for message in parcel.messages() {
                    let message = message.as_ref();
                    taps.iter().filter(|tap| tap.wants(message.kind())).for_each(|tap| tap.send(message));
                },
                None => break,
            },
        }
    }
    let remarks = tokio::select! {
        biased;
        _ = signals.next(), if !leaving => None,
        remarks = listeners.finish(LAST, false) => Some(remarks),
    };
    let remarks = remarks.unwrap_or_else(|| listeners.abandon());
    consumer.lost(lost(&taps));
    let outcome = Outcome::of(remarks).with_account(&name, consumer.close().await);
    connection.close().await;
    Ok(outcome)
}

fn lost(taps: &[Tap]) -> u64 {
    taps.iter().map(Tap::lost).sum()
}
