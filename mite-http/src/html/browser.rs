//! `ctx.browser()`: pages instead of responses.

use std::sync::Arc;

use mite_core::error::Result;
use mite_core::journey::Context;

use super::memory::Memory;
use super::page::Page;
use crate::client::HttpContext;
use crate::request::RequestBuilder;

/// Puts `browser()` on the context.
pub trait BrowserContext {
    /// What opens pages in this execution: [`http()`](HttpContext::http) with eyes for HTML. It
    /// has the same session; pages book on the transaction of this context.
    ///
    /// ```
    /// use mite::prelude::*;
    ///
    /// #[journey]
    /// async fn buy(ctx: &Context) -> mite::Result {
    ///     let shop = ctx.transaction("Front page", async |ctx| {
    ///         // Pictures, styles and scripts too, several at once.
    ///         ctx.browser().with_resources().get("http://127.0.0.1:8080/").await
    ///     });
    ///     let shop = shop.await?;
    ///     let basket = ctx.transaction("Order", async |ctx| {
    ///         let article = shop.click(ctx, "Blue shoes").await?;
    ///         // Hidden fields, such as a token, are sent as the page has them.
    ///         article.form("#order")?.set("size", "42").check("gift", true).submit(ctx).await
    ///     });
    ///     let sum = basket.await?.element(".sum")?.text().to_owned();
    ///     ctx.check("has a sum", sum.ends_with('€'));
    ///     Ok(())
    /// }
    /// ```
    fn browser(&self) -> Browser;
}

impl BrowserContext for Context {
    fn browser(&self) -> Browser {
        Browser { ctx: self.clone(), memory: Memory::of(self) }
    }
}

/// Opens pages. How it does is remembered for as long as the execution lasts.
#[derive(Clone)]
pub struct Browser {
    ctx: Context,
    memory: Arc<Memory>,
}

impl Browser {
    /// From now on every page of this execution comes with its pictures, styles, scripts and
    /// frames, six at once, in a transaction `embedded resources`, and with what the session
    /// has of them by the rules of caches (`Cache-Control`, `Expires`, `ETag`,
    /// `Last-Modified`, `Vary`). A session begins with an empty cache.
    ///
    /// Only the page's own host is asked, and those of [`with_host`](Self::with_host): a load
    /// test is not to load anybody else. Of a page at most 500 are fetched. What is left out
    /// is told once in the log.
    pub fn with_resources(self) -> Self {
        self.memory.settings().resources = true;
        self
    }

    /// Resources may come from this host, too.
    pub fn with_host(self, host: &str) -> Self {
        self.memory.settings().hosts.push(host.to_ascii_lowercase());
        self
    }

    /// Opens a page, whatever its status: [`Page::response`] has that.
    ///
    /// # Errors
    /// If there is no response.
    pub async fn get(&self, url: impl AsRef<str>) -> Result<Page> {
        Page::load(&self.ctx, self.ctx.http().get(url)).await
    }

    /// Opens what a request answers.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # async fn journey(ctx: &Context) -> mite::Result {
    /// let request = ctx.http().post("http://127.0.0.1:8080/search").form(&[("q", "shoes")]);
    /// let found = ctx.browser().open(request).await?;
    /// # drop(found); Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If there is no response.
    pub async fn open(&self, request: RequestBuilder) -> Result<Page> {
        Page::load(&self.ctx, request).await
    }
}
