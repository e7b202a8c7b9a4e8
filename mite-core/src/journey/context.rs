//! The context of a journey: what it acts with, and who it is.

use std::any::Any;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::clock::{self, ClockHold, IntoDuration};
use crate::config::Config;
use crate::console::console;
use crate::journey::Lanes;
use crate::journey::arrival::{Arrival, Begun, Timed};
use crate::journey::extensions::Extensions;
use crate::journey::host::Host;
use crate::journey::journal::Journal;
use crate::journey::observed::Observed;
use crate::journey::transcript::Transcript;
use crate::label::Label;
use crate::message::{Batch, Identity, Interest, Tap};
use crate::meta::Parameter;

/// What a journey is given: it opens transactions, sends messages, reads
/// settings and carries what protocol crates attach.
///
/// Cheap to clone. Inside a transaction use the context that the transaction
/// hands you: an outer one books on the outer transaction.
///
/// ```
/// use mite::prelude::*;
/// #[journey]
/// async fn journey(ctx: &Context, user: String) -> mite::Result {
///     ctx.transaction("greet", async |ctx| {
///         ctx.send("greeting", fields! { user });
///         Ok(())
///     })
///     .await
/// }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
/// #     .block_on(journey(&Context::for_test(), "bob".into())).unwrap();
/// ```
#[derive(Clone)]
#[doc(alias("session", "HttpUser", "GooseUser"))]
pub struct Context {
    pub(crate) execution: Arc<Execution>,
    pub(crate) transaction: Option<Current>,
}

/// The transaction that a context books on.
#[derive(Clone)]
pub(crate) struct Current {
    pub(crate) name: Label,
    pub(crate) id: u64,
}

/// What all contexts of one execution share.
pub(crate) struct Execution {
    pub(crate) host: Arc<Host>,
    pub(crate) identity: Identity,
    pub(crate) arrival: Option<Arrival>,
    warmup: bool,
    next_transaction: AtomicU64,
    draws: AtomicU64,
    pub(crate) extensions: Extensions,
    /// Hardly ever there, so that it is kept elsewhere.
    pub(super) observed: Option<Box<Observed>>,
    /// What it was started with, for exemplars.
    pub(crate) arguments: OnceLock<(&'static [Parameter], Bytes)>,
}

impl Context {
    /// A context of a new execution, outside any transaction.
    #[doc(hidden)]
    pub fn new(host: Arc<Host>, identity: Identity) -> Self {
        Self::intended_for(host, identity, None)
    }

    /// A context of a new execution that starts now; in an open line with the instant
    /// at which its schedule meant it to.
    #[doc(hidden)]
    pub fn intended_for(host: Arc<Host>, identity: Identity, intended: Option<Instant>) -> Self {
        let observed = Observed::of(&host, &identity);
        let warmup = host.is_warming_up(|| intended.unwrap_or_else(Instant::now));
        Self {
            execution: Arc::new(Execution {
                host,
                identity,
                arrival: intended.map(Arrival::now),
                warmup,
                next_transaction: AtomicU64::new(1),
                draws: AtomicU64::new(0),
                extensions: Extensions::default(),
                observed,
                arguments: OnceLock::new(),
            }),
            transaction: None,
        }
    }

    /// The settings of the test, as they are now.
    pub fn config(&self) -> &Config {
        &self.execution.host.config
    }

    /// Whether the test is ending and the journey should finish early.
    pub fn should_stop(&self) -> bool {
        self.execution.host.stop.load(Ordering::Relaxed)
    }

    /// Waits. In virtual time that takes no time.
    pub fn sleep<D: IntoDuration>(&self, duration: D) -> impl Future<Output = ()> + Send + use<D> {
        let duration = duration.into_duration();
        async move { tokio::time::sleep(duration).await }
    }

    /// The journey's registered name.
    pub fn journey(&self) -> &str {
        self.execution.identity.journey().as_str()
    }

    /// Which execution of this runner it is, from 1.
    #[doc(alias("__ITER", "__VU"))]
    pub fn id(&self) -> u64 {
        self.execution.identity.context_id()
    }

    /// How much later than its schedule meant it to this execution started; none in a
    /// closed line, where a journey starts because another one has ended.
    pub fn lag(&self) -> Option<Duration> {
        self.execution.arrival.as_ref().map(|arrival| arrival.lag)
    }

    /// Whether this execution was meant to start in the warm-up.
    pub(crate) fn is_of_warmup(&self) -> bool {
        self.execution.warmup
    }

    #[inline]
    pub(crate) fn begun(&self, of: Timed, start: Instant) -> Begun {
        let Execution { host, arrival, .. } = &*self.execution;
        Begun::new(host, arrival.as_ref(), of, start)
    }

    /// Something of the kind has ended in this execution.
    #[inline]
    pub(crate) fn ended(&self, of: Timed) {
        if let Some(arrival) = &self.execution.arrival {
            arrival.ended(of);
        }
    }

    /// What this execution shares with the others of its runner.
    #[doc(hidden)]
    pub fn runner_host(&self) -> &Arc<Host> {
        &self.execution.host
    }

    /// The full name of the current transaction.
    pub fn transaction_name(&self) -> Option<&str> {
        self.transaction.as_ref().map(|t| t.name.as_str())
    }

    /// A context to call a journey with in a test; prints what is sent.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # async fn journey(ctx: &Context) -> mite::Result { Ok(()) }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mite::Result {
    /// journey(&Context::for_test()).await
    /// # }
    /// ```
    pub fn for_test() -> Self {
        Self::for_test_with(&Config::new())
    }

    /// As [`for_test`](Self::for_test), with these settings.
    pub fn for_test_with(config: &Config) -> Self {
        let (tap, feed) = Tap::new(Interest::Everything, 10 << 20);
        std::thread::spawn(move || {
            let mut batch = Batch::default();
            while feed.wait(&mut batch) {
                batch.iter().for_each(|message| console().print(&message.to_message()));
            }
        });
        let mut host = Host::new(1, Label::intern("test"), Lanes::new(Some(tap)));
        host.virtual_time = clock::is_paused();
        host.config.apply(&config.changes_since(0));
        Self::of_test(host)
    }

    /// A context without listeners, to read arguments with.
    pub(crate) fn silent() -> Self {
        Self::of_test(Host::new(1, Label::intern("test"), Lanes::default()))
    }

    fn of_test(host: Host) -> Self {
        let identity = Identity::alone("test", "test");
        Self::new(Arc::new(host), identity)
    }

    /// Keeps the encoded arguments for `--debugging`.
    pub(crate) fn keep_arguments(&self, parameters: &'static [Parameter], encoded: &[u8]) {
        self.journal(|journal| journal.start(parameters, encoded));
    }

    /// Changes the journal, if one is kept.
    pub(crate) fn journal(&self, change: impl FnOnce(&mut Journal)) {
        if let Some(journal) = self.journal_of_execution() {
            change(&mut journal.lock().unwrap_or_else(|e| e.into_inner()));
        }
    }

    pub(crate) fn journal_of_execution(&self) -> Option<&Mutex<Journal>> {
        self.execution.observed.as_ref()?.journal.as_ref()
    }

    /// What determines the next random choice of this execution.
    pub(super) fn next_draw(&self) -> u64 {
        let id = &self.execution.identity;
        let n = self.execution.draws.fetch_add(1, Ordering::Relaxed);
        [Label::hash_of(&[id.journey().as_str()]), u64::from(id.runner_id()), id.context_id(), n]
            .iter()
            .fold(self.execution.host.seed, |h, v| {
                (h ^ v).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
            })
    }

    pub(crate) fn lanes(&self) -> &Lanes {
        &self.execution.host.lanes
    }

    pub(crate) fn journey_label(&self) -> &Label {
        self.execution.identity.journey()
    }

    pub(crate) fn transaction_label(&self) -> Option<&Label> {
        self.transaction.as_ref().map(|t| &t.name)
    }

    /// The context of a transaction inside this one.
    #[inline]
    pub(crate) fn enter(&self, name: &str) -> Self {
        self.inside(match &self.transaction {
            Some(outer) => outer.name.child(name),
            None => Label::intern(name),
        })
    }

    /// That of the transaction around the whole execution.
    #[inline]
    pub(crate) fn enter_root(&self) -> Self {
        self.inside(self.execution.host.root.clone())
    }

    #[inline]
    fn inside(&self, name: Label) -> Self {
        let id = self.execution.next_transaction.fetch_add(1, Ordering::Relaxed);
        if let Some(Observed { traced: Some(traced), .. }) = self.execution.observed.as_deref() {
            traced.entered(id, self.transaction.as_ref().map(|outer| outer.id));
        }
        Self { execution: self.execution.clone(), transaction: Some(Current { name, id }) }
    }
}

/// For authors of protocols: a crate that adds one hangs itself on the context by these.
/// `mite_core::extend` says how. Journeys need none of them.
impl Context {
    /// An attempt at a request starts at `start`, which is now. For protocol crates: when
    /// it ends, what is kept of this says how long it [took](Begun::took).
    pub fn begin(&self, start: Instant) -> Begun {
        self.begun(Timed::Request, start)
    }

    /// Who sends, in every message of this execution.
    pub fn identity(&self) -> &Identity {
        &self.execution.identity
    }

    /// A value that lives as long as this execution, made at the first call: how a
    /// protocol crate attaches its state to the context. `make` may use other
    /// extensions.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// use std::sync::atomic::{AtomicU32, Ordering};
    /// # let ctx = Context::for_test();
    /// ctx.extension(|| AtomicU32::new(5)).fetch_add(1, Ordering::Relaxed);
    /// assert_eq!(ctx.extension(|| AtomicU32::new(5)).load(Ordering::Relaxed), 6);
    /// ```
    pub fn extension<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        self.execution.extensions.get(make)
    }

    /// As [`extension`](Self::extension), with an end: `end` is called when this
    /// execution has ended, however it did, and its future is awaited, for ten seconds
    /// at most. An end that takes longer, or panics, is a failure of the journey.
    ///
    /// Of several, the one that was made last ends first, since it may use the others.
    /// An execution that is cancelled does not wait for it, but its runner does before
    /// it ends.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// struct Browser;
    /// impl Browser {
    ///     async fn quit(&self) {}
    /// }
    ///
    /// trait BrowserContext {
    ///     fn browser(&self) -> std::sync::Arc<Browser>;
    /// }
    ///
    /// impl BrowserContext for Context {
    ///     fn browser(&self) -> std::sync::Arc<Browser> {
    ///         self.extension_with_end(|| Browser, |browser| async move { browser.quit().await })
    ///     }
    /// }
    /// # Context::for_test().browser();
    /// ```
    pub fn extension_with_end<T, F>(
        &self,
        make: impl FnOnce() -> T,
        end: impl FnOnce(Arc<T>) -> F + Send + 'static,
    ) -> Arc<T>
    where
        T: Any + Send + Sync,
        F: Future<Output = ()> + Send + 'static,
    {
        self.execution.extensions.get_with_end(make, end)
    }

    /// As [`extension`](Self::extension), shared by all executions of this runner.
    pub fn runner_extension<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        self.execution.host.extensions.get(make)
    }

    /// As [`extension_with_end`](Self::extension_with_end), shared by all executions of
    /// this runner and ended with it.
    pub fn runner_extension_with_end<T, F>(
        &self,
        make: impl FnOnce() -> T,
        end: impl FnOnce(Arc<T>) -> F + Send + 'static,
    ) -> Arc<T>
    where
        T: Any + Send + Sync,
        F: Future<Output = ()> + Send + 'static,
    {
        self.execution.host.extensions.get_with_end(make, end)
    }

    /// Keeps an exchange in full, if somebody looks on: `--debugging`, `journey run`, a
    /// test of a journey. For protocol crates, at the end of each attempt.
    pub fn note_exchange<T: Transcript>(&self, make: impl FnOnce() -> T) {
        if !self.is_watched() {
            return;
        }
        let host = &self.execution.host;
        let transcript: Arc<dyn Transcript> = Arc::new(make());
        if let Some(look) = &host.onlooker {
            look(&transcript);
        }
        self.journal(|journal| journal.exchange(transcript));
    }

    /// Whether somebody looks on: whether it is of use to keep what
    /// [`note_exchange`](Self::note_exchange) will want. For protocol crates.
    pub fn is_watched(&self) -> bool {
        self.execution.observed.as_ref().is_some_and(|observed| observed.watched)
    }

    /// Whether somebody looks on, or the execution is traced. For protocol crates, which ask
    /// for what either wants only then.
    #[inline]
    pub fn is_observed(&self) -> bool {
        self.execution.observed.is_some()
    }

    /// Keeps a virtual clock from jumping while the guard lives, for at most
    /// `limit` of real time; does nothing in real time. For protocol crates,
    /// around whatever waits for the world outside.
    pub fn hold_clock(&self, limit: Duration) -> ClockHold {
        ClockHold::new(self.execution.host.virtual_time, limit)
    }

    /// Seconds since 1970 at `instant`, by the run's monotonic clock.
    pub fn wall_time(&self, instant: Instant) -> f64 {
        self.execution.host.epoch.wall(instant)
    }
}
