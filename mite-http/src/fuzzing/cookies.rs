//! Cookies that servers set.

use http::header::{HeaderMap, HeaderValue, SET_COOKIE};
use url::Url;

use super::split;
use crate::cookie::{Cookies, Jar};

/// Cookies stay with their host, secure ones with TLS; and none of them makes a
/// header that cannot be sent, which would keep the others back. Each line is the
/// value of a header.
pub fn cookies(input: &[u8]) {
    let Some((choice, bytes)) = split(input) else { return };
    let mut headers = HeaderMap::new();
    for line in bytes.split(|b| *b == b'\n').take(50) {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(SET_COOKIE, value);
        }
    }
    let url = |text: &str| Url::parse(text).expect("it is a URL");
    let from = ["https://shop.test/a/b", "http://www.shop.test/", "https://10.0.0.1/a/"];
    let from = url(from[usize::from(choice) % 3]);
    let mut jar = Jar::default();
    jar.keep(&from, &headers);
    let given = Cookies::set_by(&headers);
    let kept = jar.cookies();
    assert!(kept.len() <= given.len(), "{kept:?} of {given:?}");

    let sent = |to: &Url| {
        let mut text = String::new();
        jar.write(to, &[], &mut text);
        text
    };
    assert_eq!(sent(&url("https://elsewhere.example/a/b")), "");
    let mut clear = from.clone();
    clear.set_scheme("http").expect("both are schemes of the web");
    let in_clear = sent(&clear);
    for cookie in kept.iter().filter(|cookie| cookie.secure) {
        let pair = format!("{}={}", cookie.name, cookie.value);
        let open =
            kept.iter().any(|c| !c.secure && (&c.name, &c.value) == (&cookie.name, &cookie.value));
        assert!(open || in_clear.split("; ").all(|sent| sent != pair), "{pair} in {in_clear}");
    }
    for text in [in_clear, sent(&from)] {
        assert!(HeaderValue::from_str(&text).is_ok(), "{text:?} cannot be sent");
    }
}
