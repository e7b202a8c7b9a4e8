//! Which names have begun a journey, whatever became of it.

use std::collections::BTreeMap;

use crate::server::Scratch;

/// A file to which every journey writes its name before anything else.
pub(crate) struct Names(Scratch);

impl Names {
    pub(crate) fn new() -> Self {
        Self(Scratch::new("names"))
    }

    /// What says where it is.
    pub(crate) fn setting(&self) -> String {
        format!("names:{}", self.0.0.join("names").display())
    }

    fn read(&self) -> String {
        std::fs::read_to_string(self.0.0.join("names")).unwrap_or_default()
    }

    /// How many have begun so far.
    pub(crate) fn begun(&self) -> usize {
        self.read().lines().count()
    }

    /// Those that have begun, of which none has begun twice.
    #[track_caller]
    pub(crate) fn each_once(&self) -> usize {
        let text = self.read();
        let mut times = BTreeMap::new();
        text.lines().for_each(|name| *times.entry(name).or_insert(0) += 1);
        let twice: Vec<_> = times.iter().filter(|(_, n)| **n > 1).collect();
        assert!(twice.is_empty(), "{twice:?} began more than once");
        times.len()
    }
}
