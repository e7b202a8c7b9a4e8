//! What fails a run and belongs to no journey.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};

use crate::units;

/// Distinct texts that are kept; what comes later is counted as one.
const MOST: usize = 50;

/// Bytes that are kept of a text.
const LONGEST: usize = 4_096;

thread_local! {
    static OF_THIS_THREAD: RefCell<Option<Arc<Faults>>> = const { RefCell::new(None) };
}

/// What fails a run and belongs to no journey, such as a panic in a task that a
/// journey spawned: whose task it was cannot be known.
///
/// ```
/// use mite_core::faults::Faults;
/// let faults = Faults::default();
/// faults.add("a panic in a task: no".to_owned());
/// faults.add("a panic in a task: no".to_owned());
/// assert_eq!(faults.take(), [("a panic in a task: no".to_owned(), 2)]);
/// ```
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<(String, u64)>>);

impl Faults {
    /// Counts one.
    pub fn add(&self, text: String) {
        let text = match text.len() > LONGEST {
            true => units::within(&text, LONGEST).into_owned(),
            false => text,
        };
        let mut all = self.0.lock().unwrap_or_else(|e| e.into_inner());
        let text = match all.len() < MOST || all.iter().any(|(known, _)| *known == text) {
            true => text,
            false => "more distinct failures than can be told apart".to_owned(),
        };
        match all.iter_mut().find(|(known, _)| *known == text) {
            Some((_, times)) => *times += 1,
            None => all.push((text, 1)),
        }
    }

    /// Those that were not taken, each once, with how often it came.
    pub fn so_far(&self) -> Vec<(String, u64)> {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).clone()
    }

    /// Those since the last time, each once, with how often it came.
    pub fn take(&self) -> Vec<(String, u64)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(|e| e.into_inner()))
    }

    /// Makes panics on this thread that nobody else answers for faults of these, until
    /// the guard is dropped.
    #[must_use = "it ends when it is dropped"]
    pub fn of_this_thread(self: &Arc<Self>) -> OfThisThread {
        OfThisThread(OF_THIS_THREAD.replace(Some(self.clone())))
    }
}

/// Who answers for a thread until it is dropped.
pub struct OfThisThread(Option<Arc<Faults>>);

impl Drop for OfThisThread {
    fn drop(&mut self) {
        let before = self.0.take();
        let _ = OF_THIS_THREAD.try_with(|current| current.replace(before));
    }
}

/// Counts a fault of this thread, if somebody answers for it.
pub(crate) fn add_to_this_thread(text: impl FnOnce() -> String) {
    let _ = OF_THIS_THREAD.try_with(|current| {
        if let Some(faults) = &*current.borrow() {
            faults.add(text());
        }
    });
}
