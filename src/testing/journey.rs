//! One execution of one journey, under test.

use std::future::Future;
use std::sync::Arc;

use mite_core::config::Config;
use mite_core::error::Error;
use mite_core::journey::{Context, Host, JourneyEntry, Lanes};
use mite_core::label::Label;
use mite_core::message::{Identity, Interest, Message, Tap};
use mite_core::msgpack;
use mite_core::registry::Registry;
use serde::Serialize;

use super::recorded::{self, HttpRecord};

/// Messages that one execution may send before some are lost.
const KEPT: usize = 512 << 20;

/// A test of the journey that is registered as `spec`; nothing happens until
/// [`run`](JourneyTest::run).
pub fn journey(spec: &str) -> JourneyTest {
    JourneyTest { spec: spec.to_owned(), config: Config::new(), arguments: None }
}

/// How to run a journey once.
#[must_use = "nothing happens until `.run()`"]
pub struct JourneyTest {
    spec: String,
    config: Config,
    /// Encoded; none if none were given.
    arguments: Option<std::result::Result<Vec<u8>, String>>,
}

impl JourneyTest {
    /// Sets a key of the config.
    pub fn config(self, key: &str, value: impl Serialize) -> Self {
        self.config.set(key, value);
        self
    }

    /// The journey's arguments: anything that serializes to them, such as
    /// `("bob", 5)`; a single one may be bare.
    pub fn args(mut self, arguments: impl Serialize) -> Self {
        self.arguments = Some(msgpack::encode(&arguments).map_err(|e| e.to_string()));
        self
    }

    /// Runs it once and collects everything that it sends.
    ///
    /// # Panics
    /// If there is no such journey, or the arguments are not its own.
    #[track_caller]
    pub fn run(self) -> impl Future<Output = JourneyRun> {
        let entry = match Registry::collect().and_then(|all| all.journey(&self.spec)) {
            Ok(entry) => entry,
            Err(error) => panic!("{}", error.text()),
        };
        match fitting(entry, self.arguments) {
            Ok(arguments) => execute(entry, self.spec, self.config, arguments),
            Err(text) => panic!("{text}"),
        }
    }
}

async fn execute(
    entry: &'static JourneyEntry,
    spec: String,
    config: Config,
    arguments: Vec<u8>,
) -> JourneyRun {
    let (tap, feed) = Tap::new(Interest::Everything, KEPT);
    let mut host = Host::new(1, Label::intern(&spec), Lanes::new(Some(tap)));
    host.virtual_time = mite_core::clock::is_paused();
    host.config.apply(&config.changes_since(0));
    let ctx = Context::new(Arc::new(host), identity(entry, &spec));
    let outcome = tokio::task::LocalSet::new()
        .run_until(mite_core::journey::execute(&ctx, entry, &arguments))
        .await;
    let messages = feed.drain();
    JourneyRun {
        name: entry.meta.display(),
        http: recorded::http(&messages),
        transactions: recorded::transactions(&messages),
        messages,
        error: outcome.err(),
    }
}

/// The arguments as the journey reads them: as they were given, or with the
/// tuple around a single one that was given without.
fn fitting(
    entry: &JourneyEntry,
    given: Option<std::result::Result<Vec<u8>, String>>,
) -> std::result::Result<Vec<u8>, String> {
    let parameters = entry.parameters.iter();
    let parameters: Vec<_> =
        parameters.map(|p| format!("{}: {}", p.name, (p.ty)().short())).collect();
    let takes = format!("journey {} takes ({})", entry.meta.display(), parameters.join(", "));
    let given = match (given, parameters.is_empty()) {
        (None, true) => return Ok(NO_ARGUMENTS.to_vec()),
        (None, false) => return Err(format!("{takes}; give them with .args(…)")),
        (Some(Err(why)), _) => {
            return Err(format!("{takes}; what was given cannot be serialized: {why}"));
        }
        // `()` is the tuple of none.
        (Some(Ok(given)), true) if given == [NIL] => NO_ARGUMENTS.to_vec(),
        (Some(Ok(given)), _) => given,
    };
    // The future is made and never polled: nothing of the journey runs.
    let host = Host::new(1, Label::intern("arguments"), Lanes::default());
    let ctx = Context::new(Arc::new(host), identity(entry, "arguments"));
    let read = |encoded: &[u8]| (entry.start)(ctx.clone(), encoded).map(drop);
    let Err(error) = read(&given) else { return Ok(given) };
    let wrapped = [&[ARRAY_OF_ONE], given.as_slice()].concat();
    match parameters.len() == 1 && read(&wrapped).is_ok() {
        true => Ok(wrapped),
        false => Err(format!("{takes}; {}", error.text())),
    }
}

/// In msgpack.
const NO_ARGUMENTS: [u8; 1] = [0x90];
const ARRAY_OF_ONE: u8 = 0x91;
const NIL: u8 = 0xc0;

fn identity(entry: &JourneyEntry, test: &str) -> Identity {
    Identity::alone(test, &entry.meta.display())
}

/// What became of one execution.
#[derive(Debug)]
pub struct JourneyRun {
    name: String,
    messages: Vec<Message>,
    transactions: Vec<String>,
    http: Vec<HttpRecord>,
    error: Option<Error>,
}

impl JourneyRun {
    /// Fails the test if the journey failed, and says how.
    ///
    /// # Panics
    /// If the journey failed.
    #[track_caller]
    pub fn assert_passed(&self) {
        if let Some(error) = &self.error {
            panic!("journey {} failed: {error:?}", self.name);
        }
    }

    /// What the journey failed with, if it did.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// The transactions, in the order they ended.
    pub fn transactions(&self) -> &[String] {
        &self.transactions
    }

    /// The attempts at HTTP requests, in the order they ended.
    pub fn http(&self) -> &[HttpRecord] {
        &self.http
    }

    /// Everything that was sent.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The messages of one type.
    pub fn messages_of(&self, kind: &str) -> Vec<&Message> {
        recorded::of_kind(&self.messages, kind).collect()
    }
}
