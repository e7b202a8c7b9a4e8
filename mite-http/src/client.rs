//! `ctx.http()`, and the way of a request through its redirects and retries.

use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use http::header::{HeaderName, HeaderValue};
use mite_core::journey::Context;
use tokio::time::Instant;

use crate::cookie::Cookies;
use crate::deadline::Deadline;
use crate::engine::Engine;
use crate::error::{Error, Failure, Kind, Result};
use crate::exchange::{self, Content};
use crate::hop::Hop;
use crate::meter::{AdditionalMetrics, Attempt};
use crate::plan::{Keep, Plan, Prepared};
use crate::redirect::{self, Next};
use crate::request::RequestBuilder;
use crate::response::Response;
use crate::session::Session;
use crate::stream::Open;

/// Puts `http()` on the context.
pub trait HttpContext {
    /// The HTTP client of this execution, which books on the context's
    /// transaction.
    ///
    /// ```
    /// use mite_core::journey::Context;
    /// use mite_core::error::Result;
    /// use mite_http::HttpContext;
    ///
    /// async fn journey(ctx: &Context) -> Result {
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
pub struct Http {
    pub(crate) ctx: Context,
    pub(crate) session: Arc<Session>,
}

macro_rules! verbs {
    ($($verb:ident $method:ident),*) => { $(
        #[doc = concat!("A `", stringify!($method), "` request.")]
        pub fn $verb(&self, url: impl AsRef<str>) -> RequestBuilder {
            RequestBuilder::new(self.clone(), Method::$method, url.as_ref())
        }
    )* };
}

impl Http {
    verbs!(get GET, post POST, put PUT, patch PATCH, delete DELETE, head HEAD, options OPTIONS);

    /// A request of any method, given as text or as [`Method`].
    ///
    /// ```
    /// # use mite_core::journey::Context;
    /// # use mite_http::HttpContext;
    /// # let ctx = Context::for_test();
    /// let request = ctx.http().request("PROPFIND", "http://h/files");
    /// assert_eq!(request.to_curl(), "curl -X PROPFIND http://h/files");
    /// ```
    pub fn request(&self, method: impl AsRef<str>, url: impl AsRef<str>) -> RequestBuilder {
        let text = method.as_ref();
        match Method::from_bytes(text.as_bytes()) {
            Ok(method) => RequestBuilder::new(self.clone(), method, url.as_ref()),
            Err(_) => RequestBuilder::new(self.clone(), Method::GET, url.as_ref())
                .refuse(format!("{text:?} is not a method")),
        }
    }

    /// The cookies that the jar of this execution holds.
    pub fn cookies(&self) -> Cookies {
        self.session.memory().jar.cookies()
    }

    /// Adds a cookie to the jar, as if `url` had set it with that text of a
    /// `Set-Cookie` header.
    ///
    /// # Panics
    /// If the URL is none, or the text is not a cookie.
    ///
    /// ```
    /// # use mite_core::journey::Context;
    /// # use mite_http::HttpContext;
    /// # let ctx = Context::for_test();
    /// ctx.http().set_cookie("https://shop.test/", "session=17; Path=/; Secure");
    /// assert_eq!(ctx.http().cookies().get("session"), Some("17"));
    /// ```
    #[track_caller]
    pub fn set_cookie(&self, url: &str, cookie: &str) {
        let url = url::Url::parse(url).unwrap_or_else(|e| panic!("{url:?} is not a URL: {e}"));
        if let Err(why) = self.session.memory().jar.insert(&url, cookie) {
            panic!("{cookie:?} is not a cookie of {url}: {why}");
        }
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
    pub fn default_header(&self, name: &str, value: &str) {
        let name = HeaderName::try_from(name)
            .unwrap_or_else(|_| panic!("{name:?} cannot be the name of a header"));
        let value = HeaderValue::try_from(value)
            .unwrap_or_else(|_| panic!("header `{name}` has a value that cannot be sent"));
        self.session.memory().headers.insert(name, value);
    }

    /// Calls `look` with every later response of this execution, also with
    /// those that redirect, before it is measured; what it inserts into its
    /// second argument becomes fields of that response's `http_metrics`. A
    /// name that `http_metrics` has already fails the request.
    ///
    /// ```
    /// # use mite_core::journey::Context;
    /// # use mite_http::HttpContext;
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

/// Sends a request and follows its redirects.
pub(crate) async fn run(prepared: &mut Prepared) -> Result<Response> {
    let Prepared { http, plan, hop } = prepared;
    let engine = match &http.session.engine {
        Ok(engine) => engine,
        Err(why) => return Err(hop.error(Failure::new(Kind::Request, &**why))),
    };
    let limit = plan.timeout.unwrap_or(engine.settings.timeout);
    let max_redirects = plan.max_redirects.unwrap_or(engine.settings.max_redirects);
    let _hold = http.ctx.hold_clock(limit);
    let mut now = Instant::now();
    let until = Deadline::after(now, limit);
    let mut history = Vec::new();
    loop {
        let mut response = attempts(http, engine, plan, hop, &until, now).await?;
        let next = if plan.follow { redirect::next(hop, &response) } else { Next::Stay };
        *hop = match next {
            Next::Stay => {
                response.set_history(history);
                return Ok(response);
            }
            Next::Nowhere(why) => return Err(hop.error(Failure::new(Kind::Protocol, why))),
            Next::Follow(_) if history.len() == max_redirects => {
                let cause = format!("there are more than {max_redirects} redirects");
                return Err(hop.error(Failure::new(Kind::TooManyRedirects, cause)));
            }
            Next::Follow(next) => *next,
        };
        history.push(response);
        now = Instant::now();
    }
}

/// One attempt; and another on a new connection if the first met a dead one
/// and the request can do no harm twice.
async fn attempts(
    http: &Http,
    engine: &Engine,
    plan: &Plan,
    hop: &Hop,
    until: &Deadline,
    now: Instant,
) -> Result<Response> {
    match attempt(http, engine, plan, hop, until, now, false).await {
        Err((_, true)) => {
            Box::pin(attempt(http, engine, plan, hop, until, Instant::now(), true)).await
        }
        result => result,
    }
    .map_err(|(error, _)| error)
}

/// One attempt, measured. An error says whether another one is worth it.
async fn attempt(
    http: &Http,
    engine: &Engine,
    plan: &Plan,
    hop: &Hop,
    until: &Deadline,
    now: Instant,
    fresh: bool,
) -> Result<Response, (Error, bool)> {
    let mut attempt = Attempt::start(&http.ctx, plan, hop, now);
    let session = &*http.session;
    let exchange = exchange::exchange(engine, session, plan, hop, fresh, until, &mut attempt.trace);
    let result = exchange.await;
    let curl = || hop.to_curl(&http.session.memory().jar, engine.settings.insecure);
    let max_body = engine.settings.max_body;
    let decode = |(head, content)| match content {
        Content::Unread(rest) => Ok((head, Bytes::new(), Some(rest))),
        Content::Read(body) if plan.keep == Keep::Nothing => Ok((head, body, None)),
        Content::Read(body) => hop.decode(&head, body, max_body).map(|body| (head, body, None)),
    };
    let (head, body, rest) = match result.and_then(decode) {
        Ok(received) => received,
        Err(failure) => {
            let failure = hop.blame(failure);
            attempt.fail(&failure);
            http.ctx.note_exchange(|| format!("{} -> {}: {}", curl(), failure.kind, failure.cause));
            let dead = attempt.met_dead_connection() && hop.is_repeatable();
            let unprocessed = attempt.trace.unprocessed && hop.upload.is_none();
            let again = !fresh && failure.kind == Kind::Closed && (dead || unprocessed);
            return Err((hop.error(failure), again));
        }
    };
    http.ctx.note_exchange(|| format!("{} -> {}", curl(), head.status.as_u16()));
    let on_response = {
        let mut memory = http.session.memory();
        if head.noticed.set_cookie {
            memory.jar.keep(&hop.target.url, head.headers());
        }
        memory.on_response.clone()
    };
    let mut response = Response::new(hop, head, body, &attempt.trace);
    let mut extra = AdditionalMetrics::default();
    if let Some(look) = on_response {
        look(&response, &mut extra);
    }
    if let Some(why) = extra.refused() {
        let failure = Failure::new(Kind::Request, why);
        attempt.succeed(&extra);
        return Err((hop.error(failure), false));
    }
    match rest {
        None => attempt.succeed(&extra),
        Some(rest) => {
            let trace = attempt.suspend();
            response.set_open(Open { rest, trace, extra, until: *until });
        }
    }
    Ok(response)
}
