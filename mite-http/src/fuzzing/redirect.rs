//! Where redirects lead.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, StatusCode};

use super::split;
use crate::head::Head;
use crate::hop::{Hop, LeftOut};
use crate::redirect::Redirect;
use crate::target::Target;

const PASSWORD: &str = "s3cretword";

/// A redirect leads to a URL that can be written into a request, without credentials
/// in it; what is the origin's stays there; and no error shows a password.
pub fn redirect(input: &[u8]) {
    let Some((choice, bytes)) = split(input) else { return };
    let choice = usize::from(choice);
    let from = ["http://bob:s3cretword@h.test/a/b?c#d", "https://[::1]:8443/", "http://10.0.0.1"];
    let Ok(target) = Target::parse(from[choice % 3]) else { unreachable!("they are targets") };
    let mut headers = HeaderMap::new();
    for name in [header::AUTHORIZATION, header::COOKIE, header::HOST, header::CONTENT_TYPE] {
        headers.insert(name, HeaderValue::from_static(PASSWORD));
    }
    let hop = Hop {
        method: [Method::GET, Method::POST, Method::HEAD][choice / 3 % 3].clone(),
        target,
        headers,
        body: Bytes::from_static(b"body"),
        upload: None,
        cookies: vec![("session".to_owned(), PASSWORD.to_owned())],
        credentials: None,
        left_out: LeftOut::default(),
    };
    let status = [301, 302, 303, 307, 308][choice / 9 % 5];
    // The password of the second is one, wherever the bytes have their own.
    let has_own = bytes.windows(PASSWORD.len()).any(|part| part == PASSWORD.as_bytes());
    let second = [b"http://bob:s3cretword@", bytes].concat();
    for (location, shows) in [(bytes, true), (&second, has_own)] {
        let Ok(location) = HeaderValue::from_bytes(location) else { continue };
        let mut headers = HeaderMap::new();
        headers.insert(header::LOCATION, location);
        let status = StatusCode::from_u16(status).expect("it is one");
        let head = Head::of_h2(status, headers);
        let Some(redirect) = Redirect::of(&hop, &head) else {
            assert!(head.headers()[header::LOCATION].as_bytes().trim_ascii().is_empty());
            continue;
        };
        match redirect.next(&hop) {
            Ok(next) => check(&hop, &next, status),
            Err(why) => assert!(shows || !why.contains(PASSWORD), "{why}"),
        }
    }
}

fn check(hop: &Hop, next: &Hop, status: StatusCode) {
    let url = &next.target.url;
    assert!(["http", "https"].contains(&url.scheme()), "{url}");
    assert!(url.username().is_empty() && url.password().is_none(), "{url}");
    let line = next.target.uri.path_and_query().map_or("", |path| path.as_str());
    assert!(line.starts_with('/') && line.bytes().all(|b| b > b' ' && b != 0x7f), "{line:?}");
    assert!(!next.target.host.is_empty() && !next.target.host.as_bytes().contains(&b' '));
    match Target::parse(url.as_str()) {
        Ok(again) => {
            assert_eq!(again.url, *url);
            assert_eq!(again.origin, next.target.origin);
        }
        Err(invalid) => panic!("{url} is no target any more: {}", invalid.why),
    }
    let keeps_method = [307, 308].contains(&status.as_u16());
    assert_eq!(next.body.is_empty(), !keeps_method);
    assert_eq!(next.headers.contains_key(header::CONTENT_TYPE), keeps_method);
    match keeps_method || hop.method == Method::HEAD {
        true => assert_eq!(next.method, hop.method),
        false => assert_eq!(next.method, Method::GET),
    }
    let at_home = next.target.origin == hop.target.origin;
    for name in [header::AUTHORIZATION, header::COOKIE, header::HOST] {
        assert_eq!(next.headers.contains_key(&name), at_home, "{name} to {url}");
    }
    assert_eq!(next.cookies.is_empty(), !at_home, "to {url}");
    assert!(at_home || next.credentials.is_none(), "to {url}");
}
