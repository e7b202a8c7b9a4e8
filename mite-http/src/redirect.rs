//! Where a response sends a request on to, by RFC 9110.

use std::fmt::Write;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use mite_net::shown_url;
use url::Url;

use crate::head::Head;
use crate::hop::Hop;
use crate::target::{self, Target};

/// A redirect that can be followed, as far as the head of the response tells.
pub(crate) struct Redirect {
    keeps_method: bool,
    location: String,
}

impl Redirect {
    /// The redirect that `head`, the answer to `hop`, is; none if it is to be
    /// taken as the response.
    pub(crate) fn of(hop: &Hop, head: &Head) -> Option<Self> {
        let keeps_method = match head.status {
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER => false,
            StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
            _ => return None,
        };
        if keeps_method && hop.upload.is_some() {
            // What was streamed cannot be sent again.
            return None;
        }
        // With an empty `Location` it is a response, not a redirect.
        let location = head.headers().get(header::LOCATION)?.as_bytes().trim_ascii();
        (!location.is_empty()).then(|| Self { keeps_method, location: escaped(location) })
    }

    /// The request that it turns `hop` into.
    ///
    /// # Errors
    /// If its location cannot be gone to: why.
    pub(crate) fn next(&self, hop: &Hop) -> Result<Hop, String> {
        let mut next = Hop { target: self.target(hop)?, ..hop.clone() };
        if !self.keeps_method {
            if next.method != Method::HEAD {
                next.method = Method::GET;
            }
            next.body = Bytes::new();
            next.upload = None;
            remove_content_headers(&mut next.headers);
        }
        if next.target.origin != hop.target.origin {
            for name in
                [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION, header::HOST]
            {
                next.headers.remove(name);
            }
            next.credentials = None;
            next.cookies.clear();
            shorten_referer(&mut next.headers, &next.target.url);
        } else if next.credentials.is_none() && next.target.credentials.is_none() {
            next.credentials = hop.target.credentials.clone();
        }
        Ok(next)
    }

    fn target(&self, hop: &Hop) -> Result<std::sync::Arc<Target>, String> {
        let refused =
            |shown: &str, why: &str| format!("the redirect to {shown} cannot be followed: {why}");
        let (location, zone) = target::split_zone(&self.location);
        let joined = hop.target.url.join(&location);
        let mut url =
            joined.map_err(|error| refused(&shown_url(&self.location), &error.to_string()))?;
        if url.fragment().is_none() {
            url.set_fragment(hop.target.url.fragment());
        }
        // Within a host, the interface that it is reached by stays the same.
        let same = url.host() == hop.target.url.host();
        let zone = zone.as_deref().or(hop.target.origin.zone().filter(|_| same));
        Target::of_url(url, zone).map_err(|invalid| refused(&invalid.shown, &invalid.why))
    }
}

/// As text: bytes that are none are percent-encoded, which is what they are sent as.
fn escaped(location: &[u8]) -> String {
    match std::str::from_utf8(location) {
        Ok(text) => text.to_owned(),
        Err(_) => location.iter().fold(String::new(), |mut out, byte| {
            match byte.is_ascii() {
                true => out.push(char::from(*byte)),
                // Writing to a String cannot fail.
                false => drop(write!(out, "%{byte:02X}")),
            }
            out
        }),
    }
}

/// Another origin is told of a page only where that is, as browsers do it: its query may
/// hold a secret. Nothing is told without TLS of what came by TLS.
fn shorten_referer(headers: &mut HeaderMap, to: &Url) {
    let Some(before) = headers.get(header::REFERER) else { return };
    let page = before.to_str().ok().and_then(|text| Url::parse(text).ok());
    match page.filter(|page| page.scheme() != "https" || to.scheme() == "https") {
        Some(page) if page.origin() == to.origin() => {}
        Some(page) => {
            let origin = format!("{}/", page.origin().ascii_serialization());
            // Which a header can hold, if the URL could.
            if let Ok(origin) = HeaderValue::from_str(&origin) {
                headers.insert(header::REFERER, origin);
            }
        }
        None => drop(headers.remove(header::REFERER)),
    }
}

fn remove_content_headers(headers: &mut HeaderMap) {
    for name in [
        header::CONTENT_TYPE,
        header::CONTENT_LENGTH,
        header::CONTENT_ENCODING,
        header::CONTENT_LANGUAGE,
        header::CONTENT_LOCATION,
        header::TRANSFER_ENCODING,
        header::EXPECT,
    ] {
        headers.remove(name);
    }
}
