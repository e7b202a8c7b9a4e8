//! People, tests and message processors that watch a run.

use std::collections::BTreeMap;
use std::time::Duration;

use mite_core::error::Error;
use mite_core::lanes::Interest;
use mite_core::message::Message;
use mite_core::processor::Processor;
use mite_core::queue::Batch;
use tokio::sync::mpsc;

use super::listeners::{Listener, Remarks};
use crate::output::console;
use crate::output::log::{self, Level};
use crate::output::units;

/// A journey's way to say something to the person who runs it.
const DEBUG_CONSOLE: &str = "debug_console_message";

/// Whoever watches: the screen, a test, processors.
pub(super) struct Audience {
    processors: Vec<Attached>,
    /// Whether every message is printed.
    show: bool,
    capture: Option<mpsc::UnboundedSender<Message>>,
}

impl Audience {
    pub(super) fn new(
        processors: Vec<(String, Processor)>,
        show: bool,
        capture: Option<mpsc::UnboundedSender<Message>>,
    ) -> Self {
        let processors = processors.into_iter().map(|(name, p)| Attached::new(name, p)).collect();
        Self { processors, show, capture }
    }
}

impl Listener for Audience {
    fn name(&self) -> &'static str {
        "audience"
    }

    fn interest(&self) -> Interest {
        match self.processors.is_empty() && !self.show && self.capture.is_none() {
            true => Interest::Kinds(vec![DEBUG_CONSOLE.into()]),
            false => Interest::Everything,
        }
    }

    fn rest(&self) -> Duration {
        Duration::from_millis(10)
    }

    fn take(&mut self, messages: &Batch) {
        messages.iter().for_each(|message| self.hear(&message.to_message()));
    }

    fn finish(&mut self, lost: u64) -> Remarks {
        let failures = self.processors.iter_mut().flat_map(Attached::finish).collect();
        let mut findings = Vec::new();
        if lost > 0 && !self.processors.is_empty() {
            findings.push(format!(
                "{lost} messages did not reach the message processors: they were too slow"
            ));
        }
        let lost = if findings.is_empty() { 0 } else { lost };
        Remarks { findings, failures, lost, ..Remarks::default() }
    }
}

impl Audience {
    fn hear(&mut self, message: &Message) {
        if self.show {
            // Whoever reads may have gone away.
            let _ = console::print(format_args!("{message}"));
        }
        if message.kind() == DEBUG_CONSOLE
            && let Some(text) = message.get::<String>("text").filter(|text| !text.is_empty())
        {
            log::log(Level::Info, format_args!("debug console: {text}"));
        }
        for processor in &mut self.processors {
            processor.process(message);
        }
        if let Some(capture) = &self.capture {
            // Whoever captures may have stopped looking.
            let _ = capture.send(message.clone());
        }
    }
}

/// A processor, with what it failed at. Its failures are its own: the run and
/// the other processors go on.
struct Attached {
    name: String,
    processor: Processor,
    failures: BTreeMap<String, u64>,
    /// What it panicked with: it is in no state to get more.
    panic: Option<String>,
}

impl Attached {
    fn new(name: String, processor: Processor) -> Self {
        Self { name, processor, failures: BTreeMap::new(), panic: None }
    }

    fn process(&mut self, message: &Message) {
        self.guarded(|processor| processor.process(message));
    }

    fn finish(&mut self) -> Vec<String> {
        self.guarded(Processor::finish);
        let name = &self.name;
        let failed = self.failures.iter().map(|(why, times)| {
            format!("message processor {name} failed {}: {why}", units::count(*times, "time"))
        });
        let panicked = self
            .panic
            .iter()
            .map(|why| format!("message processor {name} got no more messages after a {why}"));
        failed.chain(panicked).collect()
    }

    fn guarded(&mut self, call: impl FnOnce(&mut Processor) -> mite_core::error::Result) {
        if self.panic.is_some() {
            return;
        }
        let say = |error: Error| format!("{} ({})", error.message(), error.location());
        let why = match mite_core::caught(|| call(&mut self.processor)) {
            Ok(Ok(())) => return,
            Ok(Err(error)) => say(error),
            Err(panic) => {
                self.panic = Some(say(panic));
                return;
            }
        };
        // Texts with numbers in them may be endless in kind; a few say enough.
        let why = match self.failures.len() < 20 || self.failures.contains_key(&why) {
            true => why,
            false => "other reasons".to_owned(),
        };
        *self.failures.entry(why).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use mite_core::fields;
    use mite_core::processor::MessageProcessor;

    use super::*;

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
        let processors = seen.iter().map(|(at, seen)| {
            let processor = Clumsy(*at, seen.clone());
            (format!("shop:at_{at}"), Processor::Decoded(Box::new(processor)))
        });
        let mut audience = Audience::new(processors.collect(), false, None);
        let message = Message::new("tick", 1.0, None, None, &fields! {});
        (0..4).for_each(|_| audience.hear(&message));
        let Remarks { findings, failures, broken, lost, .. } = audience.finish(7);
        assert_eq!(seen.map(|(_, seen)| seen.load(Ordering::Relaxed)), [104, 3]);
        let places = [
            "shop:at_0 failed 2 times: mite::Error: even (",
            "shop:at_3 failed 1 time: mite::Error: even (",
            "shop:at_3 got no more messages after a panic: assertion `left != right` failed: message 3 is too much",
        ];
        assert_eq!(failures.len(), places.len(), "{failures:?}");
        for (failure, text) in failures.iter().zip(places) {
            assert!(failure.starts_with(&format!("message processor {text}")), "{failure}");
            assert!(failure.contains(&format!("({}:", file!())), "{failure}");
        }
        assert_eq!(
            findings,
            ["7 messages did not reach the message processors: they were too slow"]
        );
        assert_eq!((broken, lost), (Vec::new(), 7));
    }
}
