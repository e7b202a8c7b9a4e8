//! Where a response sends a request on to, by RFC 9110.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use mite_net::without_userinfo;

use crate::head::Head;
use crate::hop::Hop;
use crate::target::Target;

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
        let location = head.headers().get(header::LOCATION)?;
        let location = String::from_utf8_lossy(location.as_bytes()).into_owned();
        Some(Self { keeps_method, location })
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
        } else if next.credentials.is_none() && next.target.credentials.is_none() {
            next.credentials = hop.target.credentials.clone();
        }
        Ok(next)
    }

    fn target(&self, hop: &Hop) -> Result<std::sync::Arc<Target>, String> {
        let refused =
            |shown: &str, why: &str| format!("the redirect to {shown} cannot be followed: {why}");
        let joined = hop.target.url.join(&self.location);
        let mut url = joined
            .map_err(|error| refused(&without_userinfo(&self.location), &error.to_string()))?;
        if url.fragment().is_none() {
            url.set_fragment(hop.target.url.fragment());
        }
        Target::of_url(url).map_err(|invalid| refused(&invalid.shown, &invalid.why))
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
