//! How long a response may be used again without asking: a private cache, by RFC 9111.

use std::time::Duration;

use http::HeaderMap;
use http::header::{
    AGE, CACHE_CONTROL, DATE, ETAG, EXPIRES, HeaderName, HeaderValue, LAST_MODIFIED, PRAGMA, VARY,
};

use crate::cookie;

/// What is known of a response that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Freshness {
    /// For how long it may be used without asking, from when it came.
    pub(super) fresh: Duration,
    pub(super) etag: Option<HeaderValue>,
    pub(super) modified: Option<HeaderValue>,
    /// Headers of the request by which the server chose it.
    pub(super) varies: Vec<HeaderName>,
}

/// A year is for ever.
const LONGEST: u64 = 31_536_000;

impl Freshness {
    /// Of a response with these headers; none if it may not be kept, or need not be.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let control = directives(headers);
        let has = |name: &str| control.iter().any(|(of, _)| of == name);
        let varies = varies(headers)?;
        if has("no-store") {
            return None;
        }
        let (etag, modified) = (headers.get(ETAG).cloned(), headers.get(LAST_MODIFIED).cloned());
        let pragma = control.is_empty() && headers.get(PRAGMA).is_some_and(|p| p == "no-cache");
        let fresh = if has("no-cache") || pragma { 0 } else { lifetime(headers, &control) };
        let can_be_asked = etag.is_some() || modified.is_some();
        (fresh > 0 || can_be_asked).then_some(Self {
            fresh: Duration::from_secs(fresh),
            etag,
            modified,
            varies,
        })
    }

    /// What the server is asked with, whether what is kept is still right.
    pub(super) fn questions(&self) -> Vec<(HeaderName, HeaderValue)> {
        let ask = |name, value: &Option<HeaderValue>| value.clone().map(|value| (name, value));
        let etag = ask(http::header::IF_NONE_MATCH, &self.etag);
        etag.into_iter().chain(ask(http::header::IF_MODIFIED_SINCE, &self.modified)).collect()
    }
}

/// The names in `Vary`; none if the server chose by something else than headers.
fn varies(headers: &HeaderMap) -> Option<Vec<HeaderName>> {
    let values = headers.get_all(VARY).iter().map(|value| value.to_str().unwrap_or("*"));
    let names = values.flat_map(|value| value.split(',')).map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(|name| HeaderName::try_from(name).ok().filter(|name| name != "*"))
        .collect()
}

fn directives(headers: &HeaderMap) -> Vec<(String, String)> {
    let values = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let parts = values.flat_map(|value| value.split(','));
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_owned())
        })
        .filter(|(name, _)| !name.is_empty())
        .collect()
}

/// In seconds. What says nothing may be used for a tenth of the time that it was not
/// changed for, as browsers do.
fn lifetime(headers: &HeaderMap, control: &[(String, String)]) -> u64 {
    let age = headers.get(AGE).and_then(|age| age.to_str().ok()?.trim().parse::<u64>().ok());
    let date = |name| headers.get(name).and_then(|value| cookie::date(value.as_bytes()));
    let max_age = control.iter().find(|(name, _)| name == "max-age");
    let seconds = match max_age {
        Some((_, seconds)) => seconds.parse().unwrap_or(0),
        None => match (date(DATE), headers.contains_key(EXPIRES), date(LAST_MODIFIED)) {
            (sent, true, _) => match (date(EXPIRES), sent) {
                (Some(until), Some(sent)) => u64::try_from(until - sent).unwrap_or(0),
                _ => 0,
            },
            (Some(sent), false, Some(changed)) => u64::try_from(sent - changed).unwrap_or(0) / 10,
            _ => 0,
        },
    };
    seconds.saturating_sub(age.unwrap_or(0)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh(headers: &[(&'static str, &str)]) -> Option<u64> {
        let pairs = headers.iter().map(|(name, value)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        });
        Freshness::of(&pairs.collect()).map(|freshness| freshness.fresh.as_secs())
    }

    #[test]
    fn what_may_be_used_for_how_long() {
        const DAY: (&str, &str) = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        const HOUR: (&str, &str) = ("expires", "Sun, 06 Nov 1994 09:49:37 GMT");
        type Case = (&'static [(&'static str, &'static str)], Option<u64>);
        let table: [Case; 13] = [
            (&[], None),
            (&[("etag", "\"a\"")], Some(0)),
            (&[("cache-control", "max-age=60")], Some(60)),
            (&[("cache-control", "public, MAX-AGE=\"60\""), ("age", "50")], Some(10)),
            (&[("cache-control", "max-age=60, no-store"), ("etag", "\"a\"")], None),
            (&[("cache-control", "no-cache, max-age=60"), ("etag", "\"a\"")], Some(0)),
            (&[("cache-control", "no-cache")], None),
            (&[DAY, HOUR], Some(3600)),
            (&[DAY, HOUR, ("cache-control", "max-age=5")], Some(5)),
            (&[DAY, ("expires", "0"), ("etag", "\"a\"")], Some(0)),
            (&[DAY, ("last-modified", "Sun, 06 Nov 1994 08:32:57 GMT")], Some(100)),
            (&[("vary", "*"), ("cache-control", "max-age=60")], None),
            (&[("pragma", "no-cache"), DAY, HOUR, ("etag", "\"a\"")], Some(0)),
        ];
        for (headers, expected) in table {
            assert_eq!(fresh(headers), expected, "{headers:?}");
        }
    }
}
