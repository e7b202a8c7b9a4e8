//! Which messages are listened for; that may change while a run goes on.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};

/// Which messages somebody listens for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Those of these kinds.
    Kinds(Vec<Cow<'static, str>>),
    /// All.
    Everything,
    /// Those that others ask for meanwhile.
    Changing(Wanted),
}

/// In those of one kind.
impl From<&'static str> for Interest {
    fn from(kind: &'static str) -> Self {
        Self::Kinds(vec![kind.into()])
    }
}

/// In those of several kinds.
impl<const N: usize> From<[&'static str; N]> for Interest {
    fn from(kinds: [&'static str; N]) -> Self {
        Self::Kinds(kinds.map(Into::into).into())
    }
}

impl Interest {
    /// Whether that includes messages of `kind`.
    pub fn wants(&self, kind: &str) -> bool {
        match self {
            Self::Kinds(kinds) => kinds.iter().any(|wanted| wanted == kind),
            Self::Everything => true,
            Self::Changing(wanted) => wanted.wants(kind),
        }
    }
}

/// Which messages somebody listens for, as somebody else may change it at any time:
/// clones change the same. Nobody listens to begin with, and then asking costs one atomic
/// load.
///
/// ```
/// use mite_core::message::{Interest, Tap, Wanted};
/// let wanted = Wanted::default();
/// let (tap, _feed) = Tap::new(Interest::Changing(wanted.clone()), 1000);
/// assert!(!tap.wants("txn"));
/// wanted.set([Interest::from("txn"), Interest::from("error")]);
/// assert!(tap.wants("txn") && !tap.wants("http_metrics"));
/// wanted.set([]);
/// assert!(!tap.wants("txn"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Wanted(Arc<Changing>);

#[derive(Debug, Default)]
struct Changing {
    any: AtomicBool,
    interests: RwLock<Vec<Interest>>,
}

impl Wanted {
    /// From now on, what any of these wants.
    pub fn set(&self, interests: impl IntoIterator<Item = Interest>) {
        let interests: Vec<_> = interests.into_iter().collect();
        let mut known = self.0.interests.write().unwrap_or_else(|e| e.into_inner());
        self.0.any.store(!interests.is_empty(), Ordering::Relaxed);
        *known = interests;
    }

    /// Whether somebody listens for messages of `kind`.
    pub fn wants(&self, kind: &str) -> bool {
        self.0.any.load(Ordering::Relaxed) && {
            let interests = self.0.interests.read().unwrap_or_else(|e| e.into_inner());
            interests.iter().any(|interest| interest.wants(kind))
        }
    }
}

/// Those that change together are the same.
impl PartialEq for Wanted {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Wanted {}
