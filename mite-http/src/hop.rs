//! One request to one target, as it goes over the wire.

use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use mite_net::{Credentials, shown_url};
use tokio::time::Instant;

use crate::body::Upload;
use crate::cookie::Jar;
use crate::error::{Error, Failure, Kind};
use crate::head::Head;
use crate::held::Limits;
use crate::target::{Target, authorization};
use crate::{encoding, wire};

/// One request as it goes to one target: what a redirect turns into another.
#[derive(Clone)]
pub(crate) struct Hop {
    pub(crate) method: Method,
    pub(crate) target: Arc<Target>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// A body that is streamed, in place of `body`.
    pub(crate) upload: Option<Upload>,
    pub(crate) cookies: Vec<(String, String)>,
    pub(crate) credentials: Option<Credentials>,
    /// Headers that mite would add, and is not to.
    pub(crate) left_out: LeftOut,
}

/// Names of headers. Hardly any request has some, so that they are kept elsewhere.
#[derive(Clone, Default)]
pub(crate) struct LeftOut(Option<Box<[HeaderName]>>);

impl LeftOut {
    pub(crate) fn push(&mut self, name: HeaderName) {
        let mut names = self.0.take().unwrap_or_default().into_vec();
        names.push(name);
        self.0 = Some(names.into());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn contains(&self, name: &HeaderName) -> bool {
        self.0.as_ref().is_some_and(|names| names.contains(name))
    }
}

impl Hop {
    pub(crate) fn error(&self, failure: Failure) -> Error {
        failure.at(&self.method, &shown_url(self.target.url.as_str()))
    }

    /// Whether it can be sent twice without harm.
    pub(crate) fn is_repeatable(&self) -> bool {
        self.method.is_idempotent() && self.upload.is_none()
    }

    /// A failure, or its cause if that is the body that was to be sent.
    pub(crate) fn blame(&self, failure: Failure) -> Failure {
        match self.upload.as_ref().and_then(Upload::failure) {
            Some(why) => Failure::new(Kind::Request, format!("its body could not be sent: {why}")),
            None => failure,
        }
    }

    /// The `Host` header.
    pub(crate) fn host(&self) -> &HeaderValue {
        self.headers.get(header::HOST).unwrap_or(&self.target.host)
    }

    /// Calls `put` with the headers that every request has, unless it has its own.
    pub(crate) fn each_standard_header(
        &self,
        user_agent: &HeaderValue,
        mut put: impl FnMut(&HeaderName, &HeaderValue),
    ) {
        for (name, value) in wire::standard_headers(user_agent) {
            if self.wants(&name) {
                put(&name, value);
            }
        }
    }

    /// Whether all of the standard headers are to be sent as they are.
    pub(crate) fn has_standard_headers(&self) -> bool {
        self.headers.is_empty() && self.left_out.is_empty()
    }

    /// Whether a header is to be added that it neither has nor leaves out.
    fn wants(&self, name: &HeaderName) -> bool {
        !self.headers.contains_key(name) && !self.left_out.contains(name)
    }

    /// Calls `put` with the headers that are this request's own, but `Host`.
    pub(crate) fn each_own_header(
        &self,
        jar: &Jar,
        now: Instant,
        mut put: impl FnMut(&HeaderName, &HeaderValue),
    ) {
        if let Some(value) = self.authorization()
            && self.wants(&header::AUTHORIZATION)
        {
            put(&header::AUTHORIZATION, &value);
        }
        if !(jar.is_empty() && self.cookies.is_empty())
            && self.wants(&header::COOKIE)
            && let Some(value) = self.cookie_header(jar, now)
        {
            put(&header::COOKIE, &value);
        }
        for (name, value) in &self.headers {
            if name != header::HOST {
                put(name, value);
            }
        }
    }

    fn authorization(&self) -> Option<HeaderValue> {
        match &self.credentials {
            Some(credentials) => Some(authorization(credentials)),
            None => self.target.authorization.clone(),
        }
    }

    /// Cookies of the jar and of the request. One with a line break in it was
    /// refused when it was given.
    pub(crate) fn cookie_header(&self, jar: &Jar, now: Instant) -> Option<HeaderValue> {
        let mut value = Vec::new();
        jar.write(&self.target.url, &self.cookies, now, &mut value);
        if value.is_empty() { None } else { HeaderValue::from_bytes(&value).ok() }
    }

    /// Whether an encoding of a response's body is to be undone.
    pub(crate) fn is_to_decode(&self, head: &Head) -> bool {
        head.noticed.transfer_coding || self.is_to_decode_content(head)
    }

    /// Not if the journey asked for an encoding itself.
    fn is_to_decode_content(&self, head: &Head) -> bool {
        head.noticed.content_encoding && !self.headers.contains_key(header::ACCEPT_ENCODING)
    }

    /// Undoes the encodings of a response's body: those of the transfer came last.
    pub(crate) async fn decode(
        &self,
        head: &Head,
        body: Bytes,
        limits: Limits,
    ) -> Result<Bytes, Failure> {
        let lines = |name| head.headers().get_all(name).iter().map(HeaderValue::as_bytes);
        let content = self.is_to_decode_content(head).then(|| lines(header::CONTENT_ENCODING));
        let transfer = lines(header::TRANSFER_ENCODING).filter(|_| head.noticed.transfer_coding);
        let codings: Vec<_> = content.into_iter().flatten().chain(transfer).collect();
        // A list on several lines is one list (RFC 9110, section 5.3).
        let decoded = encoding::decode(&codings.join(&b","[..]), body, limits).await;
        decoded.map_err(|failure| Failure {
            cause: format!("answered {}; {}", head.status.as_u16(), failure.cause),
            ..failure
        })
    }
}
