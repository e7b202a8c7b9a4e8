//! What the tests share: a journey's context that is observed, and servers.

pub(crate) mod authority;
pub(crate) mod frames;
pub(crate) mod httpbin;
#[cfg(feature = "html")]
pub(crate) mod log;
pub(crate) mod nginx;
pub(crate) mod proxies;
pub(crate) mod scripted;

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use mite_core::config::Config;
use mite_core::extend::Spans;
use mite_core::journey::{Context, Host, Lanes};
use mite_core::label::Label;
use mite_core::message::{Feed, Identity, Interest, Message, Origin, Tap};
use mite_http::{Http, HttpContext};

/// A runner whose messages are kept.
pub(crate) struct Probe {
    host: Arc<Host>,
    executions: u64,
    pub(crate) ctx: Context,
    feed: Feed,
}

impl Probe {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// On a paused clock.
    pub(crate) fn virtual_time() -> Self {
        Self::make(&[], true)
    }

    pub(crate) fn with(settings: &[(&str, &str)]) -> Self {
        Self::make(settings, false)
    }

    /// Whose executions are all traced.
    pub(crate) fn traced(spans: &Arc<Spans>) -> Self {
        Self::made(&[], false, Some(spans.clone()))
    }

    fn make(settings: &[(&str, &str)], virtual_time: bool) -> Self {
        Self::made(settings, virtual_time, None)
    }

    fn made(settings: &[(&str, &str)], virtual_time: bool, spans: Option<Arc<Spans>>) -> Self {
        let (tap, feed) = Tap::new(Interest::Everything, 10 << 20);
        let mut host = Host::new(1, Label::intern("test"), Lanes::new(Some(tap)));
        let config = Config::new();
        for (key, value) in settings {
            config.set(key, *value);
        }
        host.config.apply(&config.changes_since(0));
        host.virtual_time = virtual_time;
        host.spans = spans;
        let host = Arc::new(host);
        Self { ctx: Self::execution(&host, 1), executions: 1, host, feed }
    }

    fn execution(host: &Arc<Host>, context_id: u64) -> Context {
        let identity = Identity::new(
            Arc::new(Origin::new(Label::intern("test"), 1, Label::intern("test:journey"), 1)),
            context_id,
            None,
        );
        Context::new(host.clone(), identity)
    }

    /// Begins another execution on the same runner.
    pub(crate) fn next_execution(&mut self) {
        self.executions += 1;
        self.ctx = Self::execution(&self.host, self.executions);
    }

    pub(crate) fn http(&self) -> Http {
        self.ctx.http()
    }

    /// The `http_metrics` that were sent since the last call.
    pub(crate) fn metrics(&mut self) -> Vec<Message> {
        let mut metrics = self.feed.drain();
        metrics.retain(|message| message.kind() == "http_metrics");
        metrics
    }

    /// (outcome, code) of the `http_metrics` that were sent since the last call.
    pub(crate) fn outcomes(&mut self) -> Vec<(String, u16)> {
        let outcome = |m: &Message| {
            (m.get("outcome").expect("has an outcome"), m.get("response_code").expect("has a code"))
        };
        self.metrics().iter().map(outcome).collect()
    }
}

/// Shorthand for what [`Probe::outcomes`] should be.
pub(crate) fn outcomes(expected: &[(&str, u16)]) -> Vec<(String, u16)> {
    expected.iter().map(|(outcome, code)| ((*outcome).to_owned(), *code)).collect()
}

/// A port of loopback that nobody listens on.
pub(crate) fn free_port() -> u16 {
    // Below the ports that the system gives to clients, and another one each
    // time: a port that was only free a moment ago may be somebody's by now.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id().wrapping_mul(97);
    loop {
        let n = first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = 20_000 + (n % 12_000) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A directory of its own under the workspace's `target`, removed when dropped.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let path = target().join("test-scratch").join(format!("{name}-{}", free_port()));
        std::fs::create_dir_all(&path).expect("target can be written to");
        Self(path.canonicalize().expect("it was made just now"))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn target() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target")
}

/// Waits until something listens on a port.
pub(crate) fn wait_for(port: u16, what: &str) {
    for _ in 0..1000 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("{what} does not answer on port {port}");
}
