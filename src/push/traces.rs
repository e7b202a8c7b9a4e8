//! Traces by OTLP over HTTP, as JSON.

use std::io;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use mite_core::error::{Error, Result};
use mite_core::event_loop::EventLoop;
use mite_core::extend::{Span, SpanKind, SpanValue, Spans};
use mite_core::secret::masked;
use mite_core::stats::{RunInfo, Summary};
use mite_core::units;
use serde_json::{Value as Json, json};
use tokio::sync::watch;

use super::client::{Answer, Client, Post};
use super::endpoint::{Endpoint, Signal, attribute};
use super::settings::Environment;
use crate::output::{Output, run_id};
use crate::terminal::log::{self, Level};

/// Spans of one request.
const BATCH: usize = 512;

/// The interval at which finished spans are collected.
const POLL: Duration = Duration::from_millis(200);

/// Between two tries, at first and at most.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// How long the end is tried.
const LAST: Duration = Duration::from_millis(2_500);

/// Sends the spans of a run, as they end.
pub(crate) struct TraceOutput {
    spans: Arc<Spans>,
    endpoint: Option<Endpoint>,
    ended: watch::Sender<bool>,
    done: Option<mpsc::Receiver<Account>>,
}

/// What became of spans.
#[derive(Clone, Debug, Default, PartialEq)]
struct Account {
    taken: u64,
    lost: u64,
    /// Why the last of these was.
    why: String,
}

impl TraceOutput {
    /// To this endpoint, or to that of the environment; its credentials are the environment's.
    ///
    /// # Errors
    /// If a setting makes no sense; the text names it.
    pub(crate) fn new(
        spans: Arc<Spans>,
        endpoint: Option<&str>,
        environment: &Environment,
    ) -> Result<Self> {
        let endpoint = Some(Endpoint::of(Signal::Traces, endpoint, environment)?);
        Ok(Self { spans, endpoint, ended: watch::Sender::new(false), done: None })
    }
}

impl Output for TraceOutput {
    fn name(&self) -> &'static str {
        "traces"
    }

    fn shows_series(&self) -> bool {
        false
    }

    fn start(&mut self, info: &RunInfo) -> Result {
        let Some(mut endpoint) = self.endpoint.take() else { return Ok(()) };
        for (key, value) in [
            ("service.instance.id", run_id(info)),
            ("service.version", env!("CARGO_PKG_VERSION").to_owned()),
            ("mite.test", info.test.clone()),
        ] {
            if !endpoint.resource.iter().any(|(known, _)| known == key) {
                endpoint.resource.push((key.to_owned(), value));
            }
        }
        let (spans, ended) = (self.spans.clone(), self.ended.subscribe());
        let (account, done) = mpsc::channel();
        std::thread::Builder::new()
            .name("traces".into())
            .spawn(move || {
                let told = match EventLoop::new() {
                    Ok(events) => events.run(send_all(&endpoint, &spans, ended)),
                    Err(e) => Account { why: e.to_string(), ..Account::default() },
                };
                // Nobody may wait for it any more.
                let _ = account.send(told);
            })
            .map_err(|e| Error::new(format!("the thread of traces cannot start: {e}")))?;
        self.done = Some(done);
        Ok(())
    }

    fn finish(&mut self, _summary: &Summary) -> io::Result<()> {
        self.ended.send_replace(true);
        let Some(done) = self.done.take() else { return Ok(()) };
        let account = done.recv_timeout(LAST).unwrap_or_else(|_| Account {
            lost: self.spans.take(usize::MAX).len() as u64,
            why: format!("no answer within {}", units::time(LAST)),
            ..Account::default()
        });
        let Account { taken, lost, why } = account;
        let all = units::count(taken + lost, "span");
        if lost > 0 {
            let masked = masked(&why);
            log::log(
                Level::Error,
                format_args!("traces: {lost} of {all} were not taken: {masked}"),
            );
        } else {
            log::log(Level::Info, format_args!("traces: {all} were taken"));
        }
        let dropped = self.spans.dropped();
        if dropped > 0 {
            let dropped = units::count(dropped, "span");
            log::log(
                Level::Warn,
                format_args!(
                    "traces: {dropped} more found no room, since they came faster than they were taken; sample fewer (--trace-sample)"
                ),
            );
        }
        Ok(())
    }
}

async fn send_all(endpoint: &Endpoint, spans: &Spans, mut ended: watch::Receiver<bool>) -> Account {
    let client = Client::new();
    let mut account = Account::default();
    let mut is_told = false;
    loop {
        // Before they are taken: what ends later is not missed.
        let is_last = *ended.borrow();
        let batch = spans.take(BATCH);
        if batch.is_empty() {
            if is_last {
                return account;
            }
            wait(POLL, &mut ended).await;
            continue;
        }
        let n = batch.len() as u64;
        let post = endpoint.post(&request(&endpoint.resource, &batch));
        match send(&client, post, &mut ended, &mut is_told).await {
            Ok(rejected) => {
                let (rejected, why) = rejected.unwrap_or_default();
                account.taken += n.saturating_sub(rejected);
                lose(&mut account, rejected.min(n), why);
            }
            Err(why) => lose(&mut account, n, why),
        }
    }
}

/// They are counted, and the run goes on.
fn lose(account: &mut Account, n: u64, why: String) {
    if n > 0 {
        account.lost += n;
        account.why = why;
    }
}

/// Tries until it is taken, or refused for good, or the run has ended: how many spans were
/// refused, and why.
async fn send(
    client: &Client,
    post: Post,
    ended: &mut watch::Receiver<bool>,
    is_told: &mut bool,
) -> std::result::Result<Option<(u64, String)>, String> {
    let mut pause = FIRST_WAIT;
    loop {
        let (why, again) = match client.post(post.clone()).await {
            Ok(answer) if (200..300).contains(&answer.status) => return Ok(rejected(&answer)),
            // Others would come again, however often it is tried: the protocol has it so.
            Ok(answer) => {
                let again = matches!(answer.status, 429 | 502..=504);
                (format!("it answered {} {}", answer.status, answer.text()), again)
            }
            Err(why) => (why, true),
        };
        if !std::mem::replace(is_told, true) {
            let then =
                if again { "it is tried again, and the run goes on" } else { "the run goes on" };
            log::log(Level::Warn, format_args!("traces: {why}; {then}"));
        }
        if !again || *ended.borrow() {
            return Err(why);
        }
        wait(pause, ended).await;
        pause = (pause * 2).min(LONGEST_WAIT);
    }
}

/// At the end of the run it waits no longer.
async fn wait(time: Duration, ended: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        _ = ended.wait_for(|ended| *ended) => {}
    }
}

fn rejected(answer: &Answer) -> Option<(u64, String)> {
    let answer: Json = serde_json::from_slice(&answer.body).ok()?;
    let partial = &answer["partialSuccess"];
    let rejected = match &partial["rejectedSpans"] {
        Json::String(n) => n.parse().ok()?,
        n => n.as_u64()?,
    };
    Some((rejected, partial["errorMessage"].as_str().unwrap_or_default().to_owned()))
}

/// An `ExportTraceServiceRequest`.
fn request(resource: &[(String, String)], spans: &[Span]) -> Json {
    let resource: Vec<_> = resource.iter().map(|(key, value)| attribute(key, value)).collect();
    let spans: Vec<_> = spans.iter().map(span).collect();
    json!({ "resourceSpans": [{
        "resource": { "attributes": resource },
        "scopeSpans": [{
            "scope": { "name": "mite", "version": env!("CARGO_PKG_VERSION") },
            "spans": spans,
        }],
    }]})
}

/// Numbers of 64 bits are text, and ids are hexadecimal.
fn span(span: &Span) -> Json {
    let attributes: Vec<_> = span.attributes.iter().map(|(key, of)| valued(key, of)).collect();
    let mut json = json!({
        "traceId": format!("{:032x}", span.identity.trace),
        "spanId": format!("{:016x}", span.identity.span),
        "flags": u8::from(span.identity.sampled),
        "name": span.name,
        "kind": match span.kind {
            SpanKind::Internal => 1,
            SpanKind::Client => 3,
        },
        "startTimeUnixNano": span.start.to_string(),
        "endTimeUnixNano": span.end.max(span.start).to_string(),
        "attributes": attributes,
        "status": {},
    });
    if let Some(parent) = span.parent {
        json["parentSpanId"] = json!(format!("{parent:016x}"));
    }
    if span.failed {
        json["status"]["code"] = json!(2);
    }
    if let Some(exception) = &span.exception {
        json["status"]["message"] = json!(exception.message);
        json["events"] = json!([{
            "timeUnixNano": span.end.to_string(),
            "name": "exception",
            "attributes": [
                attribute("exception.type", &exception.kind),
                attribute("exception.message", &exception.message),
            ],
        }]);
    }
    json
}

fn valued(key: &str, value: &SpanValue) -> Json {
    let value = match value {
        SpanValue::Text(text) => json!({ "stringValue": text }),
        SpanValue::Int(n) => json!({ "intValue": n.to_string() }),
        SpanValue::Float(n) => json!({ "doubleValue": n }),
        SpanValue::Bool(is) => json!({ "boolValue": is }),
    };
    json!({ "key": key, "value": value })
}
