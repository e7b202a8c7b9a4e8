//! Who leads a run: one controller at a time, by a lease that it renews.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use mite_core::control::StoreMark;
use mite_core::error::{Error, Result};
use mite_core::ids::random;
use mite_core::units;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::bucket::{Bucket, Unwritten};
use crate::clock::Clock;
use crate::wire::{decode, encode};

/// The key of the lease.
const KEY: &str = "lead";

/// So many terms ago nobody can have led, whatever his clock says.
const LONG_AGO: Duration = Duration::from_secs(60);

/// How often another controller's lease is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Who leads, as the server keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Lead {
    run: u64,
    epoch: u64,
    /// As people know it.
    holder: String,
    /// When it was written, by the clock of the holder.
    at: u64,
    over: bool,
    /// Where each controller before this one of the run has ended.
    ends: Vec<StoreMark>,
    /// How far revisions are behind those that were given before: the server had gone back to
    /// an older copy, and what was lost was written again.
    behind: u64,
}

impl Lead {
    /// Whether the same controller wrote the other one: each that claims the lead has an
    /// epoch of its own.
    fn is_of_same_holder(&self, other: &Self) -> bool {
        (self.run, self.epoch, &self.holder) == (other.run, other.epoch, &other.holder)
    }
}

/// What a controller asks for.
#[derive(Clone, Debug)]
pub struct Claim {
    /// As people know it.
    pub holder: String,
    /// How long it may lead without having renewed its lease.
    pub term: Duration,
    /// A run whose controller was heard less than that ago is taken up again.
    pub within: Duration,
}

/// The lease of a controller.
#[derive(Debug)]
pub(crate) struct Leadership {
    bucket: Arc<Bucket>,
    clock: Clock,
    lead: Lead,
    term: Duration,
    renewed: Mutex<Instant>,
    /// Held by who writes.
    writing: tokio::sync::Mutex<()>,
    /// Somebody waits for the lease to be renewed.
    asked: Notify,
    /// Why it could not be renewed the last time.
    trouble: Mutex<Option<String>>,
    /// Why it does not lead any more.
    deposed: OnceLock<String>,
    /// When it was seen that the server has gone back to an older copy of what it keeps.
    went_back: Mutex<Option<Instant>>,
    /// What another controller would have to know is being written anew.
    is_writing_again: AtomicBool,
    /// See [`Lead::behind`].
    behind: AtomicU64,
}

const ANOTHER: &str = "another controller leads the run by now";

impl Leadership {
    /// Claims the lead. The second thing is when the last controller was heard of a run that is
    /// to be taken up again, by the clock of controllers.
    ///
    /// # Errors
    /// If another controller leads; the text names it.
    pub(crate) async fn claim(
        bucket: Arc<Bucket>,
        clock: Clock,
        run: &str,
        claim: &Claim,
    ) -> Result<(Self, Option<u64>)> {
        loop {
            let asked = Instant::now();
            let known = bucket.read(KEY).await?;
            let known =
                known.and_then(|(value, revision)| Some((decode::<Lead>(&value)?, revision)));
            let (mut lead, again) = match &known {
                Some((lead, revision)) if !lead.over => {
                    let age = Duration::from_nanos(clock.now().saturating_sub(lead.at));
                    // Nobody waits for a lease that was over long ago.
                    if age < LONG_AGO * claim.term.as_secs().max(1) as u32 {
                        wait_for_end(&bucket, run, lead, *revision, claim.term).await?;
                    }
                    (lead.clone(), age < claim.within)
                }
                _ => {
                    let (holder, ends) = (String::new(), Vec::new());
                    let run = random();
                    (Lead { run, epoch: 0, holder, at: 0, over: false, ends, behind: 0 }, false)
                }
            };
            let again = again.then_some(lead.at);
            match again {
                Some(_) => {
                    let position = bucket.last_position().await? + lead.behind;
                    lead.ends.push(StoreMark { epoch: lead.epoch, position });
                }
                None => {
                    lead.run = random();
                    lead.ends.clear();
                }
            }
            lead.epoch += 1;
            lead.holder.clone_from(&claim.holder);
            (lead.at, lead.over) = (clock.now(), false);
            let asked = if known.is_some() { Instant::now() } else { asked };
            match bucket.write(KEY, encode(&lead), claim.term).await {
                Ok(()) => {}
                // Two at once: one of them has it now.
                Err(Unwritten::Taken) => continue,
                Err(Unwritten::Unsure(why)) => return Err(Error::new(why)),
            }
            let renewed = Mutex::new(asked);
            let (deposed, went_back, is_writing_again) = Default::default();
            let behind = AtomicU64::new(lead.behind);
            let (term, writing, asked) = (claim.term, Default::default(), Notify::new());
            let trouble = Mutex::default();
            let own = Self {
                bucket,
                clock,
                lead,
                term,
                renewed,
                writing,
                asked,
                trouble,
                deposed,
                went_back,
                is_writing_again,
                behind,
            };
            return Ok((own, again));
        }
    }

    /// The number of the run, and how manyth controller of it this is.
    pub(crate) fn run_and_epoch(&self) -> (u64, u64) {
        (self.lead.run, self.lead.epoch)
    }

    /// Where each controller before this one has ended.
    pub(crate) fn ends(&self) -> &[StoreMark] {
        &self.lead.ends
    }

    /// When it was seen that the server has gone back to an older copy of what it keeps.
    pub(crate) fn went_back(&self) -> Option<Instant> {
        *self.went_back.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The place of a revision in all that was ever written: later ones are behind it.
    pub(crate) fn position(&self, revision: u64) -> u64 {
        revision + self.behind.load(Ordering::Relaxed)
    }

    /// Whether this controller leads.
    pub(crate) fn leads(&self) -> bool {
        let renewed = *self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        !self.is_deposed() && renewed.elapsed() < self.term
    }

    /// Why the lease could not be renewed the last time, if so.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How long it may lead without having renewed its lease.
    pub(crate) fn term(&self) -> Duration {
        self.term
    }

    /// Whether another one does.
    pub(crate) fn is_deposed(&self) -> bool {
        self.deposed.get().is_some()
    }

    /// Why this one does not lead any more, if so.
    pub(crate) fn deposed(&self) -> Option<&str> {
        self.deposed.get().map(String::as_str)
    }

    /// Whether another controller has the lead.
    pub(crate) fn is_superseded(&self) -> bool {
        self.deposed() == Some(ANOTHER)
    }

    fn depose(&self, why: &str) {
        self.deposed.get_or_init(|| why.to_owned());
    }

    /// Waits until it is known whether this controller leads still.
    pub(crate) async fn known(&self) -> bool {
        while !self.leads() && !self.is_deposed() {
            self.asked.notify_one();
            tokio::time::sleep(LOOK / 10).await;
        }
        !self.is_deposed()
    }

    /// Waits until the lease was renewed by a write that began after this was asked, or
    /// another controller has it.
    pub(crate) async fn renewed_again(&self) {
        let asked = Instant::now();
        let renewed = || *self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        while renewed() < asked && !self.is_deposed() {
            self.asked.notify_one();
            tokio::time::sleep(LOOK / 10).await;
        }
    }

    /// Renews the lease, until another controller has it.
    pub(crate) async fn renew(self: Arc<Self>) {
        while !self.is_deposed() {
            // After a server was away, nobody who waits for it should wait longer.
            tokio::select! {
                () = tokio::time::sleep(self.term / 4) => {}
                () = self.asked.notified() => {}
            }
            match self.write(false, self.term / 4).await {
                Ok(asked) => {
                    *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = None;
                    *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = asked;
                    if self.bucket.has_gone_back() {
                        self.write_again();
                    }
                }
                Err(Unwritten::Taken) if self.bucket.has_gone_back() => self.depose(
                    "the NATS server has gone back to a copy of what it keeps that is older than the run",
                ),
                Err(Unwritten::Taken) => self.depose(ANOTHER),
                // A server that is away gives the lead to nobody else either.
                Err(Unwritten::Unsure(why)) => {
                    *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
                }
            }
        }
    }

    /// The server has gone back to an older copy of what it keeps, and this one leads still:
    /// what another one would have to know is written anew.
    fn write_again(self: &Arc<Self>) {
        let now = Instant::now();
        *self.went_back.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        if self.is_writing_again.swap(true, Ordering::Relaxed) {
            return;
        }
        let own = self.clone();
        tokio::spawn(async move {
            while own.known().await {
                if let Ok(behind) = own.bucket.write_all(KEY).await {
                    own.behind.fetch_add(behind, Ordering::Relaxed);
                    // It may go back once more.
                    own.is_writing_again.store(false, Ordering::Relaxed);
                    // With that the next controller knows that nothing is lost.
                    own.asked.notify_one();
                    return;
                }
                tokio::time::sleep(LOOK).await;
            }
        });
    }

    /// The run is over: the next one of its name is another.
    pub(crate) async fn over(&self) {
        let _ = self.write(true, self.term).await;
        // Whoever renews it now would find another value than its own.
        self.depose("the run is over");
    }

    /// Writes the lease: since when it is then.
    async fn write(&self, over: bool, limit: Duration) -> Result<Instant, Unwritten> {
        let _alone = self.writing.lock().await;
        loop {
            // After the run is over nobody leads it any more.
            if self.is_deposed() {
                return Err(Unwritten::Taken);
            }
            let behind = self.behind.load(Ordering::Relaxed);
            let lead = Lead { at: self.clock.now(), over, behind, ..self.lead.clone() };
            let asked = Instant::now();
            match self.bucket.write(KEY, encode(&lead), limit).await {
                Ok(()) => return Ok(asked),
                Err(Unwritten::Taken) => {}
                Err(unsure) => return Err(unsure),
            }
            // An earlier write of this controller, which was given up while the server was
            // away, may have come first; to read its revision is to go on from it.
            let now = self.bucket.read(KEY).await;
            let now = now.map_err(|why| Unwritten::Unsure(why.text().to_owned()))?;
            let is_own = now.is_some_and(|(lead, _)| {
                decode::<Lead>(&lead).is_some_and(|lead| self.lead.is_of_same_holder(&lead))
            });
            if !is_own {
                return Err(Unwritten::Taken);
            }
        }
    }
}

/// Waits until a lease is over that is not renewed.
///
/// # Errors
/// If it is.
async fn wait_for_end(
    bucket: &Bucket,
    run: &str,
    lead: &Lead,
    revision: u64,
    term: Duration,
) -> Result {
    let until = Instant::now() + term.mul_f64(1.1);
    while Instant::now() < until {
        tokio::time::sleep(LOOK).await;
        match bucket.read(KEY).await? {
            Some((_, now)) if now == revision => {}
            _ => {
                return Err(Error::new(format!(
                    "run `{run}` is led by {}, which renews its lease of {}; end that one, or give this run another name with --run",
                    lead.holder,
                    units::long_time(term),
                )));
            }
        }
    }
    Ok(())
}
