//! The statistics of a run, as its runners have them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};
use crate::faults::Faults;
use crate::message::{Interest, MessageRef};
use crate::meta::Meta;
use crate::panics;
use crate::stat::entry::StatEntry;
use crate::stat::reading::Stat;
use crate::stats::{Labels, StatisticKind};

/// The statistics of a run; runners share them.
#[derive(Clone, Default)]
#[doc(hidden)]
pub struct ActiveStats(Arc<[Active]>);

struct Active {
    name: String,
    meta: &'static Meta,
    kind: StatisticKind,
    messages: Interest,
    stat: Box<dyn Stat>,
    /// It panicked: it is in no state to get more.
    broken: AtomicBool,
    faults: Arc<Faults>,
}

impl ActiveStats {
    /// Makes those of these entries. What fails later is told to `faults`.
    ///
    /// # Errors
    /// If one cannot be made, or two have one name and keep the same of it.
    pub fn build(
        entries: impl IntoIterator<Item = &'static StatEntry>,
        faults: &Arc<Faults>,
    ) -> Result<Self> {
        let mut all: Vec<Active> = Vec::new();
        for entry in entries {
            let meta = &entry.meta;
            let stat = made(entry)?;
            let name = stat.name().unwrap_or(meta.name.trim_start_matches("r#")).to_owned();
            let kind = stat.kind();
            if let Some(other) = all.iter().find(|other| other.name == name) {
                let (a, b) = (other.meta, meta);
                return Err(Error::new(format!(
                    "two statistics are called `{name}`: {} ({}:{}) and {} ({}:{}); give one another name with `.named(…)`",
                    a.display(),
                    a.file,
                    a.line,
                    b.display(),
                    b.file,
                    b.line
                )));
            }
            let (messages, faults) = (stat.messages(), faults.clone());
            let broken = AtomicBool::new(false);
            all.push(Active { name, meta, kind, messages, stat, broken, faults });
        }
        Ok(Self(all.into()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether any looks at messages of `kind`.
    #[inline]
    pub fn wants(&self, kind: &str) -> bool {
        self.0.iter().any(|active| active.messages.wants(kind))
    }

    /// Hands `tell` what the message tells each: its kind, its name, labels and value.
    pub fn read(
        &self,
        message: MessageRef<'_>,
        mut tell: impl FnMut(StatisticKind, &str, &Labels<'_>, f64),
    ) {
        for active in self.0.iter().filter(|active| active.messages.wants(message.kind())) {
            if active.broken.load(Ordering::Relaxed) {
                continue;
            }
            match panics::caught(|| active.stat.read(message)) {
                Ok(None) => {}
                Ok(Some(reading)) => {
                    tell(active.kind, &active.name, &reading.labels, reading.value);
                }
                Err(panic) => active.fail(&panic),
            }
        }
    }
}

impl Active {
    #[cold]
    fn fail(&self, panic: &Error) {
        if !self.broken.swap(true, Ordering::Relaxed) {
            let (name, place) = (self.meta.display(), panic.location());
            self.faults.add(format!(
                "statistic {name} panicked and counts no more: {} (at {place})",
                panic.text()
            ));
        }
    }
}

fn made(entry: &StatEntry) -> Result<Box<dyn Stat>> {
    let name = entry.meta.display();
    match panics::caught(|| (entry.build)()) {
        Ok(Ok(stat)) => Ok(stat),
        Ok(Err(e)) => Err(Error::new(format!("statistic `{name}` cannot be made: {}", e.text()))),
        Err(panic) => {
            let (text, place) = (panic.text(), panic.location());
            Err(Error::new(format!("statistic `{name}` panicked: {text} (at {place})")))
        }
    }
}
