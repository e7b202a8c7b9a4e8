//! Requests: how they are built.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use mite_core::label::Label;
use mite_net::{Credentials, shown_url};
use serde::Serialize;

use crate::body::Body;
use crate::client::Http;
use crate::curl::{Command, Shown};
use crate::error::{Failure, Kind, Result};
use crate::hop::{Hop, LeftOut};
use crate::multipart::Multipart;
use crate::plan::{Keep, Plan};
use crate::prepared::Prepared;
use crate::response::Response;
use crate::send;
use crate::stream::StreamingResponse;
use crate::target::Target;

/// A request that is being built; [`send`](Self::send) sends it. Mistakes are
/// kept until then, so that the calls can be chained.
///
/// ```
/// use mite::prelude::*;
///
/// async fn sign_up(ctx: &Context, user: &str) -> mite::Result<u64> {
///     let response = ctx
///         .http()
///         .post("http://127.0.0.1:8080/users")
///         .query(&[("source", "load test")])
///         .header("x-request-id", "17")
///         .json(&serde_json::json!({ "name": user }))
///         .send()
///         .await?;
///     Ok(response.expect_status(201)?.json()?)
/// }
/// ```
#[must_use = "a request does nothing until it is sent"]
#[doc(alias("sampler", "http_request"))]
pub struct RequestBuilder {
    http: Http,
    method: Method,
    target: Result<Arc<Target>, String>,
    headers: HeaderMap,
    /// The body, and which call gave it.
    body: Option<(Body, &'static str)>,
    content_type: Option<HeaderValue>,
    cookies: Vec<(String, String)>,
    credentials: Option<Credentials>,
    left_out: LeftOut,
    plan: Plan,
    refused: Option<String>,
}

impl RequestBuilder {
    pub(crate) fn new(http: Http, method: Method, url: &str) -> Self {
        let (target, refused) = match Target::of(url) {
            Ok(target) => (Ok(target), None),
            Err(invalid) => (Err(invalid.shown), Some(invalid.why)),
        };
        Self {
            http,
            method,
            target,
            headers: HeaderMap::new(),
            body: None,
            content_type: None,
            cookies: Vec::new(),
            credentials: None,
            left_out: LeftOut::default(),
            plan: Plan::default(),
            refused,
        }
    }

    /// Makes `send` fail; the first reason counts.
    pub(crate) fn refuse(mut self, why: impl Into<String>) -> Self {
        self.refused.get_or_insert_with(|| why.into());
        self
    }

    /// Adds a header.
    pub fn header<K, V>(mut self, name: K, value: V) -> Self
    where
        HeaderName: TryFrom<K>,
        HeaderValue: TryFrom<V>,
    {
        let Ok(name) = HeaderName::try_from(name) else {
            return self.refuse("the name of a header has a character that none may have");
        };
        match HeaderValue::try_from(value) {
            Ok(value) => {
                self.headers.append(name, value);
                self
            }
            Err(_) => self.refuse(format!(
                "the value of header `{name}` cannot be sent: it has line breaks or control characters"
            )),
        }
    }

    /// Leaves out a header that would be added: one that every request has
    /// (`user-agent`, `accept`, `accept-encoding`), one of
    /// [`default_header`](Http::default_header), the content type of the body, the
    /// credentials of the URL, or the cookies of the jar. What says where the request
    /// goes and where it ends cannot be left out.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # async fn journey(ctx: &Context) -> mite::Result {
    /// let page = ctx.http().get("http://127.0.0.1:8080/").without_header("user-agent");
    /// page.send().await?.expect_status(403)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn without_header(mut self, name: impl AsRef<str>) -> Self {
        const NEEDED: [HeaderName; 4] =
            [header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION];
        match HeaderName::try_from(name.as_ref()) {
            Ok(name) if NEEDED.contains(&name) => {
                self.refuse(format!("header `{name}` cannot be left out"))
            }
            Ok(name) => {
                self.left_out.push(name);
                self
            }
            Err(_) => self.refuse("the name of a header has a character that none may have"),
        }
    }

    /// Adds headers, in place of those of the same names.
    pub fn headers(mut self, headers: HeaderMap) -> Self {
        self.headers.extend(headers);
        self
    }

    /// Adds to the URL's query whatever serializes to pairs.
    pub fn query<T: Serialize + ?Sized>(mut self, query: &T) -> Self {
        let added = match serde_urlencoded::to_string(query) {
            Ok(added) => added,
            Err(error) => return self.refuse(format!("its query cannot be encoded: {error}")),
        };
        let Ok(target) = &self.target else { return self };
        if added.is_empty() {
            return self;
        }
        let mut url = target.url.clone();
        let joined = match url.query() {
            Some(query) if !query.is_empty() => format!("{query}&{added}"),
            _ => added,
        };
        url.set_query(Some(&joined));
        let credentials = target.credentials.clone();
        match Target::of_url(url, target.origin.zone()) {
            Ok(target) => {
                self.target = Ok(target);
                self.credentials = self.credentials.or(credentials);
                self
            }
            Err(invalid) => self.refuse(invalid.why),
        }
    }

    /// Sends `value` as JSON, with that content type unless a header gives another.
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => {
                let json = HeaderValue::from_static("application/json");
                self.set_body(body.into(), "json", Some(json))
            }
            Err(error) => self.refuse(format!("its body cannot be written as JSON: {error}")),
        }
    }

    /// Sends `value`, whatever serializes to pairs, as a form.
    pub fn form<T: Serialize + ?Sized>(self, value: &T) -> Self {
        match serde_urlencoded::to_string(value) {
            Ok(body) => {
                let form = HeaderValue::from_static("application/x-www-form-urlencoded");
                self.set_body(body.into(), "form", Some(form))
            }
            Err(error) => self.refuse(format!("its body cannot be written as a form: {error}")),
        }
    }

    /// Sends a form with files in it.
    pub fn multipart(self, form: Multipart) -> Self {
        let content_type = HeaderValue::try_from(form.content_type())
            .expect("a boundary has only letters and digits");
        self.set_body(form.into_body(), "multipart", Some(content_type))
    }

    /// Sends these bytes, this text or this stream, without a content type.
    pub fn body(self, body: impl Into<Body>) -> Self {
        self.set_body(body.into(), "body", None)
    }

    fn set_body(
        mut self,
        body: Body,
        call: &'static str,
        content_type: Option<HeaderValue>,
    ) -> Self {
        if let Some((_, other)) = self.body {
            return self.refuse(format!("both {other} and {call} give it a body; use one of them"));
        }
        self.body = Some((body, call));
        self.content_type = content_type;
        self
    }

    /// Authorizes with a name and a password. Those in the URL do the same.
    pub fn basic_auth(mut self, user: impl Display, password: impl Display) -> Self {
        let (user, password) = (user.to_string(), password.to_string());
        self.credentials = Some(Credentials::new(user, password));
        self
    }

    /// Authorizes with a token.
    pub fn bearer_auth(mut self, token: impl Display) -> Self {
        match HeaderValue::try_from(format!("Bearer {token}")) {
            Ok(mut value) => {
                value.set_sensitive(true);
                self.headers.insert(header::AUTHORIZATION, value);
                self
            }
            Err(_) => self.refuse("its bearer token has line breaks or control characters"),
        }
    }

    /// Sends a cookie with this request; the jar does not keep it.
    pub fn cookie(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        if HeaderValue::from_str(&name).is_err() || HeaderValue::from_str(&value).is_err() {
            return self.refuse(format!("cookie {name:?} has line breaks or control characters"));
        }
        self.cookies.push((name, value));
        self
    }

    /// The time for the whole request, its redirects included.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.plan.timeout = Some(timeout);
        self
    }

    /// How many redirects are followed; one more is an error.
    pub fn max_redirects(mut self, n: usize) -> Self {
        self.plan.max_redirects = Some(n);
        self
    }

    /// Reads the response's body to its end and counts its bytes, but keeps none.
    #[doc(alias = "discardResponseBodies")]
    pub fn discard_body(mut self) -> Self {
        self.plan.keep = Keep::Nothing;
        self
    }

    /// Takes a redirect as the response.
    pub fn no_redirects(mut self) -> Self {
        self.plan.follow = false;
        self
    }

    /// Adds a tag to the `http_metrics` of this request. The tag `name` is also
    /// what the request is counted as, instead of its method and path.
    #[doc(alias("name", "group"))]
    pub fn tag(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        if name == "name" {
            self.plan.name = Some(Label::intern(&value));
        }
        self.plan.tags.push((name, value));
        self
    }

    /// The request as a command for a shell, credentials included.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # let ctx = Context::for_test();
    /// let request = ctx.http().post("http://h/x?a=1&b=2").header("x-a", "it's").body("hi");
    /// assert_eq!(
    ///     request.to_curl(),
    ///     r"curl -X POST -H 'x-a: it'\''s' -H content-type: --data-raw hi 'http://h/x?a=1&b=2'"
    /// );
    /// ```
    pub fn to_curl(&self) -> String {
        match (&self.target, &self.refused) {
            (Ok(target), None) => {
                let memory = self.http.session.memory();
                let insecure = self.http.session.engine.as_ref().is_ok_and(|e| e.settings.insecure);
                let hop = self.hop(target.clone(), memory.headers.as_deref());
                Command { hop: &hop, jar: &memory.jar, insecure, shown: Shown::Whole }.to_string()
            }
            (target, why) => {
                let url = target.as_ref().map_or_else(|shown| shown.clone(), |t| shown_of(t));
                let why = why.as_deref().unwrap_or("its URL is not valid");
                format!("# {} {url} cannot be sent: {why}", self.method)
            }
        }
    }

    fn hop(&self, target: Arc<Target>, defaults: Option<&HeaderMap>) -> Hop {
        let body = self.body.as_ref().map(|(body, _)| body.clone()).unwrap_or_default();
        let headers = self.headers.clone();
        let content_type = self.content_type.clone();
        Hop {
            method: self.method.clone(),
            target,
            headers: with_defaults(headers, content_type, defaults, &self.left_out),
            body: body.bytes,
            upload: body.upload,
            cookies: self.cookies.clone(),
            credentials: self.credentials.clone(),
            left_out: self.left_out.clone(),
        }
    }

    fn prepare(self) -> Result<Box<Prepared>> {
        let target = match (self.target, self.refused) {
            (Ok(target), None) => target,
            (target, why) => {
                let url = target.map_or_else(|shown| shown, |t| shown_of(&t));
                let why = why.unwrap_or_else(|| "its URL is not valid".to_owned());
                return Err(Failure::new(Kind::Request, why).at(&self.method, &url));
            }
        };
        let memory = self.http.session.memory();
        let headers = with_defaults(
            self.headers,
            self.content_type,
            memory.headers.as_deref(),
            &self.left_out,
        );
        drop(memory);
        let body = self.body.map(|(body, _)| body).unwrap_or_default();
        let hop = Hop {
            method: self.method,
            target,
            headers,
            body: body.bytes,
            upload: body.upload,
            cookies: self.cookies,
            credentials: self.credentials,
            left_out: self.left_out,
        };
        Ok(Box::new(Prepared { http: self.http, plan: self.plan, hop }))
    }

    /// Sends it and waits for the whole response, redirects followed. A status
    /// such as 500 is a response like any other; see
    /// [`expect_status`](Response::expect_status).
    ///
    /// # Errors
    /// If it cannot be sent as it was built, or no whole response came; the
    /// [kind](crate::Error::kind) tells what happened.
    pub fn send(self) -> impl Future<Output = Result<Response>> + Send + use<> {
        // A journey's future holds this one for as long as the journey runs, so
        // what it holds is kept on the heap until it is sent.
        let mut prepared = self.prepare().map_err(Some);
        async move {
            match &mut prepared {
                Ok(prepared) => send::send(prepared).await.map(|(response, _)| response),
                Err(error) => Err(error.take().expect("no future runs twice")),
            }
        }
    }

    /// Sends it and waits for the head of the response, redirects followed; the
    /// journey then reads the body as it comes. No encoding of the body is
    /// offered to the server, so that a piece is there when it was sent.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # async fn journey(ctx: &Context) -> mite::Result {
    /// let mut answer = ctx.http().get("http://127.0.0.1:8080/log").send_streaming().await?;
    /// answer.expect_status(200)?;
    /// while let Some(piece) = answer.chunk().await? {
    ///     if piece.ends_with(b"done\n") {
    ///         break;
    ///     }
    /// }
    /// answer.finish();
    /// # Ok(())
    /// # }
    /// ```
    pub fn send_streaming(
        mut self,
    ) -> impl Future<Output = Result<StreamingResponse>> + Send + use<> {
        self.plan.keep = Keep::Stream;
        if !self.headers.contains_key(header::ACCEPT_ENCODING) {
            self.headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        let prepared = self.prepare();
        async move {
            let mut prepared = prepared?;
            let (head, open) = send::send(&mut prepared).await?;
            let open = open.expect("the body of a streamed response is still to be read");
            Ok(StreamingResponse::new(prepared, head, open))
        }
    }
}

fn shown_of(target: &Target) -> String {
    shown_url(target.url.as_str()).into_owned()
}

/// The headers of a request over those of its body and of the session.
fn with_defaults(
    mut headers: HeaderMap,
    content_type: Option<HeaderValue>,
    defaults: Option<&HeaderMap>,
    left_out: &LeftOut,
) -> HeaderMap {
    if let Some(content_type) = content_type
        && !headers.contains_key(header::CONTENT_TYPE)
        && !left_out.contains(&header::CONTENT_TYPE)
    {
        headers.insert(header::CONTENT_TYPE, content_type);
    }
    for (name, value) in defaults.into_iter().flatten() {
        if !left_out.contains(name) {
            headers.entry(name).or_insert_with(|| value.clone());
        }
    }
    headers
}
