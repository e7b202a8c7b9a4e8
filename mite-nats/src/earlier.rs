//! What an earlier controller has left of a run.

use std::time::Duration;

use mite_core::control::{Saved, Welcome};
use mite_core::error::{Error, Result};
use tokio::time::Instant;

use crate::bucket::Bucket;
use crate::roster::Roster;
use crate::store::SAVED;
use crate::wire::{Kept, Options, Start, decode};

/// The key of who takes part.
pub(crate) const START: &str = "start";

/// How long it may take to keep something.
pub(crate) const KEEPING: Duration = Duration::from_secs(10);

/// What another controller has begun and not ended.
pub(crate) enum Begun {
    /// Nothing that is known.
    Nothing,
    /// This run.
    This(Box<Earlier>),
    /// One of another test, which this is, or of another binary.
    Another(String),
}

/// A run that another controller began.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// The zero of test time, by the clock of controllers.
    pub at: u64,
    /// What runners were told.
    pub welcome: Welcome,
    /// How it was to be run.
    pub options: Options,
    /// When its controller was heard last, by the same clock.
    pub last: u64,
    /// What its control plane has kept.
    pub saved: Vec<Saved>,
}

impl Earlier {
    /// Reads what an earlier controller has kept, if it is of the same run, and makes it
    /// this one's: what that one would write now is refused.
    pub(crate) async fn read(
        bucket: &Bucket,
        test: &str,
        last: u64,
        roster: &mut Roster,
    ) -> Result<Begun> {
        let Some((kept, _)) = bucket.read(START).await? else { return Ok(Begun::Nothing) };
        let Some(kept) = decode::<Kept>(&kept) else { return Ok(Begun::Nothing) };
        if !roster.restore(Instant::now(), test, &kept) {
            return Ok(Begun::Another(kept.start.welcome.test));
        }
        let mut saved = Vec::new();
        for key in bucket.keys().await?.iter().filter(|key| key.starts_with(SAVED)) {
            let Some((value, _)) = bucket.read(key).await? else { continue };
            let mine = bucket.write(key, value.clone(), KEEPING).await;
            mine.map_err(|_| Error::new("another controller leads this run by now"))?;
            // One of another version of mite would have been refused with its start.
            saved.extend(decode::<Saved>(&value));
        }
        let Start { at, welcome, .. } = kept.start;
        Ok(Begun::This(Box::new(Self { at, welcome, options: kept.options, last, saved })))
    }
}

/// Removes what is kept of a run that is over.
pub(crate) async fn forget(bucket: &Bucket) -> Result {
    for key in bucket.keys().await? {
        if key == START || key.starts_with(SAVED) {
            bucket.remove(&key).await?;
        }
    }
    Ok(())
}
