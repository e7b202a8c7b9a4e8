//! Distinct failures, each with a count and one example.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{OVERFLOW, overflow};
use crate::error::{Error, Place};
use crate::label::{Label, Prehashed};
use crate::msgpack::{self, Fields};
use crate::secret::masked;

/// Texts that one place of the test may have before those that differ in
/// numbers only are taken for one.
const TEXTS_PER_PLACE: u32 = 20;

/// Bytes that are kept of a text; a server may answer an error with a whole page.
const MOST_BYTES: usize = 4_096;

/// Bytes that are kept of all fields, names included.
const MOST_BYTES_OF_FIELDS: usize = 4 * MOST_BYTES;

/// The first bytes of a text, to the end of a character.
fn short(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// The first fields as text, and how many more there are.
fn shown_fields(fields: &Fields) -> Vec<(String, String)> {
    let show = |encoded: &[u8]| match msgpack::text(encoded) {
        Some(text) => short(text, MOST_BYTES).to_owned(),
        None => msgpack::masked(encoded, 200),
    };
    let mut left = MOST_BYTES_OF_FIELDS;
    let mut shown = Vec::new();
    for (name, value) in fields.iter() {
        let (name, value) = (show(name), show(value));
        let Some(rest) = left.checked_sub(name.len() + value.len()) else {
            let more = fields.len() - shown.len();
            shown.push(("…".to_owned(), format!("{more} more")));
            break;
        };
        left = rest;
        shown.push((name, value));
    }
    shown
}

/// One distinct failure, as it was first seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The journey.
    pub journey: Label,
    /// The transaction that reported it, in full.
    pub transaction: Option<Label>,
    /// The bare name of its type.
    pub ex_type: String,
    /// Where it came from.
    pub location: Place,
    /// What it says, without its type.
    pub text: String,
    /// What it says to people: what sort of error it is, its text, and no secrets.
    pub message: String,
    /// Whether the test's author foresaw it.
    pub declared: bool,
    /// Whether texts that differ in numbers are counted here too.
    pub folded: bool,
    /// Whether texts whose URLs differ in their query are counted here too.
    pub queries: bool,
    /// The fields of the example, as text.
    pub fields: Vec<(String, String)>,
    /// How the example came about, for people; none for a declared one. It begins with
    /// the message.
    pub stacktrace: Option<String>,
}

impl Failure {
    fn of(journey: &Label, transaction: Option<&Label>, error: &Error, folded: bool) -> Self {
        Self {
            journey: journey.clone(),
            transaction: transaction.cloned(),
            ex_type: error.type_name().to_owned(),
            location: error.location().clone(),
            text: short(error.text(), MOST_BYTES).to_owned(),
            message: masked(short(&error.shown(), MOST_BYTES)).into_owned(),
            declared: error.is_declared(),
            folded,
            queries: false,
            fields: shown_fields(error.fields()),
            stacktrace: (!error.is_declared())
                .then(|| masked(short(&error.shown_stacktrace(), 8 * MOST_BYTES)).into_owned()),
        }
    }

    fn overflow() -> Self {
        Self {
            journey: overflow(),
            transaction: None,
            ex_type: OVERFLOW.to_owned(),
            location: Place { file: OVERFLOW.into(), line: 0 },
            text: OVERFLOW.to_owned(),
            message: "more distinct errors than can be told apart".to_owned(),
            declared: true,
            folded: false,
            queries: false,
            fields: Vec::new(),
            stacktrace: None,
        }
    }

    fn shape(&self) -> Shape<'_> {
        Shape {
            journey: &self.journey,
            transaction: self.transaction.as_ref(),
            ex_type: &self.ex_type,
            location: &self.location,
            text: &self.text,
        }
    }
}

/// What tells failures apart.
#[derive(Clone, Copy)]
struct Shape<'a> {
    journey: &'a Label,
    transaction: Option<&'a Label>,
    ex_type: &'a str,
    location: &'a Place,
    text: &'a str,
}

impl Shape<'_> {
    fn place_hash(&self) -> u64 {
        let mut hasher = Prehashed::default();
        self.journey.hash(&mut hasher);
        if let Some(transaction) = self.transaction {
            transaction.hash(&mut hasher);
        }
        write(&mut hasher, self.ex_type);
        write(&mut hasher, &self.location.file);
        hasher.write_u64(self.location.line.into());
        hasher.finish()
    }

    fn same_place(&self, other: &Self) -> bool {
        self.journey == other.journey
            && self.transaction == other.transaction
            && self.ex_type == other.ex_type
            && self.location == other.location
    }

    fn hash(&self, place: u64, folded: bool) -> u64 {
        let mut hasher = Prehashed::default();
        hasher.write_u64(place);
        hasher.write_u64(folded.into());
        match folded {
            false => without_queries(self.text).for_each(|part| write(&mut hasher, part)),
            true => folded_parts(self.text).for_each(|part| write(&mut hasher, part)),
        }
        hasher.finish()
    }

    fn same(&self, other: &Self, folded: bool) -> bool {
        self.same_place(other)
            && match folded {
                false => {
                    self.text == other.text
                        || without_queries(self.text).eq(without_queries(other.text))
                }
                true => folded_parts(self.text).eq(folded_parts(other.text)),
            }
    }
}

/// Eight bytes at a time: a journey that always fails does this all the time.
fn write(hasher: &mut Prehashed, text: &str) {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    words.iter().for_each(|word| hasher.write_u64(u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    hasher.write_u64(u64::from_le_bytes(last));
    hasher.write_u64(text.len() as u64);
}

/// The text in parts, without the queries of the URLs in it: what is asked for is in the
/// path, and a query is often another one each time.
fn without_queries(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (end, next) = query(rest).unwrap_or((rest.len(), rest.len()));
        let part = &rest[..end];
        rest = &rest[next..];
        Some(part)
    })
}

/// Where the first query begins, behind its `?`, and where it ends.
fn query(text: &str) -> Option<(usize, usize)> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ')');
    let mut from = 0;
    loop {
        let url = from + text[from..].find("://")? + "://".len();
        let end = text[url..].find(ends).map_or(text.len(), |at| url + at);
        if let Some(at) = text[url..end].find('?') {
            return Some((url + at + 1, end));
        }
        from = end;
    }
}

/// What is left of a text where those are one that differ in numbers.
fn folded_parts(text: &str) -> impl Iterator<Item = &str> {
    without_queries(text).flat_map(without_numbers)
}

/// The words of a text and what is between them, with `N` for every word that
/// has a digit: numbers, names with numbers, UUIDs.
fn without_numbers(text: &str) -> impl Iterator<Item = &str> {
    let in_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let word = in_word(first);
        let end = rest.find(|c| in_word(c) != word).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        rest = after;
        Some(if part.bytes().any(|b| b.is_ascii_digit()) { "N" } else { part })
    })
}

/// Distinct failures and how often each came, up to a limit; what comes later
/// is counted as [`OVERFLOW`].
#[derive(Debug)]
pub(crate) struct FailureTable {
    index: HashMap<u64, usize, BuildHasherDefault<Prehashed>>,
    failures: Vec<(Arc<Failure>, u64)>,
    texts: HashMap<u64, u32, BuildHasherDefault<Prehashed>>,
    limit: usize,
}

impl FailureTable {
    pub(crate) fn new(limit: usize) -> Self {
        Self { index: HashMap::default(), failures: Vec::new(), texts: HashMap::default(), limit }
    }

    /// Counts one.
    pub(crate) fn record(&mut self, journey: &Label, transaction: Option<&Label>, error: &Error) {
        let shape = Shape {
            journey,
            transaction,
            ex_type: error.type_name(),
            location: error.location(),
            text: short(error.text(), MOST_BYTES),
        };
        let make = |folded| Arc::new(Failure::of(journey, transaction, error, folded));
        self.add(shape, false, 1, make);
    }

    /// Counts `n` of another table.
    pub(crate) fn merge(&mut self, failure: &Arc<Failure>, n: u64) {
        let make = |folded| match folded == failure.folded {
            true => failure.clone(),
            false => Arc::new(Failure { folded, ..(**failure).clone() }),
        };
        let known = self.add(failure.shape(), failure.folded, n, make);
        if failure.queries && !known.queries {
            Arc::make_mut(known).queries = true;
        }
    }

    fn add(
        &mut self,
        shape: Shape<'_>,
        folded: bool,
        n: u64,
        make: impl FnOnce(bool) -> Arc<Failure>,
    ) -> &mut Arc<Failure> {
        let place = shape.place_hash();
        if !folded {
            let texts = self.texts.get(&place).copied().unwrap_or(0);
            match self.find(&shape, place, false) {
                Ok(at) => return self.again(at, n, &shape),
                Err(hash) if texts < TEXTS_PER_PLACE && self.has_room() => {
                    self.texts.insert(place, texts + 1);
                    return self.insert(hash, make(false), n);
                }
                Err(_) => {}
            }
        }
        match self.find(&shape, place, true) {
            Ok(at) => self.again(at, n, &shape),
            Err(hash) if self.has_room() => self.insert(hash, make(true), n),
            Err(_) => {
                let failure = Failure::overflow();
                let shape = failure.shape();
                match self.find(&shape, shape.place_hash(), false) {
                    Ok(at) => self.again(at, n, &shape),
                    Err(hash) => self.insert(hash, Arc::new(failure.clone()), n),
                }
            }
        }
    }

    fn has_room(&self) -> bool {
        self.failures.len() < self.limit
    }

    fn find(&self, shape: &Shape<'_>, place: u64, folded: bool) -> Result<usize, u64> {
        let mut hash = shape.hash(place, folded);
        while let Some(&at) = self.index.get(&hash) {
            let failure = &self.failures[at].0;
            if failure.folded == folded && failure.shape().same(shape, folded) {
                return Ok(at);
            }
            hash = hash.wrapping_add(1);
        }
        Err(hash)
    }

    fn insert(&mut self, hash: u64, failure: Arc<Failure>, n: u64) -> &mut Arc<Failure> {
        let at = self.failures.len();
        self.index.insert(hash, at);
        self.failures.push((failure, n));
        &mut self.failures[at].0
    }

    /// One that is known has come again.
    fn again(&mut self, at: usize, n: u64, shape: &Shape<'_>) -> &mut Arc<Failure> {
        let (failure, count) = &mut self.failures[at];
        *count += n;
        if !failure.folded && !failure.queries && failure.text != shape.text {
            Arc::make_mut(failure).queries = true;
        }
        failure
    }

    /// What was counted since the last time. The examples stay, so that each
    /// is written down once, not once for each time.
    pub(crate) fn take(&mut self, taken: &mut Vec<(Arc<Failure>, u64)>) {
        let counted = self.failures.iter_mut().filter(|(_, n)| *n > 0);
        taken.extend(counted.map(|(failure, n)| (failure.clone(), std::mem::take(n))));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Arc<Failure>, u64)> {
        self.failures.iter()
    }
}

#[cfg(test)]
mod tests;
