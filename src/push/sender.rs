//! Sends to one target, on a thread of its own.

use std::sync::mpsc;
use std::time::Duration;

use mite_core::event_loop::EventLoop;
use mite_core::units;
use tokio::sync::watch;

use super::client::{Answer, Client, Post};
use super::protocol::{Protocol, Shot};
use crate::terminal::log::{self, Level};

/// Between two tries, at first and at most.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// One target. The latest is sent: metrics are sums since the run began, so what was not
/// taken is in what comes after it.
pub(super) struct Sender {
    name: &'static str,
    every: Duration,
    shots: watch::Sender<Option<Shot>>,
    done: mpsc::Receiver<Account>,
}

/// How it went.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Account {
    pub(super) delivered: u64,
    pub(super) failed: u64,
    /// Why the last one was not taken, if it was not.
    pub(super) last: Option<String>,
}

impl Sender {
    /// Starts its thread.
    ///
    /// # Errors
    /// If that cannot be had.
    pub(super) fn start(protocol: Box<dyn Protocol>) -> std::io::Result<Self> {
        let (shots, to_send) = watch::channel(None);
        let (ended, done) = mpsc::channel();
        let (name, every) = (protocol.name(), protocol.every());
        std::thread::Builder::new().name(name.into()).spawn(move || {
            let account = match EventLoop::new() {
                Ok(events) => events.run(send_all(protocol, to_send)),
                Err(e) => Account { last: Some(e.to_string()), ..Account::default() },
            };
            // Nobody may wait for it any more.
            let _ = ended.send(account);
        })?;
        Ok(Self { name, every, shots, done })
    }

    /// How often it takes something.
    pub(super) fn every(&self) -> Duration {
        self.every
    }

    /// Sends this, in its own time, instead of what waits.
    pub(super) fn put(&self, shot: Shot) {
        self.shots.send_replace(Some(shot));
    }

    /// Waits for the last one for so long, and says how it went if not all was taken.
    pub(super) fn end(self, limit: Duration) {
        let account = self.done.recv_timeout(limit).unwrap_or_else(|_| Account {
            last: Some(format!("no answer within {}", units::time(limit))),
            ..Account::default()
        });
        let Self { name, .. } = self;
        let Account { delivered, failed, last } = account;
        match (failed, last) {
            (0, None) => {}
            (_, None) => log::log(
                Level::Warn,
                format_args!(
                    "{name}: {failed} of {} failed, and the last did not: nothing is missing at the end",
                    units::count(delivered + failed, "try")
                ),
            ),
            (_, Some(why)) => log::log(
                Level::Error,
                format_args!("{name}: the end of the run was not taken: {why}"),
            ),
        }
    }
}

async fn send_all(
    mut protocol: Box<dyn Protocol>,
    mut shots: watch::Receiver<Option<Shot>>,
) -> Account {
    let client = Client::new();
    let mut account = Account::default();
    let (mut wait, mut is_told, mut is_remarked) = (FIRST_WAIT, false, false);
    while shots.changed().await.is_ok() {
        loop {
            let Some(shot) = shots.borrow_and_update().clone() else { break };
            let Some(post) = protocol.encode(&shot) else {
                if shot.is_last {
                    return account;
                }
                break;
            };
            let Some(sent) = send(&client, post, &shot, &shots).await else { continue };
            let why = match sent {
                Ok(answer) if (200..300).contains(&answer.status) => {
                    account.delivered += 1;
                    account.last = None;
                    (wait, is_told) = (FIRST_WAIT, false);
                    let remark = protocol.delivered(&shot, &answer);
                    if let Some(remark) =
                        remark.filter(|_| !std::mem::replace(&mut is_remarked, true))
                    {
                        log::log(Level::Warn, format_args!("{}: {remark}", protocol.name()));
                    }
                    if shot.is_last {
                        return account;
                    }
                    break;
                }
                Ok(answer) => format!("it answered {} {}", answer.status, answer.text()),
                Err(why) => why,
            };
            account.failed += 1;
            account.last = Some(why.clone());
            if shot.is_last {
                return account;
            }
            if !std::mem::replace(&mut is_told, true) {
                log::log(
                    Level::Warn,
                    format_args!(
                        "{}: {why}; it is tried again, and the run goes on",
                        protocol.name()
                    ),
                );
            }
            // The last one is tried at once, whatever comes before it.
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = last_one(&shots) => {}
            }
            if shots.has_changed().is_err() {
                return account;
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }
    account
}

/// What became of a try; `None` if the last one has come meanwhile, which is more
/// important.
async fn send(
    client: &Client,
    post: Post,
    shot: &Shot,
    shots: &watch::Receiver<Option<Shot>>,
) -> Option<Result<Answer, String>> {
    if shot.is_last {
        return Some(client.post(post).await);
    }
    tokio::select! {
        biased;
        answer = client.post(post) => Some(answer),
        () = last_one(shots) => None,
    }
}

/// Waits for the last one. By a receiver of its own, so that what comes before it is still
/// new to the other.
async fn last_one(shots: &watch::Receiver<Option<Shot>>) {
    let is_last = |shot: &Option<Shot>| shot.as_ref().is_some_and(|shot| shot.is_last);
    if shots.clone().wait_for(is_last).await.is_err() {
        // There will be none.
        std::future::pending().await
    }
}
