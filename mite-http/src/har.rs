//! An attempt as an entry of a HAR 1.2, which browsers and their tools read.

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine;
use http::{StatusCode, Version, header};
use mite_core::secret::{HIDDEN, is_secret, masked_body};
use mite_core::units;
use mite_net::shown_url;
use serde_json::{Value, json};
use url::Url;

use crate::record::{HttpMessage, HttpRecord};

/// Bytes of a body that are kept.
const MOST: usize = 1 << 20;

impl HttpRecord {
    /// This attempt as an entry of a HAR 1.2. Its page is the transaction that it is of. What
    /// is secret is hidden, unless it is to be shown; a body longer than a megabyte is cut.
    pub fn to_har(&self, with_secrets: bool) -> Value {
        let has_answer = self.status > 0;
        let url = match with_secrets {
            true => Cow::Borrowed(self.url.as_str()),
            false => shown_url(&self.url),
        };
        let query = Url::parse(&self.url).map(|url| {
            let pairs = url.query_pairs().map(|(name, value)| {
                let value = if !with_secrets && is_secret(&name) { HIDDEN.into() } else { value };
                json!({ "name": name, "value": value })
            });
            pairs.collect::<Vec<_>>()
        });
        let mut request = json!({
            "method": self.method,
            "url": url,
            "httpVersion": version(self.version),
            "cookies": cookies(&self.request, with_secrets),
            "headers": headers(&self.request, with_secrets),
            "queryString": query.unwrap_or_default(),
            "headersSize": -1,
            "bodySize": self.request.body.len(),
        });
        if !self.request.body.is_empty() {
            let (text, comment) = text(&self.request, with_secrets);
            request["postData"] = json!({
                "mimeType": mime(&self.request),
                "text": text.unwrap_or_default(),
                "params": [],
                "comment": comment,
            });
        }
        let reason = StatusCode::from_u16(self.status).ok().and_then(|s| s.canonical_reason());
        let location =
            self.response.header("location").filter(|_| (300..400).contains(&self.status));
        let (time, timings) = self.har_times();
        let mut entry = json!({
            "startedDateTime": units::moment(self.started),
            "time": time,
            "request": request,
            "response": {
                "status": self.status,
                "statusText": reason.unwrap_or_default(),
                "httpVersion": if has_answer { version(self.version) } else { "" },
                "cookies": [],
                "headers": headers(&self.response, with_secrets),
                "content": content(&self.response, with_secrets),
                "redirectURL": location.map(shown_url).unwrap_or_default(),
                "headersSize": -1,
                "bodySize": -1,
                "comment": self.error.clone().unwrap_or_default(),
            },
            "cache": {},
            "timings": timings,
        });
        if !self.transaction.is_empty() {
            entry["pageref"] = self.transaction.as_str().into();
        }
        if let Some(remote) = self.remote {
            entry["serverIPAddress"] = remote.ip().to_string().into();
        }
        entry
    }

    /// The whole time, and its parts, in milliseconds; -1 for what did not happen. Timings
    /// count from the start; here `connect` has `ssl` in it, as the format says.
    fn har_times(&self) -> (f64, Value) {
        let of = &self.timings;
        let part = |before: Duration, until: Duration| match until.is_zero() {
            true => -1.0,
            false => ms(until.saturating_sub(before)),
        };
        let (connected, dialled) = (of.connect.max(of.tls), of.dns.max(of.pool_wait));
        let blocked = ms(of.pool_wait);
        let (dns, connect) = (part(of.pool_wait, of.dns), part(dialled, connected));
        let ssl = part(of.connect, of.tls);
        let first = if of.first_byte.is_zero() { self.total } else { of.first_byte };
        let before = connected.max(dialled);
        let send = ms(of.transfer_start.saturating_sub(before));
        let wait = ms(first.saturating_sub(of.transfer_start.max(before)));
        let receive = ms(self.total.saturating_sub(first));
        // Nothing may be in two of them, and together they are the time.
        let all = [blocked, dns, connect, send, wait, receive];
        let time = all.iter().filter(|part| **part > 0.0).sum();
        let timings = json!({
            "blocked": blocked, "dns": dns, "connect": connect, "ssl": ssl,
            "send": send, "wait": wait, "receive": receive,
        });
        (time, timings)
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    }
}

fn headers(message: &HttpMessage, with_secrets: bool) -> Vec<Value> {
    let pair = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        let hides = !with_secrets && (value.is_sensitive() || is_secret(name.as_str()));
        let text = String::from_utf8_lossy(value.as_bytes());
        let text = match (hides, name) {
            (true, _) => HIDDEN.into(),
            (false, &(header::LOCATION | header::REFERER)) if !with_secrets => {
                shown_url(&text).into_owned()
            }
            (false, _) => text.into_owned(),
        };
        json!({ "name": name.as_str(), "value": text })
    };
    message.headers.iter().map(pair).collect()
}

fn cookies(message: &HttpMessage, with_secrets: bool) -> Vec<Value> {
    let all =
        message.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs =
        all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let cookie = |(name, value): (&str, &str)| {
        let value = if with_secrets { value } else { HIDDEN };
        json!({ "name": name, "value": value })
    };
    pairs.map(cookie).collect()
}

fn mime(message: &HttpMessage) -> String {
    message.header("content-type").unwrap_or_default().to_owned()
}

/// A body as text; none if it is no text. And what is to be said of it.
fn text(message: &HttpMessage, with_secrets: bool) -> (Option<String>, String) {
    if std::str::from_utf8(&message.body).is_err() && !mime(message).starts_with("text/") {
        return (None, format!("{} bytes, which are no text", message.body.len()));
    }
    let whole = message.text();
    let mut text = if with_secrets { whole } else { masked_body(&whole).into_owned() };
    if text.len() <= MOST {
        return (Some(text), String::new());
    }
    let more = text.len() - MOST;
    text.truncate((0..=MOST).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0));
    (Some(text), format!("cut: {more} bytes more"))
}

fn content(message: &HttpMessage, with_secrets: bool) -> Value {
    let mut content = json!({ "size": message.body.len(), "mimeType": mime(message) });
    match text(message, with_secrets) {
        (Some(text), comment) => {
            content["text"] = text.into();
            content["comment"] = comment.into();
        }
        (None, comment) if message.body.len() > MOST => content["comment"] = comment.into(),
        (None, _) => {
            let encoded = base64::engine::general_purpose::STANDARD.encode(&message.body);
            content["text"] = encoded.into();
            content["encoding"] = "base64".into();
        }
    }
    content
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use mite_net::Timings;
    use tokio::time::Instant;

    use super::*;

    fn record() -> HttpRecord {
        let millis = Duration::from_millis;
        let mut timings = Timings::start(Instant::now());
        (timings.dns, timings.connect, timings.tls) = (millis(2), millis(5), millis(9));
        (timings.transfer_start, timings.first_byte) = (millis(10), millis(40));
        let mut record = HttpRecord::for_test("POST", "http://h/o?token=abc&n=1", 302, timings);
        record.total = millis(60);
        record.started = 1_700_000_000.25;
        record.transaction = "Order".to_owned();
        let pairs = [("authorization", "Basic x"), ("cookie", "a=b; sid=s3cret"), ("x-n", "1")];
        record.request.headers = pairs
            .into_iter()
            .map(|(name, value)| {
                (header::HeaderName::from_static(name), header::HeaderValue::from_static(value))
            })
            .collect();
        record.request.body = Bytes::from_static(br#"{"password":"s3cret","n":1}"#);
        record.response.headers.insert("location", "/next?token=abc".parse().unwrap());
        record.response.body = Bytes::from_static(b"\xff\x00");
        record
    }

    #[test]
    fn an_entry_has_what_the_format_asks_for_and_no_secrets() {
        let entry = record().to_har(false);
        assert_eq!(entry["startedDateTime"], "2023-11-14T22:13:20.250Z");
        assert_eq!(entry["pageref"], "Order");
        assert_eq!(entry["request"]["url"], "http://h/o?token=***&n=1");
        let query = json!([{"name": "token", "value": "***"}, {"name": "n", "value": "1"}]);
        assert_eq!(entry["request"]["queryString"], query);
        assert_eq!(entry["request"]["headers"][2], json!({"name": "x-n", "value": "1"}));
        assert_eq!(entry["response"]["statusText"], "Found");
        let content = json!({"size": 2, "mimeType": "", "text": "/wA=", "encoding": "base64"});
        assert_eq!(entry["response"]["content"], content);
        let text = entry.to_string();
        assert!(
            !text.contains("s3cret") && !text.contains("abc") && !text.contains("Basic"),
            "{text}"
        );
        let whole = record().to_har(true).to_string();
        assert!(
            whole.contains("s3cret") && whole.contains("token=abc") && whole.contains("Basic x")
        );
    }

    #[test]
    fn times_are_milliseconds_whose_parts_are_the_whole() {
        let entry = record().to_har(false);
        assert_eq!(entry["time"], 60.0);
        let parts = json!({
            "blocked": 0.0, "dns": 2.0, "connect": 7.0, "ssl": 4.0, "send": 1.0, "wait": 30.0, "receive": 20.0
        });
        assert_eq!(entry["timings"], parts);
        let mut reused = record();
        reused.timings.dns = Duration::ZERO;
        (reused.timings.connect, reused.timings.tls) = (Duration::ZERO, Duration::ZERO);
        let entry = reused.to_har(false);
        assert_eq!(
            (&entry["timings"]["dns"], &entry["timings"]["connect"]),
            (&json!(-1.0), &json!(-1.0))
        );
        assert_eq!(entry["time"], 60.0);
    }
}
