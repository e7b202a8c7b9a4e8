//! Message processors that watch a run.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mite_core::error::Error;
use mite_core::message::{Batch, Interest, Processor};
use mite_core::stats::Finding;
use mite_core::units;

use crate::listener::{Listener, Remarks};
use crate::terminal::log::{self, Level};

/// Characters that are kept of what a processor failed with.
const MOST_TEXT: usize = 1_000;

/// A processor, isolated: neither what it fails at nor the time that it takes holds up
/// the run or other processors.
pub(crate) struct ProcessorListener {
    name: String,
    processor: Processor,
    failures: BTreeMap<String, u64>,
    /// What it panicked with: its state may be broken, so it gets no more.
    panic: Option<String>,
    /// Messages that it had no time for.
    skipped: u64,
    /// Whether its time is over.
    late: Arc<AtomicBool>,
}

impl ProcessorListener {
    pub(crate) fn new(name: String, processor: Processor) -> Self {
        let failures = BTreeMap::new();
        Self { name, processor, failures, panic: None, skipped: 0, late: Arc::default() }
    }

    fn guarded(&mut self, call: impl FnOnce(&mut Processor) -> mite_core::error::Result) {
        if self.panic.is_some() {
            return;
        }
        let say = |error: Error| {
            format!("{} ({})", units::cut(&error.shown(), MOST_TEXT), error.location())
        };
        let why = match mite_core::caught(|| call(&mut self.processor)) {
            Ok(Ok(())) => return,
            Ok(Err(error)) => say(error),
            Err(panic) => {
                let why = say(panic);
                log::log(
                    Level::Error,
                    format_args!("message processor {} gets no more messages: {why}", self.name),
                );
                self.panic = Some(why);
                return;
            }
        };
        if self.failures.is_empty() {
            let name = &self.name;
            log::log(Level::Warn, format_args!("message processor {name} failed: {why}"));
        }
        // Texts with numbers in them may be endless in kind; a few say enough.
        let why = match self.failures.len() < 20 || self.failures.contains_key(&why) {
            true => why,
            false => "other reasons".to_owned(),
        };
        *self.failures.entry(why).or_default() += 1;
    }
}

impl Listener for ProcessorListener {
    fn name(&self) -> Cow<'_, str> {
        format!("message processor {}", self.name).into()
    }

    fn interest(&self) -> Interest {
        Interest::Everything
    }

    fn rest(&self) -> Duration {
        Duration::from_millis(10)
    }

    fn take(&mut self, messages: &Batch) {
        for message in messages.iter() {
            match self.late.load(Ordering::Relaxed) || self.panic.is_some() {
                true => self.skipped += 1,
                false => self.guarded(|processor| processor.process(message)),
            }
        }
    }

    fn late(&self) -> Option<Arc<AtomicBool>> {
        Some(self.late.clone())
    }

    fn finish(&mut self, lost: u64) -> Remarks {
        self.guarded(Processor::finish);
        let processor = || self.name.clone();
        let failed = self.failures.iter().map(|(why, times)| Finding::ProcessorFailed {
            processor: processor(),
            times: *times,
            why: why.clone(),
        });
        let panicked = self
            .panic
            .iter()
            .map(|why| Finding::ProcessorPanicked { processor: processor(), why: why.clone() });
        let missed =
            Some(lost + self.skipped).filter(|n| *n > 0).map(|messages| Finding::ProcessorMissed {
                processor: processor(),
                messages,
                slow: self.panic.is_none(),
            });
        let findings = failed.chain(panicked).chain(missed).collect();
        Remarks { findings, lost, ..Remarks::default() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use mite_core::fields;
    use mite_core::message::{Message, MessageProcessor};

    use super::*;

    fn ticks(count: usize) -> Batch {
        let tick = Message::new("tick", 1.0, None, None, &fields! {});
        std::iter::repeat_n(tick, count).collect()
    }

    /// Fails at every second message, panics at the one whose number it has.
    struct Clumsy(u32, Arc<AtomicU32>);

    impl MessageProcessor for Clumsy {
        fn process(&mut self, _message: &Message) -> mite_core::error::Result {
            let n = self.1.fetch_add(1, Ordering::Relaxed) + 1;
            assert_ne!(n, self.0, "message {n} is too much");
            mite_core::ensure!(n % 2 == 1, "even");
            Ok(())
        }
        fn finish(&mut self) -> mite_core::error::Result {
            self.1.fetch_add(100, Ordering::Relaxed);
            Ok(())
        }
    }

    #[test]
    fn a_processor_that_panics_gets_no_more_and_fails_the_run() {
        let seen = [0, 3].map(|at| (at, Arc::new(AtomicU32::new(0))));
        let mut failures = Vec::new();
        for (at, seen) in &seen {
            let processor = Processor::Decoded(Box::new(Clumsy(*at, seen.clone())));
            let mut attached = ProcessorListener::new(format!("shop:at_{at}"), processor);
            attached.take(&ticks(4));
            failures.extend(attached.finish(0).findings.iter().map(Finding::to_string));
        }
        assert_eq!(seen.map(|(_, seen)| seen.load(Ordering::Relaxed)), [104, 3]);
        let places = [
            "shop:at_0 failed 2 times: even (",
            "shop:at_3 failed 1 time: even (",
            "shop:at_3 got no more messages after a panic: assertion `left != right` failed: message 3 is too much",
        ];
        let missed = failures.pop();
        assert_eq!(missed.unwrap(), "message processor shop:at_3: 1 message did not reach it");
        assert_eq!(failures.len(), places.len(), "{failures:?}");
        for (failure, text) in failures.iter().zip(places) {
            assert!(failure.starts_with(&format!("message processor {text}")), "{failure}");
            assert!(failure.contains(&format!("({}:", file!())), "{failure}");
        }
    }

    #[test]
    fn one_whose_time_is_over_is_finished_and_what_it_missed_is_counted() {
        let seen = Arc::new(AtomicU32::new(0));
        let processor = Processor::Decoded(Box::new(Clumsy(0, seen.clone())));
        let mut attached = ProcessorListener::new("shop:slow".into(), processor);
        attached.take(&ticks(1));
        attached.late().unwrap().store(true, Ordering::Relaxed);
        attached.take(&ticks(5));
        let findings = attached.finish(7).findings;
        assert_eq!(seen.load(Ordering::Relaxed), 101);
        assert_eq!(
            findings,
            [Finding::ProcessorMissed { processor: "shop:slow".into(), messages: 12, slow: true }]
        );
    }
}
