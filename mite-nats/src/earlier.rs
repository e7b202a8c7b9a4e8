//! What an earlier controller has left of a run.

use std::time::Duration;

use mite_core::control::{Saved, Welcome};
use mite_core::error::{Error, Result};
use tokio::time::Instant;

use crate::bucket::Bucket;
use crate::roster::Roster;
use crate::store::SAVED;
use crate::wire::{Kept, Start, decode};

/// The key of who takes part.
pub(crate) const START: &str = "start";

/// How long it may take to keep something.
pub(crate) const KEEPING: Duration = Duration::from_secs(10);

/// A run that another controller began.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// The zero of test time, by the clock of controllers.
    pub at: u64,
    /// What runners were told.
    pub welcome: Welcome,
    /// What its control plane has kept.
    pub saved: Vec<Saved>,
}

impl Earlier {
    /// Reads what an earlier controller has kept, if it is of the same run, and makes it
    /// this one's: what that one would write now is refused.
    pub(crate) async fn read(
        bucket: &Bucket,
        test: &str,
        roster: &mut Roster,
    ) -> Result<Option<Self>> {
        let Some((kept, _)) = bucket.read(START).await? else { return Ok(None) };
        let Some(kept) = decode::<Kept>(&kept) else { return Ok(None) };
        if !roster.restore(Instant::now(), test, &kept) {
            return Ok(None);
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
        Ok(Some(Self { at, welcome, saved }))
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
