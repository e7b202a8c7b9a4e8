//! Cookies that servers set.

use http::header::{HeaderMap, HeaderValue, SET_COOKIE};
use tokio::time::Instant;
use url::Url;

use super::split;
use crate::cookie::{Cookies, Jar, Now};

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
    let now = Now { instant: Instant::now(), wall: 1.8e9 };
    jar.keep(&from, &headers, now);
    let given = Cookies::set_by(&headers);
    let kept = jar.cookies(now.instant);
    assert!(kept.len() <= given.len(), "{kept:?} of {given:?}");

    let sent = |to: &Url| {
        let mut value = Vec::new();
        jar.write(to, &[], now.instant, &mut value);
        value
    };
    assert_eq!(sent(&url("https://elsewhere.example/a/b")), b"");
    let mut clear = from.clone();
    clear.set_scheme("http").expect("both are schemes of the web");
    let in_clear = sent(&clear);
    for cookie in kept.iter().filter(|cookie| cookie.secure) {
        // Names may be in bytes that are no text, so only the value is compared.
        let value = [b"=", cookie.value_bytes()].concat();
        let open = kept.iter().any(|c| !c.secure && c.value_bytes() == cookie.value_bytes());
        let pairs = || in_clear.split(|b| *b == b';');
        assert!(
            open || pairs().all(|sent| !sent.ends_with(&value)),
            "{cookie:?} goes in the clear"
        );
    }
    for value in [in_clear, sent(&from)] {
        assert!(HeaderValue::from_bytes(&value).is_ok(), "{value:?} cannot be sent");
    }
}
