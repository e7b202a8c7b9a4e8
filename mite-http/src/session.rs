//! What one execution of a journey remembers between its requests.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use http::HeaderMap;
use mite_core::journey::Context;

use crate::cookie::Jar;
use crate::engine::{Current, Engine, Engines};
use crate::hosts::Hosts;
use crate::meter::AdditionalMetrics;
use crate::pool::Pool;
use crate::response::Response;
use crate::settings::Connections;

/// Called with each response, also with those that redirect.
pub(crate) type OnResponse = Arc<dyn Fn(&Response, &mut AdditionalMetrics) + Send + Sync>;

/// One per execution of a journey.
pub(crate) struct Session {
    pub(crate) engine: Current,
    own_pool: Pool,
    own_hosts: Hosts,
    memory: Mutex<Memory>,
}

/// Cookies, default headers and the callback.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) jar: Jar,
    pub(crate) headers: HeaderMap,
    pub(crate) on_response: Option<OnResponse>,
}

impl Session {
    pub(crate) fn of(ctx: &Context) -> Arc<Self> {
        ctx.extension(|| {
            let engine = ctx.runner_extension(Engines::default).current(ctx.config());
            let idle = engine.as_ref().map_or(Duration::ZERO, |e| e.settings.idle_timeout);
            Self {
                engine,
                own_pool: Pool::new(idle),
                own_hosts: Hosts::default(),
                memory: Mutex::default(),
            }
        })
    }

    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// What is known of hosts by those who share connections with this session.
    pub(crate) fn hosts<'a>(&'a self, engine: &'a Engine) -> &'a Hosts {
        match engine.settings.connections {
            Connections::PerJourney => &self.own_hosts,
            Connections::Shared | Connections::PerRequest => &engine.hosts,
        }
    }

    /// Where this session's connections wait; none if they do not.
    pub(crate) fn pool<'a>(&'a self, engine: &'a Engine) -> Option<&'a Pool> {
        match engine.settings.connections {
            Connections::Shared => Some(&engine.pool),
            Connections::PerJourney => Some(&self.own_pool),
            Connections::PerRequest => None,
        }
    }
}
