//! Fetches what belongs to a page, as browsers do: several at once, each once, and nothing
//! that is still fresh.

use std::collections::HashSet;
use std::sync::Arc;

use http::header::{COOKIE, HeaderName, HeaderValue, LOCATION, REFERER};
use mite_core::error::Result;
use mite_core::journey::Context;
use mite_net::shown_url;
use scraper::Html;
use tokio::time::Instant;
use url::Url;

use super::beside::beside;
use super::cache::{Known, Loads};
use super::found::{self, Found, Kind};
use super::left_out;
use super::memory::Memory;
use super::parallel::Parallel;
use super::referrer::Policy;
use crate::client::{Http, HttpContext};
use crate::response::Response;

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
    let first: Vec<_> =
        first.into_iter().filter(|found| may_ask(ctx, memory, page, found)).collect();
    if first.is_empty() {
        return Ok(Vec::new());
    }
    ctx.transaction("embedded resources", async |ctx| {
        let (mut resources, mut seen) = (Vec::new(), HashSet::new());
        let mut parallel = Parallel::new(AT_ONCE);
        let mut add = |parallel: &mut Parallel<_>, found: Found, by: &Url, depth| {
            if seen.contains(&found.url) || !may_ask(ctx, memory, page, &found) {
                return;
            }
            if depth > DEEPEST {
                return left_out::tell(ctx, "depth", || {
                    let page = shown_url(page.as_str());
                    format!("of {page}, and of pages like it, what lies deeper than {DEEPEST} frames or styles in each other is not fetched")
                });
            }
            if seen.len() >= MOST {
                return left_out::tell(ctx, "number", || {
                    let page = shown_url(page.as_str());
                    format!("of {page}, and of pages like it, the first {MOST} resources are fetched, and no more")
                });
            }
            seen.insert(found.url.clone());
            parallel.push(one(ctx.clone(), memory.clone(), found, by.clone(), depth));
        };
        for found in first {
            add(&mut parallel, found, page, 1);
        }
        while let Some((resource, loads, depth)) = parallel.next().await {
            for found in &*loads {
                add(&mut parallel, found.clone(), &resource.url, depth + 1);
            }
            resources.push(resource);
        }
        Ok(resources)
    })
    .await
}

/// Whether the host may be asked for it; one that may not is told.
fn may_ask(ctx: &Context, memory: &Memory, page: &Url, found: &Found) -> bool {
    let may = memory.may_ask(page, &found.url);
    if !may {
        let host = found.url.host_str().unwrap_or_default();
        left_out::tell(ctx, host, || {
            format!(
                "pages load something from {host}, which is not asked; `.with_host({host:?})` of the browser takes it in"
            )
        });
    }
    may
}

/// One of them, and what it loads.
async fn one(
    ctx: Context,
    memory: Arc<Memory>,
    found: Found,
    by: Url,
    depth: u32,
) -> (Resource, Loads, u32) {
    let Found { url, kind, policy } = found;
    let http = ctx.http();
    let referer = policy.referer(&by, &url);
    let sent = |name: &HeaderName| sent(&http, &url, referer.as_deref(), name);
    let known = memory.cache().look(&url, &sent, Instant::now());
    let questions = match known {
        Known::Fresh(loads) => {
            return (Resource { url, status: None, from_cache: true }, loads, depth);
        }
        Known::Ask(questions) => questions,
    };
    let Some(response) = ask(&http, &url, referer.as_deref(), questions).await else {
        return (Resource { url, status: None, from_cache: false }, Loads::default(), depth);
    };
    let (status, now) = (response.status().as_u16(), Instant::now());
    if status == 304 {
        let loads = memory.cache().confirm(&url, response.headers(), &sent, now);
        return (Resource { url, status: Some(status), from_cache: true }, loads, depth);
    }
    let is_looked_into = kind != Kind::Other && status < 400;
    let loads = match is_looked_into {
        true => inside(kind, &response).await,
        false => Vec::new(),
    };
    let loads = memory.shared.loads(response.url(), loads);
    if status == 200 && *response.url() == url && response.history().is_empty() {
        memory.cache().keep(&url, response.headers(), loads.clone(), &sent, now);
    } else {
        memory.cache().forget(&url);
    }
    (Resource { url, status: Some(status), from_cache: false }, loads, depth)
}

/// Asks for a resource, with `questions` whether it has changed. These are the first
/// server's alone: where a redirect leads, it is asked for without them.
async fn ask(
    http: &Http,
    url: &Url,
    referer: Option<&str>,
    questions: Vec<(HeaderName, HeaderValue)>,
) -> Option<Response> {
    let to = |url: &Url| {
        let request = http.get(url.as_str());
        match referer {
            Some(referer) => request.header(REFERER, referer),
            None => request,
        }
    };
    if questions.is_empty() {
        return to(url).send().await.ok();
    }
    let mut request = to(url).no_redirects();
    for (name, value) in questions {
        request = request.header(name, value);
    }
    let response = request.send().await.ok()?;
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Some(response);
    }
    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
    match location.and_then(|location| url.join(location).ok()) {
        Some(location) if location.origin() == url.origin() => to(&location).send().await.ok(),
        // Another origin is told by the client what it may know.
        Some(_) => to(url).send().await.ok(),
        None => Some(response),
    }
}

/// What a request for `url` carries of a header, as far as that is not always the same.
fn sent(http: &Http, url: &Url, referer: Option<&str>, name: &HeaderName) -> Option<HeaderValue> {
    let memory = http.session.memory();
    if *name == REFERER {
        return referer.and_then(|referer| HeaderValue::from_str(referer).ok());
    }
    if *name == COOKIE {
        let mut text = Vec::new();
        memory.jar.write(url, &[], Instant::now(), &mut text);
        return HeaderValue::from_bytes(&text).ok().filter(|text| !text.is_empty());
    }
    memory.headers.as_ref()?.get(name).cloned()
}

/// What a resource loads, by its text.
async fn inside(kind: Kind, response: &Response) -> Vec<Found> {
    let (text, url) = (response.text_lossy().into_owned(), response.url().clone());
    let policy = Policy::of_response(response.headers());
    let mut loads = beside(text.len(), move || match kind {
        Kind::Style => found::in_style(&text, &url, policy),
        Kind::Frame => {
            let html = Html::parse_document(&text);
            let policy = Policy::of_page(&html, policy);
            found::in_page(&html, &found::base_of(&html, &url), policy)
        }
        Kind::Other => Vec::new(),
    })
    .await;
    // More than one more than is fetched need not be known.
    loads.truncate(MOST + 1);
    loads
}
