//! `ctx.http()`: the HTTP client of one execution of a journey.

use std::sync::Arc;

use http::header::{HeaderName, HeaderValue};
use mite_core::journey::Context;
use tokio::time::Instant;

use crate::additional::AdditionalMetrics;
use crate::cookie::{Cookies, Now};
use crate::response::Response;
use crate::session::Session;

/// Puts `http()` on the context.
pub trait HttpContext {
    /// The HTTP client of this execution, which books on the context's
    /// transaction.
    ///
    /// ```
    /// use mite::prelude::*;
    ///
    /// #[journey]
    /// async fn journey(ctx: &Context) -> mite::Result {
    ///     ctx.transaction("front page", async |ctx| {
    ///         let page = ctx.http().get("http://127.0.0.1:8080/").send().await?;
    ///         page.expect_status(200)?;
    ///         Ok(())
    ///     })
    ///     .await
    /// }
    /// ```
    fn http(&self) -> Http;
}

impl HttpContext for Context {
    fn http(&self) -> Http {
        Http { ctx: self.clone(), session: Session::of(self) }
    }
}

/// The HTTP client of one execution of a journey: a cookie jar, default
/// headers, and the runner's connections. Cheap to make and to clone.
#[derive(Clone)]
#[doc(alias("FastHttpUser", "HttpSession", "client", "sampler"))]
pub struct Http {
    pub(crate) ctx: Context,
    pub(crate) session: Arc<Session>,
}

impl Http {
    /// The cookies that the jar of this execution holds.
    #[doc(alias = "cookie_manager")]
    pub fn cookies(&self) -> Cookies {
        self.session.memory().jar.cookies(Instant::now())
    }

    /// Adds a cookie to the jar, as if `url` had set it with that text of a
    /// `Set-Cookie` header.
    ///
    /// # Panics
    /// If the URL is none, or the text is not a cookie.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # let ctx = Context::for_test();
    /// ctx.http().set_cookie("https://shop.test/", "session=17; Path=/; Secure");
    /// assert_eq!(ctx.http().cookies().get("session"), Some("17"));
    /// ```
    #[track_caller]
    pub fn set_cookie(&self, url: &str, cookie: &str) {
        let url = url::Url::parse(url).unwrap_or_else(|e| panic!("{url:?} is not a URL: {e}"));
        if let Err(why) = self.session.memory().jar.insert(&url, cookie.as_bytes(), self.now()) {
            panic!("{cookie:?} is not a cookie of {url}: {why}");
        }
    }

    /// What the cookies' times are counted from.
    pub(crate) fn now(&self) -> Now {
        let instant = Instant::now();
        Now { instant, wall: self.ctx.wall_time(instant) }
    }

    /// Empties the jar.
    pub fn clear_cookies(&self) {
        self.session.memory().jar.clear();
    }

    /// Adds a header to every later request of this execution that does not
    /// give it itself.
    ///
    /// # Panics
    /// If no header can have that name or value.
    #[track_caller]
    #[doc(alias = "header_manager")]
    pub fn default_header(&self, name: &str, value: &str) {
        let name = HeaderName::try_from(name)
            .unwrap_or_else(|_| panic!("{name:?} cannot be the name of a header"));
        let value = HeaderValue::try_from(value)
            .unwrap_or_else(|_| panic!("header `{name}` has a value that cannot be sent"));
        self.session.memory().headers.get_or_insert_default().insert(name, value);
    }

    /// Calls `look` with every later response of this execution, also with
    /// those that redirect, before it is measured; what it inserts into its
    /// second argument becomes fields of that response's `http_metrics`. A
    /// name that `http_metrics` has already fails the request.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # let ctx = Context::for_test();
    /// ctx.http().on_response(|response, extra| {
    ///     if let Some(cache) = response.headers().get("x-cache") {
    ///         extra.insert("cache", cache.to_str().unwrap_or("?"));
    ///     }
    /// });
    /// ```
    pub fn on_response(
        &self,
        look: impl Fn(&Response, &mut AdditionalMetrics) + Send + Sync + 'static,
    ) {
        self.session.memory().on_response = Some(Arc::new(look));
    }
}
