//! Interned names, for what is compared and counted often.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::index::Index;
use crate::units;

/// What stands between the names of nested transactions.
pub const SEPARATOR: &str = " :: ";

/// The name of the transaction that every journey runs in.
pub const ROOT: &str = "__root__";

/// A transaction's full name as people see it: without the one that is around every
/// journey, and empty for that one.
pub fn without_root(name: &str) -> &str {
    match name.strip_prefix(ROOT) {
        Some("") => "",
        Some(inner) => inner.strip_prefix(SEPARATOR).unwrap_or(name),
        None => name,
    }
}

/// Labels that one thread keeps for reuse. Names beyond that many (somebody
/// puts an id into a transaction's name) are made anew each time and freed
/// again, so that memory does not grow with the length of a test.
const KEPT_PER_THREAD: usize = 10_000;

/// Bytes of the longest label: tables keep ten thousand of them.
pub const LONGEST: usize = 1_024;

/// An interned name, cheap to clone and to compare: a journey, a transaction, a
/// request. One of more than [`LONGEST`] bytes has `…` in place of its middle.
///
/// ```
/// use mite_core::label::Label;
/// let outer = Label::intern("shop");
/// assert_eq!(outer.child("pay").as_str(), "shop :: pay");
/// assert_eq!(Label::intern("shop"), outer);
/// ```
#[derive(Clone)]
pub struct Label(Arc<Inner>);

struct Inner {
    hash: u64,
    /// The hash with the separator behind it: where those of nested names begin.
    inside: u64,
    text: Box<str>,
}

impl Label {
    /// The label of `text`: this thread's own copy if it has one, else a new one.
    pub fn intern(text: &str) -> Self {
        lookup(fnv(FNV_START, text), |l| l.as_str() == text, || text.into())
    }

    /// The label `self :: name`, as the name of a nested transaction is written.
    pub fn child(&self, name: &str) -> Self {
        let parent = self.as_str();
        let hash = fnv(self.0.inside, name);
        let same = |l: &Label| {
            l.as_str()
                .strip_prefix(parent)
                .and_then(|rest| rest.strip_prefix(SEPARATOR))
                .is_some_and(|rest| rest == name)
        };
        lookup(hash, same, || [parent, SEPARATOR, name].concat().into())
    }

    /// The hash of texts, one behind the other; the same in every process.
    #[doc(hidden)]
    pub fn hash_of(texts: &[&str]) -> u64 {
        texts.iter().fold(FNV_START, |hash, text| fnv(hash, text))
    }

    /// The text of the label.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }
}

/// The labels that a thread keeps, by their hashes.
#[derive(Default)]
struct Kept {
    index: Index,
    labels: Vec<Label>,
}

impl Kept {
    #[inline(always)]
    fn first(&self, hash: u64, same: impl Fn(&Label) -> bool) -> Option<&Label> {
        let label = &self.labels[self.index.first(spread(hash))?];
        (label.0.hash == hash && same(label)).then_some(label)
    }

    #[inline(never)]
    fn find(&self, hash: u64, same: impl Fn(&Label) -> bool) -> Option<&Label> {
        let labels = self.index.probe(spread(hash)).map(|place| &self.labels[place]);
        labels.into_iter().find(|label| label.0.hash == hash && same(label))
    }

    #[cold]
    fn make(&mut self, mut hash: u64, mut text: Box<str>) -> Label {
        let mut keep = self.labels.len() < KEPT_PER_THREAD;
        // Looked at here, where no label is kept: those that are, are short enough.
        if text.len() > LONGEST {
            text = units::within(&text, LONGEST).into();
            hash = fnv(FNV_START, &text);
            keep = false;
        }
        let label = Label(Arc::new(Inner { hash, inside: fnv(hash, SEPARATOR), text }));
        if keep {
            self.index.insert(spread(hash), self.labels.len());
            self.labels.push(label.clone());
        }
        label
    }
}

fn lookup(hash: u64, same: impl Fn(&Label) -> bool, make: impl FnOnce() -> Box<str>) -> Label {
    KEPT.with(|kept| {
        if let Some(label) = kept.borrow().first(hash, &same) {
            return label.clone();
        }
        let mut kept = kept.borrow_mut();
        match kept.find(hash, same) {
            Some(label) => label.clone(),
            None => kept.make(hash, make()),
        }
    })
}

thread_local! {
    static KEPT: RefCell<Kept> = RefCell::default();
}

/// What FNV-1a tells apart by its lower bits is told apart by the upper ones, too.
fn spread(hash: u64) -> u64 {
    let mut spread = Prehashed::default();
    spread.write_u64(hash);
    spread.finish()
}

// FNV-1a works byte by byte, so the hash of "a :: b" continues that of "a".
const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

fn fnv(start: u64, text: &str) -> u64 {
    text.bytes().fold(start, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// A hasher for keys that are hashes already.
#[derive(Default)]
pub struct Prehashed(u64);

impl Hasher for Prehashed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.write_u64(u64::from(*b));
        }
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = (self.0.rotate_left(5) ^ n).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::intern(&Cow::<str>::deserialize(deserializer)?))
    }
}

impl PartialEq for Label {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.reads_as(other)
    }
}

impl Label {
    /// Of another thread, or not kept: rare where it matters.
    #[inline(never)]
    fn reads_as(&self, other: &Self) -> bool {
        self.0.hash == other.0.hash && self.0.text == other.0.text
    }
}

impl Eq for Label {}

impl Hash for Label {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

impl PartialOrd for Label {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Label {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_the_joined_name() {
        let a = Label::intern("a");
        assert_eq!(a.child("b"), Label::intern("a :: b"));
        assert_eq!(a.child("b").child("c").as_str(), "a :: b :: c");
        assert_ne!(a.child("b"), a.child("c"));
    }

    #[test]
    fn a_name_of_any_length_is_kept_in_a_thousand_bytes() {
        let long = Label::intern(&format!("a{}z", "ü".repeat(100_000)));
        assert!((LONGEST - 4..=LONGEST).contains(&long.as_str().len()));
        assert!(long.as_str().starts_with("aüü") && long.as_str().ends_with("üüz"), "{long}");
        // Names inside it are told apart by their ends, whichever thread makes them.
        let (pay, ship) = (long.child("pay"), long.child("ship"));
        assert!(pay.as_str().len() <= LONGEST && pay.as_str().ends_with("üz :: pay"), "{pay}");
        assert_ne!(pay, ship);
        assert_eq!(std::thread::spawn(move || long.child("pay")).join().unwrap(), pay);
        // The longest that is whole, and one byte more.
        let name = "x".repeat(LONGEST - SEPARATOR.len() - 1);
        assert_eq!(Label::intern("a").child(&name).as_str(), format!("a :: {name}"));
        let cut = Label::intern("ab").child(&name);
        assert!(cut.as_str().contains("x…x") && cut.as_str().len() <= LONGEST, "{cut}");
    }

    #[test]
    fn memory_is_bounded_for_endless_names() {
        for i in 0..KEPT_PER_THREAD + 100 {
            assert_eq!(Label::intern(&format!("user {i}")).as_str(), format!("user {i}"));
        }
        assert_eq!(KEPT.with(|k| k.borrow().labels.len()), KEPT_PER_THREAD);
    }
}
