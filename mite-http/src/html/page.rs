//! A page: a response with its HTML.

use std::fmt;
use std::sync::{Mutex, MutexGuard};

use mite_core::error::{Error, Result};
use mite_core::journey::Context;
use mite_net::shown_url;
use scraper::{ElementRef, Html};
use url::Url;

use super::element::{Element, known, selector, text_of};
use super::form::Form;
use super::found;
use super::memory::Memory;
use super::resources::{self, Resource, referer};
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
    html: Mutex<Html>,
    base: Url,
}

impl Page {
    /// Sends a request and reads the page, with its resources if the session wants them.
    pub(super) async fn load(ctx: &Context, request: RequestBuilder) -> Result<Self> {
        let response = request.send().await?;
        let (html, base) = {
            let html = Html::parse_document(&response.text_lossy());
            let base = found::base_of(&html, response.url());
            (Mutex::new(html), base)
        };
        let page = Self { response, html, base };
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
            Some(form) => Ok(Form::of(&html, form, self.url(), &self.base, format!("`{css}`"))),
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
        self.go(ctx, &self.link(text)?).await
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
                    of.value().attr("href").filter(|_| is_link).map(str::to_owned)
                })
            };
            html.select(&selector).find_map(around)
        };
        match link {
            Some(href) => self.go(ctx, &self.resolved(&href)?).await,
            None => Err(self.missing(format!("the page has no link `{css}`"))),
        }
    }

    /// Where the first link with this text leads.
    ///
    /// # Errors
    /// A declared one, if there is none.
    #[track_caller]
    pub fn link(&self, text: &str) -> Result<Url> {
        let wanted = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let links: Vec<(String, String)> = {
            let html = self.html();
            let href =
                |of: ElementRef<'_>| Some((text_of(of), of.value().attr("href")?.to_owned()));
            html.select(&known("a[href]")).filter_map(href).collect()
        };
        let all = links.iter().find(|(text, _)| *text == wanted);
        match all.or_else(|| links.iter().find(|(text, _)| text.contains(&wanted))) {
            Some((_, href)) => self.resolved(href),
            None => {
                let has: Vec<_> = links
                    .iter()
                    .map(|(text, _)| text)
                    .filter(|t| !t.is_empty())
                    .take(TOLD)
                    .collect();
                Err(self.missing(format!("the page has no link {wanted:?}, but {has:?}")))
            }
        }
    }

    /// A request of a script of this page: with its address as `Referer`, and
    /// `X-Requested-With`.
    pub fn xhr(&self, ctx: &Context, method: &str, url: &str) -> RequestBuilder {
        let url = self.base.join(url).map_or_else(|_| url.to_owned(), String::from);
        let request = ctx.http().request(method, url).header("referer", referer(self.url()));
        request.header("x-requested-with", "XMLHttpRequest")
    }

    /// Fetches what belongs to the page, as [`with_resources`](super::Browser::with_resources)
    /// does for each. What fails is counted as any other request.
    ///
    /// # Errors
    /// None of those that are fetched: only if the transaction itself fails.
    pub async fn resources(&self, ctx: &Context) -> Result<Vec<Resource>> {
        let first = found::in_page(&self.html(), &self.base);
        resources::fetch(ctx, &Memory::of(ctx), self.url(), first).await
    }

    async fn go(&self, ctx: &Context, url: &Url) -> Result<Page> {
        let request = ctx.http().get(url.as_str()).header("referer", referer(self.url()));
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
        self.html.lock().unwrap_or_else(|e| e.into_inner())
    }

    #[track_caller]
    fn missing(&self, text: String) -> Error {
        let (url, status) =
            (shown_url(self.url().as_str()).to_string(), self.response.status().as_u16());
        Error::new(text).field("url", url).field("status", status).field("title", self.title())
    }
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
