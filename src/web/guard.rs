//! Who is let in.

use hyper::header::{HOST, ORIGIN};
use hyper::{HeaderMap, Method, StatusCode};

use super::address::Names;
use super::request::Request;
use super::response::Response;
use super::token::Token;

/// Refuses what comes by a name that is not this server's, or from a page of somebody
/// else's.
///
/// # Errors
/// The answer, if it is refused.
pub(super) fn check_names(headers: &HeaderMap, names: &Names) -> Result<(), Response> {
    let refuse = |text: String| Err(Response::text(StatusCode::FORBIDDEN, text));
    let host = match single(headers, HOST) {
        Some(Some(host)) => host,
        _ => return Err(Response::text(StatusCode::BAD_REQUEST, "one Host header is needed")),
    };
    if !names.know(host) {
        return refuse(format!(
            "this server does not know itself by the name `{host}`; if that is its name, start mite with --web-host NAME"
        ));
    }
    match single(headers, ORIGIN) {
        None => Ok(()),
        Some(Some(origin)) if is_own(origin, host) => Ok(()),
        Some(_) => refuse("asked by a page of somebody else's".to_owned()),
    }
}

/// The header, if there is one: its text, if it is one and is text.
fn single(headers: &HeaderMap, name: hyper::header::HeaderName) -> Option<Option<&str>> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?;
    Some(first.to_str().ok().filter(|_| all.next().is_none()))
}

/// Whether a page of `origin` came from `host`; a proxy may have encrypted it.
fn is_own(origin: &str, host: &str) -> bool {
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

/// Refuses what changes the run and comes without the token.
///
/// # Errors
/// The answer, if it is refused.
pub(super) fn check_token(request: &Request, token: &Token) -> Result<(), Response> {
    if *request.method() != Method::POST {
        return Ok(());
    }
    let bearer = request.header("authorization").and_then(|text| text.strip_prefix("Bearer "));
    let given = bearer.map(str::to_owned).or_else(|| request.query("token"));
    match given.is_some_and(|given| token.is(given.trim())) {
        true => Ok(()),
        false => Err(Response::text(
            StatusCode::UNAUTHORIZED,
            "the token is needed that mite printed when it started: `Authorization: Bearer TOKEN`, or ?token=TOKEN",
        )),
    }
}
