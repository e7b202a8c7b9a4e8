//! What is remembered of an execution's pages.

use std::sync::{Arc, Mutex, MutexGuard};

use mite_core::journey::Context;
use url::Url;

use super::cache::{Cache, Shared};

/// What is remembered for as long as an execution lasts.
pub(super) struct Memory {
    settings: Mutex<Settings>,
    cache: Mutex<Cache>,
    /// What is known of resources, whatever session has them.
    pub(super) shared: Arc<Shared>,
}

#[derive(Default)]
pub(super) struct Settings {
    /// Whether pages come with what belongs to them.
    pub(super) resources: bool,
    /// Hosts that may be asked for it, beside the page's own.
    pub(super) hosts: Vec<String>,
}

impl Memory {
    pub(super) fn of(ctx: &Context) -> Arc<Self> {
        ctx.extension(|| Self {
            settings: Mutex::default(),
            cache: Mutex::default(),
            shared: ctx.runner_extension(Shared::default),
        })
    }

    pub(super) fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(|e| e.into_inner())
    }

    pub(super) fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Whether `url` may be asked for by a page at `page`.
    pub(super) fn may_ask(&self, page: &Url, url: &Url) -> bool {
        let host = url.host_str();
        host == page.host_str()
            || self.settings().hosts.iter().any(|known| Some(known.as_str()) == host)
    }
}
