//! One request to one target, as it goes over the wire.

use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::body::Upload;
use crate::cookie::Jar;
use crate::error::{Error, Failure, Kind};
use crate::head::Head;
use crate::target::{Credentials, Target};
use crate::{curl, encoding};

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
}

impl Hop {
    pub(crate) fn error(&self, failure: Failure) -> Error {
        failure.at(&self.method, self.target.url.as_str())
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
        for (name, value) in standard_headers(user_agent) {
            if !self.headers.contains_key(&name) {
                put(&name, value);
            }
        }
    }

    /// Calls `put` with the headers that are this request's own, but `Host`.
    pub(crate) fn each_own_header(
        &self,
        jar: &Jar,
        mut put: impl FnMut(&HeaderName, &HeaderValue),
    ) {
        if let Some(value) = self.authorization()
            && !self.headers.contains_key(header::AUTHORIZATION)
        {
            put(&header::AUTHORIZATION, &value);
        }
        if !self.headers.contains_key(header::COOKIE)
            && let Some(value) = self.cookie_header(jar)
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
            Some(credentials) => Some(credentials.header()),
            None => self.target.authorization.clone(),
        }
    }

    /// Cookies of the jar and of the request. One with a line break in it was
    /// refused when it was given.
    fn cookie_header(&self, jar: &Jar) -> Option<HeaderValue> {
        let mut text = String::new();
        jar.write(&self.target.url, &self.cookies, &mut text);
        if text.is_empty() { None } else { HeaderValue::try_from(text).ok() }
    }

    /// Undoes the encoding of a response's body, unless the journey asked for
    /// an encoding itself.
    pub(crate) fn decode(&self, head: &Head, body: Bytes, limit: u64) -> Result<Bytes, Failure> {
        if !head.noticed.content_encoding || self.headers.contains_key(header::ACCEPT_ENCODING) {
            return Ok(body);
        }
        match head.headers().get(header::CONTENT_ENCODING) {
            None => Ok(body),
            Some(encoding) => encoding::decode(encoding.as_bytes(), body, limit),
        }
    }

    pub(crate) fn to_curl(&self, jar: &Jar, insecure: bool) -> String {
        let mut cookies = String::new();
        if !self.headers.contains_key(header::COOKIE) {
            jar.write(&self.target.url, &self.cookies, &mut cookies);
        }
        curl::render(self, &cookies, insecure)
    }
}

/// The headers that every request has.
pub(crate) fn standard_headers(user_agent: &HeaderValue) -> [(HeaderName, &HeaderValue); 3] {
    static ACCEPT: HeaderValue = HeaderValue::from_static("*/*");
    static ENCODINGS: HeaderValue = HeaderValue::from_static(encoding::ACCEPTED);
    [
        (header::USER_AGENT, user_agent),
        (header::ACCEPT, &ACCEPT),
        (header::ACCEPT_ENCODING, &ENCODINGS),
    ]
}
