//! What one execution of a journey remembers between its requests.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use http::HeaderMap;
use mite_core::journey::{Context, Host};
use mite_core::message::Identity;

use crate::additional::AdditionalMetrics;
use crate::cookie::Jar;
use crate::engine::{Current, Engine, Engines};
use crate::lines::Lines;
use crate::response::Response;
use crate::settings::Connections;

/// Called with each response, also with those that redirect.
pub(crate) type OnResponse = Arc<dyn Fn(&Response, &mut AdditionalMetrics) + Send + Sync>;

/// One per execution of a journey.
pub(crate) struct Session {
    pub(crate) engine: Current,
    /// Made when it is needed: most sessions share theirs.
    own_lines: OnceLock<Arc<Lines>>,
    memory: Mutex<Memory>,
}

/// Cookies, default headers and the callback.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) jar: Jar,
    /// Hardly any session has some.
    pub(crate) headers: Option<Box<HeaderMap>>,
    pub(crate) on_response: Option<OnResponse>,
}

/// Makes what the requests of a runner share, which its first one would make otherwise:
/// before load starts.
#[doc(hidden)]
pub fn prepare(host: &Arc<Host>) {
    let nobody = Identity::alone(host.test.as_str(), "");
    Session::of(&Context::new(host.clone(), nobody));
}

impl Session {
    pub(crate) fn of(ctx: &Context) -> Arc<Self> {
        ctx.extension(|| {
            let engine = ctx.runner_extension(Engines::default).current(ctx.config());
            Self { engine, own_lines: OnceLock::new(), memory: Mutex::default() }
        })
    }

    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// The connections of those who share them with this session.
    pub(crate) fn lines<'a>(&'a self, engine: &'a Engine) -> &'a Arc<Lines> {
        match engine.settings.connections {
            Connections::PerJourney => self.own_lines.get_or_init(|| engine.lines.own()),
            Connections::Shared | Connections::PerRequest => &engine.lines,
        }
    }

    /// The same, if connections are kept for the next request.
    pub(crate) fn kept_lines<'a>(&'a self, engine: &'a Engine) -> Option<&'a Arc<Lines>> {
        let are_kept = engine.settings.connections != Connections::PerRequest;
        are_kept.then(|| self.lines(engine))
    }
}
