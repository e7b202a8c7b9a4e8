//! Fetches what belongs to a page, as browsers do: several at once, each once, and nothing
//! that is still fresh.

use std::collections::HashSet;
use std::sync::Arc;

use mite_core::error::Result;
use mite_core::journey::Context;
use scraper::Html;
use tokio::time::Instant;
use url::Url;

use super::cache::Known;
use super::found::{self, Found, Kind};
use super::memory::Memory;
use super::parallel::Parallel;
use crate::client::HttpContext;

/// So many at once, as browsers do for one host.
const AT_ONCE: usize = 6;

/// So many of a page, with those of its frames and styles.
const MOST: usize = 500;

/// How deep frames and styles may contain each other.
const DEEPEST: u32 = 5;

/// Something that belongs to a page, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    url: Url,
    status: Option<u16>,
    from_cache: bool,
}

impl Resource {
    /// Where it is.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The status; none if it came from the cache without asking, or there was no response.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Whether the session had it: still fresh, or confirmed by the server (304).
    pub fn is_from_cache(&self) -> bool {
        self.from_cache
    }
}

/// Fetches what belongs to a page at `page`, in a transaction of its own. What fails is
/// counted as any other request; the page is there all the same.
pub(super) async fn fetch(
    ctx: &Context,
    memory: &Arc<Memory>,
    page: &Url,
    first: Vec<Found>,
) -> Result<Vec<Resource>> {
    let is_wanted = |found: &Found| memory.may_ask(page, &found.url);
    let first: Vec<_> = first.into_iter().filter(is_wanted).collect();
    if first.is_empty() {
        return Ok(Vec::new());
    }
    ctx.transaction("embedded resources", async |ctx| {
        let (mut resources, mut seen) = (Vec::new(), HashSet::new());
        let mut parallel = Parallel::new(AT_ONCE);
        let mut add = |parallel: &mut Parallel<_>, found: Found, by: &Url, depth| {
            let wanted = is_wanted(&found) && depth <= DEEPEST && seen.len() < MOST;
            if wanted && seen.insert(found.url.clone()) {
                parallel.push(one(ctx.clone(), memory.clone(), found, by.clone(), depth));
            }
        };
        for found in first {
            add(&mut parallel, found, page, 1);
        }
        while let Some((resource, more, depth)) = parallel.next().await {
            for found in more {
                add(&mut parallel, found, &resource.url, depth + 1);
            }
            resources.push(resource);
        }
        Ok(resources)
    })
    .await
}

/// One of them, and what it loads.
async fn one(
    ctx: Context,
    memory: Arc<Memory>,
    found: Found,
    by: Url,
    depth: u32,
) -> (Resource, Vec<Found>, u32) {
    let Found { url, kind } = found;
    let questions = match memory.cache().look(&url, Instant::now()) {
        Known::Fresh(text) => {
            let more = inside(kind, text.as_deref(), &url);
            return (Resource { url, status: None, from_cache: true }, more, depth);
        }
        Known::Ask(questions) => questions,
    };
    let mut request = ctx.http().get(url.as_str()).header("referer", referer(&by));
    for (name, value) in questions {
        request = request.header(name, value);
    }
    let Ok(response) = request.send().await else {
        return (Resource { url, status: None, from_cache: false }, Vec::new(), depth);
    };
    let (status, now) = (response.status().as_u16(), Instant::now());
    let from_cache = status == 304;
    let text = if from_cache {
        memory.cache().confirm(&url, response.headers(), now)
    } else {
        let is_looked_into = kind != Kind::Other && status < 400;
        let text: Option<Arc<str>> = is_looked_into.then(|| response.text_lossy().into());
        if status == 200 && response.history().is_empty() {
            memory.cache().keep(&url, response.headers(), text.clone(), now);
        }
        text
    };
    let more = inside(kind, text.as_deref(), response.url());
    (Resource { url, status: Some(status), from_cache }, more, depth)
}

/// What a resource loads, whose text is this.
fn inside(kind: Kind, text: Option<&str>, url: &Url) -> Vec<Found> {
    match (kind, text) {
        (Kind::Style, Some(text)) => found::in_style(text, url),
        (Kind::Frame, Some(text)) => {
            let html = Html::parse_document(text);
            found::in_page(&html, &found::base_of(&html, url))
        }
        _ => Vec::new(),
    }
}

/// What a page is called in the requests that it makes: without what is nobody's business.
pub(super) fn referer(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    // They can be taken from every URL that has a host.
    let _ = (url.set_username(""), url.set_password(None));
    url.into()
}
