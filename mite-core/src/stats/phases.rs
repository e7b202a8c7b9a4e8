//! Where the time of an attempt went.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Distribution;

/// Where the time of an attempt went, part by part; what did not happen is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phases<T = Option<Duration>> {
    /// Waiting for a connection.
    pub pool: T,
    /// The name's address.
    pub dns: T,
    /// The connection.
    pub connect: T,
    /// Its encryption.
    pub tls: T,
    /// From where the request was about to be written to the response's first byte.
    pub first_byte: T,
    /// From there to its last.
    pub body: T,
}

/// What a phase of attempts at requests took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PhaseTime {
    /// In how many attempts it happened.
    pub count: u64,
    /// What it took in all of them.
    pub sum: Duration,
    /// The longest.
    pub max: Duration,
}

impl Phases<PhaseTime> {
    /// Adds those of others.
    pub fn merge(&mut self, other: &Self) {
        for (time, other) in self.iter_mut().zip(other.iter()) {
            time.count += other.count;
            time.sum += other.sum;
            time.max = time.max.max(other.max);
        }
    }
}

impl Phases<Distribution> {
    /// Adds those of others.
    pub fn merge(&mut self, other: &Self) {
        for (times, other) in self.iter_mut().zip(other.iter()) {
            if other.count() > 0 {
                times.merge(other);
            }
        }
    }
}

impl<T> Phases<T> {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        let Self { pool, dns, connect, tls, first_byte, body } = self;
        [pool, dns, connect, tls, first_byte, body].into_iter()
    }

    /// Each of them, to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let Self { pool, dns, connect, tls, first_byte, body } = self;
        [pool, dns, connect, tls, first_byte, body].into_iter()
    }

    /// With something else made of each.
    pub fn map<U>(&self, mut make: impl FnMut(&T) -> U) -> Phases<U> {
        let Self { pool, dns, connect, tls, first_byte, body } = self;
        Phases {
            pool: make(pool),
            dns: make(dns),
            connect: make(connect),
            tls: make(tls),
            first_byte: make(first_byte),
            body: make(body),
        }
    }
}
