//! What a session has of pages' resources, and need not fetch again.

use std::collections::HashMap;
use std::sync::Arc;

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use tokio::time::Instant;
use url::Url;

use super::freshness::Freshness;

/// Resources of one session; no more are kept.
const MOST: usize = 1_000;

/// The cache of one execution of a journey.
#[derive(Default)]
pub(super) struct Cache(HashMap<Url, Kept>);

struct Kept {
    came: Instant,
    freshness: Freshness,
    /// The text of what is looked into; of pictures nothing is kept but that they came.
    text: Option<Arc<str>>,
}

/// What the cache knows of a resource.
pub(super) enum Known {
    /// It need not be asked for.
    Fresh(Option<Arc<str>>),
    /// With these headers the server says whether it has changed; none if it is not there.
    Ask(Vec<(HeaderName, HeaderValue)>),
}

impl Cache {
    pub(super) fn look(&self, url: &Url, now: Instant) -> Known {
        match self.0.get(url) {
            Some(kept) if now < kept.came + kept.freshness.fresh => Known::Fresh(kept.text.clone()),
            Some(kept) => Known::Ask(kept.freshness.questions()),
            None => Known::Ask(Vec::new()),
        }
    }

    /// Keeps a response, if it may be kept.
    pub(super) fn keep(
        &mut self,
        url: &Url,
        headers: &HeaderMap,
        text: Option<Arc<str>>,
        now: Instant,
    ) {
        match Freshness::of(headers) {
            Some(freshness) if self.0.len() < MOST || self.0.contains_key(url) => {
                self.0.insert(url.clone(), Kept { came: now, freshness, text });
            }
            _ => drop(self.0.remove(url)),
        }
    }

    /// The server says that what is kept is still right (304): its text.
    pub(super) fn confirm(
        &mut self,
        url: &Url,
        headers: &HeaderMap,
        now: Instant,
    ) -> Option<Arc<str>> {
        let kept = self.0.get_mut(url)?;
        kept.came = now;
        if let Some(freshness) = Freshness::of(headers) {
            // It may leave out what has not changed.
            let Freshness { fresh, etag, modified } = freshness;
            let before = &kept.freshness;
            kept.freshness = Freshness {
                fresh,
                etag: etag.or(before.etag.clone()),
                modified: modified.or(before.modified.clone()),
            };
        }
        kept.text.clone()
    }
}
