//! What a session has of pages' resources, and need not fetch again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue, IF_NONE_MATCH};
use tokio::time::Instant;
use url::Url;

use super::found::Found;
use super::freshness::Freshness;

/// Resources of one session; no more are kept.
const MOST: usize = 1_000;

/// What a resource loads. Its text is not kept: of a session nobody asks for it again.
pub(super) type Loads = Arc<[Found]>;

/// The cache of one execution of a journey.
#[derive(Default)]
pub(super) struct Cache(HashMap<Url, Kept>);

struct Kept {
    came: Instant,
    freshness: Freshness,
    /// What was sent of the headers by which the server chose the response (`Vary`).
    sent: Vec<(HeaderName, Option<HeaderValue>)>,
    loads: Loads,
}

/// What the cache knows of a resource.
pub(super) enum Known {
    /// It need not be asked for.
    Fresh(Loads),
    /// With these headers the server says whether it has changed; none if it is not there.
    Ask(Vec<(HeaderName, HeaderValue)>),
}

/// The value that a request would be sent with of a header.
pub(super) type Sent<'a> = &'a dyn Fn(&HeaderName) -> Option<HeaderValue>;

impl Cache {
    pub(super) fn look(&self, url: &Url, sent: Sent<'_>, now: Instant) -> Known {
        let Some(kept) = self.0.get(url) else { return Known::Ask(Vec::new()) };
        let mut questions = kept.freshness.questions();
        if !kept.sent.iter().all(|(name, value)| sent(name) == *value) {
            // Another one may be chosen now; by its tag the server can tell that it is the
            // same, by its time it cannot.
            questions.retain(|(name, _)| *name == IF_NONE_MATCH);
            return Known::Ask(questions);
        }
        match now < kept.came + kept.freshness.fresh {
            true => Known::Fresh(kept.loads.clone()),
            false => Known::Ask(questions),
        }
    }

    /// Keeps a response, if it may be kept.
    pub(super) fn keep(
        &mut self,
        url: &Url,
        headers: &HeaderMap,
        loads: Loads,
        sent: Sent<'_>,
        now: Instant,
    ) {
        match Freshness::of(headers) {
            Some(freshness) if self.0.len() < MOST || self.0.contains_key(url) => {
                let sent = freshness.varies.iter().map(|name| (name.clone(), sent(name))).collect();
                self.0.insert(url.clone(), Kept { came: now, freshness, sent, loads });
            }
            _ => self.forget(url),
        }
    }

    /// The server says that what is kept is still right (304): what it loads.
    pub(super) fn confirm(
        &mut self,
        url: &Url,
        headers: &HeaderMap,
        sent: Sent<'_>,
        now: Instant,
    ) -> Loads {
        let Some(kept) = self.0.get_mut(url) else { return Loads::default() };
        kept.came = now;
        if let Some(freshness) = Freshness::of(headers) {
            // It may leave out what has not changed.
            let Freshness { fresh, etag, modified, varies } = freshness;
            let before = &kept.freshness;
            kept.freshness = Freshness {
                fresh,
                etag: etag.or(before.etag.clone()),
                modified: modified.or(before.modified.clone()),
                varies: if varies.is_empty() { before.varies.clone() } else { varies },
            };
        }
        let varies = &kept.freshness.varies;
        kept.sent = varies.iter().map(|name| (name.clone(), sent(name))).collect();
        kept.loads.clone()
    }

    /// It is not what was kept any more.
    pub(super) fn forget(&mut self, url: &Url) {
        self.0.remove(url);
    }
}

/// What resources load, of all sessions of a runner: what is the same is there once.
#[derive(Default)]
pub(super) struct Shared(Mutex<HashMap<Url, Weak<[Found]>>>);

/// Entries from which on those that nobody has any more are looked for.
const FEW: usize = 256;

impl Shared {
    /// What the resource at `url` loads, shared with those that know the same of it.
    pub(super) fn loads(&self, url: &Url, loads: Vec<Found>) -> Loads {
        if loads.is_empty() {
            return Loads::default();
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(url).and_then(Weak::upgrade)
            && *known == *loads
        {
            return known;
        }
        if all.len() >= FEW && all.len() == all.capacity() {
            all.retain(|_, loads| loads.strong_count() > 0);
        }
        let loads = Loads::from(loads);
        all.insert(url.clone(), Arc::downgrade(&loads));
        loads
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::found::Kind;
    use super::super::referrer::Policy;
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        pairs.collect()
    }

    fn loads(url: &Url) -> Vec<Found> {
        vec![Found { url: url.clone(), kind: Kind::Other, policy: Policy::default() }]
    }

    /// What is asked with, or that nothing is.
    fn asked(known: Known) -> Option<Vec<HeaderName>> {
        match known {
            Known::Fresh(_) => None,
            Known::Ask(questions) => Some(questions.into_iter().map(|(name, _)| name).collect()),
        }
    }

    #[test]
    fn what_the_server_chose_by_a_header_is_used_again_for_the_same_header_only() {
        let url = Url::parse("http://h/a.css").unwrap();
        let (mut cache, now) = (Cache::default(), Instant::now());
        let bob = |name: &HeaderName| (name == "cookie").then(|| HeaderValue::from_static("bob"));
        let ann = |name: &HeaderName| (name == "cookie").then(|| HeaderValue::from_static("ann"));
        const LONG: (&str, &str) = ("cache-control", "max-age=60");
        const CHANGED: (&str, &str) = ("last-modified", "Sun, 06 Nov 1994 08:32:57 GMT");
        let vary =
            headers(&[LONG, ("etag", "\"1\""), CHANGED, ("vary", "Accept-Encoding, Cookie")]);
        cache.keep(&url, &vary, Loads::from(loads(&url)), &bob, now);
        assert_eq!(asked(cache.look(&url, &bob, now)), None);
        assert_eq!(asked(cache.look(&url, &ann, now)), Some(vec![IF_NONE_MATCH]));
        // It is hers, too: and no more his, since one is kept.
        let again = now + Duration::from_secs(50);
        assert_eq!(*cache.confirm(&url, &headers(&[LONG]), &ann, again), *loads(&url));
        assert_eq!(asked(cache.look(&url, &ann, again)), None);
        assert_eq!(asked(cache.look(&url, &bob, again)), Some(vec![IF_NONE_MATCH]));
        // Without a tag nobody can tell.
        cache.keep(
            &url,
            &headers(&[LONG, CHANGED, ("vary", "cookie")]),
            Loads::default(),
            &bob,
            now,
        );
        assert_eq!(asked(cache.look(&url, &ann, now)), Some(Vec::new()));
        cache.keep(&url, &headers(&[LONG, ("vary", "cookie, *")]), Loads::default(), &bob, now);
        assert_eq!(asked(cache.look(&url, &bob, now)), Some(Vec::new()), "it is not kept");
    }

    #[test]
    fn what_is_the_same_is_there_once_and_what_nobody_has_goes() {
        let shared = Shared::default();
        let url = |n: usize| Url::parse(&format!("http://h/{n}.css")).unwrap();
        let first = shared.loads(&url(0), loads(&url(1)));
        assert!(Arc::ptr_eq(&first, &shared.loads(&url(0), loads(&url(1)))));
        assert!(!Arc::ptr_eq(&first, &shared.loads(&url(0), loads(&url(2)))), "it has changed");
        for n in 1..100_000 {
            drop(shared.loads(&url(n), loads(&url(n))));
        }
        assert!(shared.0.lock().unwrap().len() <= 4 * FEW);
    }
}
