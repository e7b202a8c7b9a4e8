//! How much memory the bodies of all journeys take together.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::error::{Failure, Kind};

/// A body of up to that many bytes is not counted: to count each would cost more than
/// they take.
const UNCOUNTED: u64 = 64 * 1024;

/// Bytes of bodies that are held in this process, whoever holds them.
static HELD: AtomicU64 = AtomicU64::new(0);

/// How much of a body may be held.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Bytes of one body.
    pub(crate) each: u64,
    /// Bytes of all that are held.
    pub(crate) all: u64,
}

impl Limits {
    pub(crate) const NONE: Self = Self { each: u64::MAX, all: u64::MAX };
}

/// What is counted of one body, until it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Share(u64);

impl Share {
    /// Counts `bytes` instead of what it counts.
    ///
    /// # Errors
    /// If that is more than may be held by all; then it counts what it did.
    #[inline]
    pub(crate) fn set(&mut self, bytes: u64, limits: Limits) -> Result<(), Failure> {
        let counted = if bytes > UNCOUNTED { bytes } else { 0 };
        if counted == self.0 {
            return Ok(());
        }
        self.count(counted, limits)
    }

    fn count(&mut self, counted: u64, limits: Limits) -> Result<(), Failure> {
        if counted < self.0 {
            HELD.fetch_sub(self.0 - counted, Ordering::Relaxed);
        } else {
            let more = counted - self.0;
            let before = HELD.fetch_add(more, Ordering::Relaxed);
            if before.saturating_add(more) > limits.all {
                HELD.fetch_sub(more, Ordering::Relaxed);
                return Err(too_much(limits.all));
            }
        }
        self.0 = counted;
        Ok(())
    }

    /// The bytes, counted until the last of them is dropped.
    #[inline]
    pub(crate) fn hold(self, bytes: Vec<u8>) -> Bytes {
        match self.0 {
            0 => bytes.into(),
            _ => Bytes::from_owner(Held { bytes, _share: self }),
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if self.0 > 0 {
            HELD.fetch_sub(self.0, Ordering::Relaxed);
        }
    }
}

struct Held {
    bytes: Vec<u8>,
    _share: Share,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

fn too_much(limit: u64) -> Failure {
    let cause = format!(
        "the bodies of all journeys together have more than {limit} bytes; raise http_max_bodies, lower http_max_body, or discard_body() if only their size counts"
    );
    Failure::new(Kind::Body, cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_counted_until_it_is_dropped() {
        // Other tests hold little, if anything.
        const MUCH: u64 = 1 << 50;
        let limits = |all| Limits { each: u64::MAX, all };
        let (mut one, mut two) = (Share::default(), Share::default());
        one.set(MUCH, limits(3 * MUCH)).unwrap();
        two.set(MUCH, limits(3 * MUCH)).unwrap();
        two.set(MUCH + UNCOUNTED, limits(3 * MUCH)).unwrap();
        let failure = two.set(2 * MUCH, limits(2 * MUCH)).unwrap_err();
        assert!(failure.cause.contains("http_max_bodies"), "{}", failure.cause);
        assert_eq!(two.0, MUCH + UNCOUNTED);
        two.set(UNCOUNTED, limits(0)).unwrap();
        assert_eq!(two.0, 0);
        let bytes = one.hold(vec![7; 10]);
        assert_eq!(bytes, [7; 10][..]);
        let slice = bytes.slice(1..2);
        drop(bytes);
        assert!(two.set(MUCH, limits(MUCH + MUCH / 2)).is_err());
        drop(slice);
        two.set(MUCH, limits(MUCH + MUCH / 2)).unwrap();
    }
}
