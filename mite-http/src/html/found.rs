//! What belongs to a page: pictures, styles, scripts, frames.

use std::collections::HashSet;

use scraper::Html;
use url::Url;

use super::css;
use super::element::known;
use super::referrer::Policy;

/// Something that a page loads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) url: Url,
    pub(super) kind: Kind,
    /// What its server is told of the page.
    pub(super) policy: Policy,
}

/// What is looked into, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A stylesheet loads others.
    Style,
    /// A frame is a page.
    Frame,
    Other,
}

/// By selector, the attribute that says where it is.
const PLACES: [(&str, &str, Kind); 12] = [
    ("link[rel~=stylesheet][href]", "href", Kind::Style),
    ("script[src]", "src", Kind::Other),
    ("img[src]", "src", Kind::Other),
    ("input[type=image][src]", "src", Kind::Other),
    ("embed[src]", "src", Kind::Other),
    ("bgsound[src]", "src", Kind::Other),
    ("object[data]", "data", Kind::Other),
    ("applet[code]", "code", Kind::Other),
    ("video[poster]", "poster", Kind::Other),
    ("[background]", "background", Kind::Other),
    ("frame[src], iframe[src]", "src", Kind::Frame),
    ("img[srcset]:not([src])", "srcset", Kind::Other),
];

/// The URL that relative ones of a page start from.
pub(super) fn base_of(html: &Html, url: &Url) -> Url {
    let base = html.select(&known("base[href]")).next();
    let href = base.and_then(|base| base.value().attr("href"));
    href.and_then(|href| url.join(href.trim()).ok()).unwrap_or_else(|| url.clone())
}

/// What a page loads, each once, in the order of kinds and then of the page; `policy` is the
/// page's.
pub(super) fn in_page(html: &Html, base: &Url, policy: Policy) -> Vec<Found> {
    let mut found = Vec::new();
    for (selector, attribute, kind) in PLACES {
        for element in html.select(&known(selector)) {
            let Some(mut written) = element.value().attr(attribute) else { continue };
            if attribute == "srcset" {
                written =
                    written.split(',').next().unwrap_or("").split_whitespace().next().unwrap_or("");
            }
            let policy = Policy::of_element(element, policy);
            found.extend(resolved(base, written, kind, policy));
        }
    }
    for style in html.select(&known("style")) {
        found.extend(in_style(&style.text().collect::<String>(), base, policy));
    }
    for element in html.select(&known("[style]")) {
        found.extend(in_style(element.value().attr("style").unwrap_or(""), base, policy));
    }
    let mut seen = HashSet::new();
    found.retain(|found| seen.insert(found.url.clone()));
    found
}

/// What a stylesheet loads; `policy` is that of the stylesheet, or of the page that it is in.
pub(super) fn in_style(text: &str, base: &Url, policy: Policy) -> Vec<Found> {
    let kind = |written: &css::Written| if written.is_style { Kind::Style } else { Kind::Other };
    let all = css::urls(text).into_iter();
    all.filter_map(|written| resolved(base, &written.url, kind(&written), policy)).collect()
}

/// Without what no server is asked for, such as `data:`.
fn resolved(base: &Url, written: &str, kind: Kind, policy: Policy) -> Option<Found> {
    let written = written.trim();
    let mut url = base.join(written).ok().filter(|_| !written.is_empty())?;
    url.set_fragment(None);
    matches!(url.scheme(), "http" | "https").then_some(Found { url, kind, policy })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_loads_what_br3_lists_each_once_relative_to_its_base() {
        let html = Html::parse_document(
            r#"<html><head><base href="/shop/"><link rel="alternate stylesheet" href="s.css">
            <link rel=icon href=i.ico><style>@import "t.css"; p { background: url(u.png) }</style>
            <script src="//other.test/x.js"></script></head>
            <body background="bg.png"><img src="a.png#top"><img src="a.png"><img src="data:image/png;base64,AA">
            <img srcset="small.png 1x, large.png 2x"><input type=image src=go.gif><input type=text src=no.gif>
            <embed src=e.swf><bgsound src=b.mid><object data=o.svg></object><applet code=A.class></applet>
            <iframe src="f.html"></iframe><a href="no.html" style="background:url('v.png')">no</a></body></html>"#,
        );
        let url = Url::parse("http://h/page.html").unwrap();
        let base = base_of(&html, &url);
        let found: Vec<_> = in_page(&html, &base, Policy::default())
            .into_iter()
            .map(|f| (f.url.to_string(), f.kind))
            .collect();
        let shop = |name: &str| format!("http://h/shop/{name}");
        let mut expected =
            vec![(shop("s.css"), Kind::Style), ("http://other.test/x.js".into(), Kind::Other)];
        for name in ["a.png", "go.gif", "e.swf", "b.mid", "o.svg", "A.class", "bg.png"] {
            expected.push((shop(name), Kind::Other));
        }
        expected.push((shop("f.html"), Kind::Frame));
        expected.push((shop("small.png"), Kind::Other));
        expected.push((shop("t.css"), Kind::Style));
        expected.extend([(shop("u.png"), Kind::Other), (shop("v.png"), Kind::Other)]);
        assert_eq!(found, expected);
    }
}
