//! What a page is called in the requests that it makes: `Referer`, by the W3C's Referrer
//! Policy.

use http::HeaderMap;
use scraper::{ElementRef, Html};
use url::Url;

use super::element::known;

/// What others are told of a page. Policies that would tell another origin more than the
/// page's origin (`unsafe-url`, `no-referrer-when-downgrade`) are not obeyed: a query may
/// hold a secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Policy {
    /// Nobody is told.
    None,
    /// Only its own origin is told.
    SameOrigin,
    /// Everybody is told the origin, and no more.
    Origin,
    /// Its own origin is told the address, others the origin.
    #[default]
    OriginAcrossOrigins,
}

impl Policy {
    /// By its name; none if there is no such policy.
    fn of(name: &str) -> Option<Self> {
        Some(match &*name.trim().to_ascii_lowercase() {
            "no-referrer" | "never" => Self::None,
            "same-origin" => Self::SameOrigin,
            "origin" | "strict-origin" => Self::Origin,
            "strict-origin-when-cross-origin"
            | "origin-when-cross-origin"
            | "origin-when-crossorigin"
            | "no-referrer-when-downgrade"
            | "unsafe-url"
            | "default"
            | "always" => Self::OriginAcrossOrigins,
            _ => return None,
        })
    }

    /// What a response says: the last policy of its headers that is one.
    pub(super) fn of_response(headers: &HeaderMap) -> Self {
        let values = headers.get_all(http::header::REFERRER_POLICY);
        let values = values.iter().filter_map(|value| value.to_str().ok());
        values
            .flat_map(|value| value.split(','))
            .filter_map(Self::of)
            .next_back()
            .unwrap_or_default()
    }

    /// What a page says in its `meta` elements; otherwise what its response said.
    pub(super) fn of_page(html: &Html, response: Self) -> Self {
        let selector = known("meta[name=referrer i][content]");
        let all = html.select(&selector);
        all.filter_map(|meta| Self::of(meta.value().attr("content")?))
            .next_back()
            .unwrap_or(response)
    }

    /// What an element says of what it leads to; otherwise what its page says.
    pub(super) fn of_element(element: ElementRef<'_>, page: Self) -> Self {
        let of = |name: &str| element.value().attr(name);
        let rel = of("rel").unwrap_or_default();
        if rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("noreferrer")) {
            return Self::None;
        }
        of("referrerpolicy").and_then(Self::of).unwrap_or(page)
    }

    /// The `Referer` of a request to `to`, made by what is at `by`; none if there is none.
    pub(super) fn referer(self, by: &Url, to: &Url) -> Option<String> {
        let is_same = by.origin() == to.origin();
        let is_downgrade = by.scheme() == "https" && to.scheme() == "http";
        match self {
            Self::None => None,
            _ if is_downgrade => None,
            Self::SameOrigin if !is_same => None,
            Self::SameOrigin | Self::OriginAcrossOrigins if is_same => Some(address(by)),
            _ => Some(format!("{}/", by.origin().ascii_serialization())),
        }
    }
}

/// Without what is nobody's business.
fn address(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    // They can be taken from every URL that has a host.
    let _ = (url.set_username(""), url.set_password(None));
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_of_a_page_to_whom() {
        let page = "https://ann:pw@shop.test/basket?token=1#top";
        let (full, origin) = ("https://shop.test/basket?token=1", "https://shop.test/");
        let (same, other, plain) =
            ("https://shop.test/x", "https://cdn.test/x", "http://shop.test/x");
        type Row = (&'static str, [Option<&'static str>; 3]);
        let table: [Row; 10] = [
            ("", [Some(full), Some(origin), None]),
            ("no-referrer", [None, None, None]),
            ("Same-Origin", [Some(full), None, None]),
            ("origin", [Some(origin), Some(origin), None]),
            ("strict-origin", [Some(origin), Some(origin), None]),
            ("origin-when-cross-origin", [Some(full), Some(origin), None]),
            ("strict-origin-when-cross-origin", [Some(full), Some(origin), None]),
            ("unsafe-url", [Some(full), Some(origin), None]),
            ("no-referrer-when-downgrade", [Some(full), Some(origin), None]),
            ("origin, no-such-policy", [Some(origin), Some(origin), None]),
        ];
        let url = |text: &str| Url::parse(text).unwrap();
        for (policy, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(http::header::REFERRER_POLICY, policy.parse().unwrap());
            let policy = Policy::of_response(&headers);
            let told = [same, other, plain].map(|to| policy.referer(&url(page), &url(to)));
            assert_eq!(told.each_ref().map(Option::as_deref), expected, "{headers:?}");
        }
        let up = Policy::default().referer(&url("http://shop.test/a?b"), &url(same));
        assert_eq!(up.as_deref(), Some("http://shop.test/"), "another scheme is another origin");
    }

    #[test]
    fn an_element_says_it_before_its_page_and_that_before_the_response() {
        let html = Html::parse_document(
            "<meta name=Referrer content=same-origin><a href=1>1</a>
             <a href=2 referrerpolicy=origin>2</a><a href=3 rel='nofollow NoReferrer'>3</a>",
        );
        let page = Policy::of_page(&html, Policy::Origin);
        assert_eq!(page, Policy::SameOrigin);
        let links: Vec<_> = html.select(&known("a")).map(|a| Policy::of_element(a, page)).collect();
        assert_eq!(links, [Policy::SameOrigin, Policy::Origin, Policy::None]);
        assert_eq!(Policy::of_page(&Html::parse_document("<p>"), Policy::Origin), Policy::Origin);
    }
}
