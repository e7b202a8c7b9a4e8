//! One execution of one journey, under test.

use std::future::Future;
use std::panic::Location;
use std::sync::{Arc, OnceLock};

use mite_core::config::Config;
use mite_core::error::{Error, Place, Result};
use mite_core::ids::TestTime;
use mite_core::journey::{Context, Host, JourneyEntry, Lanes, Returned};
use mite_core::label::Label;
use mite_core::message::{Identity, Interest, Message, Origin, Tap};
use mite_core::msgpack;
use mite_core::plan::Plan;
use mite_core::pool::any::{AnyPool, IntoPool, PoolRef};
use mite_core::pool::{Checkout, ItemId};
use mite_core::registry::Registry;
use mite_core::scenario::{JourneyRef, Line, Scenario};
use mite_core::volume::{Volume, VolumeKind};
#[cfg(feature = "http")]
use mite_http::HttpRecord;
use serde::Serialize;

use super::recorded::{self, Exchanges};

/// Messages that one execution may send before some are lost.
const KEPT: usize = 512 << 20;

/// A test of the journey that is registered as `spec`; nothing happens until
/// [`run`](JourneyTest::run).
pub fn journey(spec: &str) -> JourneyTest {
    JourneyTest { spec: spec.to_owned(), config: Config::new(), data: Data::None, setup: None }
}

/// How to run a journey once.
#[must_use = "nothing happens until `.run()`"]
pub struct JourneyTest {
    spec: String,
    config: Config,
    data: Data,
    setup: Option<Vec<u8>>,
}

/// What the journey is fed with.
enum Data {
    None,
    /// Arguments, encoded.
    Given(std::result::Result<Vec<u8>, String>),
    /// An item of a pool.
    Pool(PoolRef),
}

impl JourneyTest {
    /// Sets a key of the config.
    pub fn config(self, key: &str, value: impl Serialize) -> Self {
        self.config.set(key, value);
        self
    }

    /// What `ctx.setup()` gives the journey, as if the setup of its scenario had returned it.
    ///
    /// ```
    /// use mite::prelude::*;
    ///
    /// #[journey]
    /// async fn greet(ctx: &Context) -> mite::Result {
    ///     let user = ctx.setup::<String>()?.to_string();
    ///     ctx.send("greeting", fields! { user });
    ///     Ok(())
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let spec = concat!(module_path!(), ":greet");
    /// let run = mite::testing::journey(spec).setup("bob").run().await;
    /// assert_eq!(run.messages_of("greeting")[0].get::<String>("user").unwrap(), "bob");
    /// # }
    /// ```
    ///
    /// # Panics
    /// If it cannot be serialized.
    #[track_caller]
    pub fn setup(mut self, returned: impl Serialize) -> Self {
        match msgpack::encode(&returned) {
            Ok(returned) => self.setup = Some(returned),
            Err(why) => panic!("what the setup is to return cannot be serialized: {why}"),
        }
        self
    }

    /// The journey's arguments: anything that serializes to them, such as
    /// `("bob", 5)`; a single one may be bare.
    pub fn args(mut self, arguments: impl Serialize) -> Self {
        self.data = Data::Given(msgpack::encode(&arguments).map_err(|e| e.to_string()));
        self
    }

    /// The journey's arguments: the next item of this pool, which is given by value or
    /// by the name of its `#[datapool]` function. It is checked in afterwards.
    ///
    /// ```
    /// use mite::prelude::*;
    ///
    /// #[datapool]
    /// fn users() -> impl DataPool<Item = (String,)> {
    ///     IterableDataPool::new([("bob".to_owned(),)])
    /// }
    ///
    /// #[journey]
    /// async fn greet(ctx: &Context, user: String) -> mite::Result {
    ///     ctx.send("greeting", fields! { user });
    ///     Ok(())
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let spec = concat!(module_path!(), ":greet");
    /// let run = mite::testing::journey(spec).pool(users).run().await;
    /// assert_eq!(run.messages_of("greeting")[0].get::<String>("user").unwrap(), "bob");
    /// # }
    /// ```
    pub fn pool<M>(mut self, pool: impl IntoPool<M>) -> Self {
        self.data = Data::Pool(pool.into_pool());
        self
    }

    /// Runs it once and collects everything that it sends.
    ///
    /// # Panics
    /// If there is no such journey, the arguments are not its own, or its pool has no
    /// item.
    #[track_caller]
    pub fn run(self) -> impl Future<Output = JourneyRun> {
        let line = Location::caller();
        let found = Registry::collect().and_then(|all| Ok((all.journey(&self.spec)?, all)));
        let (entry, registry) = match found {
            Ok(found) => found,
            Err(error) => panic!("{}", error.text()),
        };
        let data = match self.data {
            Data::Pool(pool) => Err(pool),
            Data::None => Ok(fitting(entry, None)),
            Data::Given(arguments) => Ok(fitting(entry, Some(arguments))),
        };
        if let Ok(Err(text)) = &data {
            panic!("{text}");
        }
        async move {
            let pool = match data {
                Ok(arguments) => {
                    let arguments = arguments.unwrap_or_default();
                    return execute(entry, self.spec, self.config, self.setup, &arguments, None)
                        .await;
                }
                Err(pool) => pool,
            };
            match Item::take(&registry, &self.config, entry, pool, line).await {
                Ok(Item { pool, id, data }) => {
                    let run =
                        execute(entry, self.spec, self.config, self.setup, &data, Some(id)).await;
                    pool.checkin(id).await;
                    run
                }
                Err(error) => panic!("{line}: {}", error.text()),
            }
        }
    }
}

/// An item of a pool, checked out.
struct Item {
    pool: AnyPool,
    id: ItemId,
    data: Vec<u8>,
}

impl Item {
    async fn take(
        registry: &Registry,
        config: &Config,
        journey: &JourneyEntry,
        pool: PoolRef,
        place: &'static Location<'static>,
    ) -> Result<Self> {
        // As a scenario of this line alone: it checks that the items fit.
        let name = JourneyRef::Spec(journey.meta.display());
        let volume = Volume::new(VolumeKind::Tickets(vec![TestTime::ZERO]), None);
        let line = Line::new(name, pool, volume, Place::of(place));
        let plan = Plan::new(registry, config, Scenario::from_lines(vec![line])).await?;
        let planned = &plan.pools[0];
        match planned.pool.checkout(config, planned.bare).await? {
            Checkout::Item(id, data) => {
                Ok(Self { pool: planned.pool.clone(), id, data: data.to_vec() })
            }
            Checkout::Later => Err(Error::new(format!("pool {planned} has no item just now"))),
            Checkout::Exhausted => Err(Error::new(format!("pool {planned} has no items left"))),
        }
    }
}

async fn execute(
    entry: &'static JourneyEntry,
    spec: String,
    config: Config,
    setup: Option<Vec<u8>>,
    arguments: &[u8],
    item: Option<ItemId>,
) -> JourneyRun {
    let (tap, feed) = Tap::new(Interest::Everything, KEPT);
    let mut host = Host::new(1, Label::intern(&spec), Lanes::new(Some(tap)));
    host.virtual_time = mite_core::clock::is_paused();
    host.config.apply(&config.changes_since(0));
    host.setup = setup.map(|returned| OnceLock::from(Returned::from(returned))).unwrap_or_default();
    let exchanges = Exchanges::default();
    host.onlooker = Some(exchanges.onlooker());
    let faults = host.faults.clone();
    let origin = Origin::new(Label::intern(&spec), 1, Label::intern(&entry.meta.display()), 1);
    let ctx = Context::new(Arc::new(host), Identity::new(Arc::new(origin), 1, item));
    // Tasks that the journey spawns run on this thread too.
    let of_this_thread = faults.of_this_thread();
    let outcome = tokio::task::LocalSet::new()
        .run_until(mite_core::journey::execute(&ctx, entry, arguments))
        .await;
    ctx.runner_host().end().await;
    drop(of_this_thread);
    let mut faults = faults.take().into_iter().map(|(what, _)| Error::new(what));
    let messages = feed.drain();
    JourneyRun {
        name: entry.meta.display(),
        #[cfg(feature = "http")]
        http: exchanges.http(),
        transactions: recorded::transactions(&messages),
        messages,
        error: outcome.err().or(faults.next()),
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
    #[cfg(feature = "http")]
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

    /// The attempts at HTTP requests, in the order they ended, each with its headers
    /// and bodies.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// #[journey]
    /// async fn order(ctx: &Context, url: String) -> mite::Result {
    ///     ctx.http().post(url).json(&json!({ "item": 7 })).send().await?;
    ///     Ok(())
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// # use std::io::{Read, Write};
    /// # let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    /// # let url = format!("http://{}/", listener.local_addr().unwrap());
    /// # std::thread::spawn(move || {
    /// #     let (mut stream, _) = listener.accept().unwrap();
    /// #     let (mut asked, mut buffer) = (Vec::new(), [0; 4096]);
    /// #     while !asked.ends_with(br#"{"item":7}"#) {
    /// #         let read = stream.read(&mut buffer).unwrap();
    /// #         asked.extend_from_slice(&buffer[..read]);
    /// #     }
    /// #     stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nthanks").unwrap();
    /// # });
    /// let spec = concat!(module_path!(), ":order");
    /// let run = mite::testing::journey(spec).args((url,)).run().await;
    /// let ordered = &run.http()[0];
    /// assert_eq!(ordered.request.header("content-type"), Some("application/json"));
    /// assert_eq!(ordered.request.text(), r#"{"item":7}"#);
    /// assert_eq!((ordered.status, ordered.response.text().as_str()), (200, "thanks"));
    /// # }
    /// ```
    #[cfg(feature = "http")]
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
