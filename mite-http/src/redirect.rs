//! Where a response sends a request on to, by RFC 9110.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};

use crate::head::Head;
use crate::hop::Hop;
use crate::response::Response;
use crate::target::Target;

/// What a response asks for.
pub(crate) enum Next {
    /// It is the answer.
    Stay,
    /// This request.
    Follow(Box<Hop>),
    /// A place that cannot be gone to, and why.
    Nowhere(String),
}

/// Whether a response is one that [`next`] may follow.
pub(crate) fn is_one(head: &Head) -> bool {
    matches!(head.status.as_u16(), 301 | 302 | 303 | 307 | 308)
        && head.headers().contains_key(header::LOCATION)
}

/// What `response`, the answer to `hop`, asks for.
pub(crate) fn next(hop: &Hop, response: &Response) -> Next {
    let keeps_method = match response.status() {
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER => false,
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
        _ => return Next::Stay,
    };
    let Some(location) = response.headers().get(header::LOCATION) else { return Next::Stay };
    let location = String::from_utf8_lossy(location.as_bytes());
    if keeps_method && hop.upload.is_some() {
        // What was streamed cannot be sent again.
        return Next::Stay;
    }
    let target = match hop.target.url.join(&location) {
        Ok(mut url) => {
            if url.fragment().is_none() {
                url.set_fragment(hop.target.url.fragment());
            }
            Target::of_url(url)
        }
        Err(error) => {
            let shown = crate::target::without_userinfo(&location);
            return Next::Nowhere(format!("the redirect to {shown} cannot be followed: {error}"));
        }
    };
    let target = match target {
        Ok(target) => target,
        Err(e) => {
            return Next::Nowhere(format!(
                "the redirect to {} cannot be followed: {}",
                e.shown, e.why
            ));
        }
    };
    let mut next = Hop { target, ..hop.clone() };
    if !keeps_method {
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
    Next::Follow(Box::new(next))
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
