//! Interned words (kinds of failures, protocols) in counts of other processes.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Deserializer};

use super::OVERFLOW;
use crate::label::LONGEST;
use crate::units;

/// Each is leaked, so that there is a limit.
const MOST: usize = 1_000;

static KNOWN: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);

/// The word, interned: what is a constant in the code that counted it.
fn known(word: &str) -> &'static str {
    let word = &*units::within(word, LONGEST);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_with(HashSet::new);
    match known.get(word) {
        Some(word) => word,
        None if known.len() >= MOST => OVERFLOW,
        None => {
            let word: &'static str = Box::leak(word.into());
            known.insert(word);
            word
        }
    }
}

/// For `#[serde(deserialize_with)]`.
pub(super) fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static str, D::Error> {
    Ok(known(&String::deserialize(deserializer)?))
}

/// For `#[serde(deserialize_with)]`: words, each with a number.
pub(super) fn counted_words<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(&'static str, u64)>, D::Error> {
    let counted = Vec::<(String, u64)>::deserialize(deserializer)?;
    Ok(counted.into_iter().map(|(word, n)| (known(&word), n)).collect())
}
