//! A page: a response with its HTML.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use mite_core::error::{Error, Result};
use mite_core::journey::Context;
use mite_net::shown_url;
use scraper::{ElementRef, Html};
use url::Url;

use super::beside::beside;
use super::element::{Element, known, selector, text_of};
use super::form::Form;
use super::found;
use super::memory::Memory;
use super::referrer::Policy;
use super::resources::{self, Resource};
use crate::client::HttpContext;
use crate::request::RequestBuilder;
use crate::response::Response;

/// So many names are told of what a page has instead.
const TOLD: usize = 10;

/// A page: a response, and what its HTML has.
///
/// What it does next takes the context, so that it is booked on the transaction of then.
pub struct Page {
    response: Response,
    /// It may be held while others are awaited, and helpers may be moved to another thread.
    html: Arc<Mutex<Html>>,
    /// Bytes of text that it was read from.
    size: usize,
    base: Url,
    /// What others are told of it.
    policy: Policy,
}

impl Page {
    /// Sends a request and reads the page, with its resources if the session wants them.
    pub(super) async fn load(ctx: &Context, request: RequestBuilder) -> Result<Self> {
        let response = request.send().await?;
        let (text, url) = (response.text_lossy().into_owned(), response.url().clone());
        let policy = Policy::of_response(response.headers());
        let size = text.len();
        let read = beside(size, move || {
            let html = Html::parse_document(&text);
            let (base, policy) = (found::base_of(&html, &url), Policy::of_page(&html, policy));
            (Arc::new(Mutex::new(html)), base, policy)
        });
        let (html, base, policy) = read.await;
        let page = Self { response, html, size, base, policy };
        let wants = Memory::of(ctx).settings().resources;
        if wants {
            page.resources(ctx).await?;
        }
        Ok(page)
    }

    /// The response: status, headers, cookies, text, times.
    pub fn response(&self) -> &Response {
        &self.response
    }

    /// Where it is, after redirects.
    pub fn url(&self) -> &Url {
        self.response.url()
    }

    /// Its title; empty if it has none.
    pub fn title(&self) -> String {
        self.find("title").map(|title| title.text().to_owned()).unwrap_or_default()
    }

    /// The first element that a CSS selector finds.
    ///
    /// # Panics
    /// If it is no selector.
    #[track_caller]
    pub fn find(&self, css: &str) -> Option<Element> {
        let selector = known_by(css);
        self.html().select(&selector).next().map(Element::of)
    }

    /// All elements that a CSS selector finds, in the order of the page.
    ///
    /// # Panics
    /// If it is no selector.
    #[track_caller]
    pub fn find_all(&self, css: &str) -> Vec<Element> {
        let selector = known_by(css);
        self.html().select(&selector).map(Element::of).collect()
    }

    /// The first element that a CSS selector finds.
    ///
    /// # Errors
    /// A declared one, if there is none.
    #[track_caller]
    pub fn element(&self, css: &str) -> Result<Element> {
        selector(css)?;
        let found = self.find(css);
        found.ok_or_else(|| self.missing(format!("the page has no element `{css}`")))
    }

    /// The form that a CSS selector finds, or the form around it.
    ///
    /// # Errors
    /// A declared one, if there is none.
    #[track_caller]
    pub fn form(&self, css: &str) -> Result<Form> {
        let selector = selector(css)?;
        let html = self.html();
        let around = |of: ElementRef<'_>| {
            let ancestors = of.ancestors().filter_map(ElementRef::wrap);
            [of].into_iter().chain(ancestors).find(|of| of.value().name() == "form").map(|f| f.id())
        };
        let form = html.select(&selector).find_map(around).and_then(|id| html.tree.get(id));
        match form.and_then(ElementRef::wrap) {
            Some(form) => {
                Ok(Form::of(&html, form, (self.url(), self.policy), &self.base, format!("`{css}`")))
            }
            None => {
                let forms = html.select(&known("form")).map(named).take(TOLD).collect::<Vec<_>>();
                drop(html);
                let has =
                    if forms.is_empty() { "none at all".to_owned() } else { forms.join(", ") };
                Err(self.missing(format!("the page has no form `{css}`, but {has}")))
            }
        }
    }

    /// Follows the first link with this text: all of it, or if there is no such one, in it.
    ///
    /// # Errors
    /// A declared one, if there is none; or if there is no response.
    pub async fn click(&self, ctx: &Context, text: &str) -> Result<Page> {
        let (href, policy) = self.link_of(text)?;
        self.go(ctx, &self.resolved(&href)?, policy).await
    }

    /// Follows the link that a CSS selector finds, or the link around it.
    ///
    /// # Errors
    /// A declared one, if there is none; or if there is no response.
    pub async fn click_on(&self, ctx: &Context, css: &str) -> Result<Page> {
        let link = {
            let selector = selector(css)?;
            let html = self.html();
            let around = |of: ElementRef<'_>| {
                let ancestors = of.ancestors().filter_map(ElementRef::wrap);
                [of].into_iter().chain(ancestors).find_map(|of| {
                    let is_link = matches!(of.value().name(), "a" | "area");
                    let href = of.value().attr("href").filter(|_| is_link)?;
                    Some((href.to_owned(), Policy::of_element(of, self.policy)))
                })
            };
            html.select(&selector).find_map(around)
        };
        match link {
            Some((href, policy)) => self.go(ctx, &self.resolved(&href)?, policy).await,
            None => Err(self.missing(format!("the page has no link `{css}`"))),
        }
    }

    /// Where the first link with this text leads.
    ///
    /// # Errors
    /// A declared one, if there is none.
    #[track_caller]
    pub fn link(&self, text: &str) -> Result<Url> {
        self.resolved(&self.link_of(text)?.0)
    }

    /// The first link with this text, as it is written, and what it says of this page.
    #[track_caller]
    fn link_of(&self, text: &str) -> Result<(String, Policy)> {
        let wanted = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let links: Vec<(String, String, Policy)> = {
            let html = self.html();
            let link = |of: ElementRef<'_>| {
                let href = of.value().attr("href")?.to_owned();
                Some((text_of(of), href, Policy::of_element(of, self.policy)))
            };
            html.select(&known("a[href]")).filter_map(link).collect()
        };
        let all = links.iter().position(|(text, ..)| *text == wanted);
        match all.or_else(|| links.iter().position(|(text, ..)| text.contains(&wanted))) {
            Some(at) => {
                let (_, href, policy) = &links[at];
                Ok((href.clone(), *policy))
            }
            None => {
                let names = links.iter().map(|(text, ..)| text).filter(|text| !text.is_empty());
                let has: Vec<_> = names.take(TOLD).collect();
                Err(self.missing(format!("the page has no link {wanted:?}, but {has:?}")))
            }
        }
    }

    /// A request of a script of this page: with its address as `Referer` (only its origin, if
    /// it goes to another one), and `X-Requested-With`.
    pub fn xhr(&self, ctx: &Context, method: &str, url: &str) -> RequestBuilder {
        let joined = self.base.join(url).ok();
        let referer = joined.as_ref().and_then(|url| self.policy.referer(self.url(), url));
        let url = joined.map_or_else(|| url.to_owned(), String::from);
        let request = ctx.http().request(method, url).header("x-requested-with", "XMLHttpRequest");
        match referer {
            Some(referer) => request.header("referer", referer),
            None => request,
        }
    }

    /// Fetches what belongs to the page, as [`with_resources`](super::Browser::with_resources)
    /// does for each. What fails is counted as any other request.
    ///
    /// # Errors
    /// None of those that are fetched: only if the transaction itself fails.
    pub async fn resources(&self, ctx: &Context) -> Result<Vec<Resource>> {
        let (html, base, policy) = (self.html.clone(), self.base.clone(), self.policy);
        let first = beside(self.size, move || found::in_page(&lock(&html), &base, policy)).await;
        resources::fetch(ctx, &Memory::of(ctx), self.url(), first).await
    }

    async fn go(&self, ctx: &Context, url: &Url, policy: Policy) -> Result<Page> {
        let mut request = ctx.http().get(url.as_str());
        if let Some(referer) = policy.referer(self.url(), url) {
            request = request.header("referer", referer);
        }
        // Pages may lead to each other for ever.
        Box::pin(Self::load(ctx, request)).await
    }

    #[track_caller]
    fn resolved(&self, href: &str) -> Result<Url> {
        let url = self.base.join(href.trim()).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
        url.ok_or_else(|| self.missing(format!("the link leads to {href:?}, which is no page")))
    }

    fn html(&self) -> MutexGuard<'_, Html> {
        lock(&self.html)
    }

    #[track_caller]
    fn missing(&self, text: String) -> Error {
        let (url, status) =
            (shown_url(self.url().as_str()).to_string(), self.response.status().as_u16());
        Error::new(text).field("url", url).field("status", status).field("title", self.title())
    }
}

fn lock(html: &Mutex<Html>) -> MutexGuard<'_, Html> {
    html.lock().unwrap_or_else(|e| e.into_inner())
}

impl Form {
    /// Sends it, and opens the page that answers.
    ///
    /// # Errors
    /// If something was done that the form does not have; or if there is no response.
    pub async fn submit(self, ctx: &Context) -> Result<Page> {
        Page::load(ctx, self.request(ctx)?).await
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").field("response", &self.response).finish_non_exhaustive()
    }
}

#[track_caller]
fn known_by(css: &str) -> scraper::Selector {
    selector(css).unwrap_or_else(|error| panic!("{}", error.text()))
}

/// What a form may be found by.
fn named(form: ElementRef<'_>) -> String {
    let of = |name: &str| form.value().attr(name);
    match (of("id"), of("name"), of("action")) {
        (Some(id), ..) => format!("`#{id}`"),
        (_, Some(name), _) => format!("`form[name={name:?}]`"),
        (.., Some(action)) => format!("`form[action={action:?}]`"),
        _ => "`form`".to_owned(),
    }
}
