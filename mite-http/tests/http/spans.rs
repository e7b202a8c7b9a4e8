//! Requests of executions that are traced.

use std::sync::Arc;

use mite_core::extend::{Span, SpanIdentity, SpanValue, Spans, TraceSampling};

use crate::support::scripted::{Act, Scripted, answer, ok};
use crate::support::{Probe, free_port};

type Checked = mite_core::error::Result;

fn all() -> Arc<Spans> {
    Arc::new(Spans::new(TraceSampling { share: 1.0, tells_unsampled: false }, 7))
}

/// The spans that requests said they were, none where there was no header.
fn told(server: &Scripted) -> Vec<Option<SpanIdentity>> {
    let requests = server.requests();
    let header = |request: &String| {
        let line = request.lines().find_map(|line| line.strip_prefix("traceparent: "));
        line.map(|value| SpanIdentity::read(value.as_bytes()).expect("it is one"))
    };
    requests.iter().map(header).collect()
}

fn identities(spans: &[Span]) -> Vec<Option<SpanIdentity>> {
    spans.iter().map(|span| Some(span.identity)).collect()
}

fn attribute(span: &Span, key: &str) -> Option<SpanValue> {
    span.attributes.iter().find(|(known, _)| *known == key).map(|(_, value)| value.clone())
}

#[tokio::test]
async fn each_redirect_and_each_try_is_a_span_that_its_server_is_told() -> Checked {
    let redirect = "HTTP/1.1 302 Found\r\nlocation: /there\r\ncontent-length: 0\r\n\r\n";
    let dies = Act::AnswerAndClose(Vec::new());
    let server = Scripted::start(vec![vec![answer(redirect), ok("a"), dies], vec![ok("b")]]).await;
    let spans = all();
    let probe = Probe::traced(&spans);
    assert_eq!(probe.http().get(server.url("/here")).send().await?.text()?, "a");
    assert_eq!(probe.http().get(server.url("/again")).send().await?.text()?, "b");
    let spans = spans.take(9);
    let names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    assert_eq!(names, ["GET /here", "GET /there", "GET /again", "GET /again"]);
    assert_eq!(told(&server), identities(&spans));
    let failed: Vec<_> = spans.iter().map(|span| span.failed).collect();
    assert_eq!(failed, [false, false, true, false]);
    assert_eq!(attribute(&spans[2], "error.type"), Some("closed".into()));
    let ids: std::collections::BTreeSet<_> = spans.iter().map(|s| s.identity.span).collect();
    assert_eq!(ids.len(), 4);
    Ok(())
}

#[tokio::test]
async fn what_a_journey_says_of_its_trace_itself_stays_as_it_is() -> Checked {
    let server = Scripted::start(vec![vec![ok("a"); 2]]).await;
    let spans = all();
    let probe = Probe::traced(&spans);
    let own = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    let get = probe.http().get(server.url("/")).header("tracestate", "vendor=x");
    get.header("traceparent", own).send().await?;
    probe.http().get(server.url("/")).header("tracestate", "vendor=y").send().await?;
    let requests = server.requests();
    assert!(requests[0].contains(&format!("traceparent: {own}\r\n")), "{}", requests[0]);
    assert!(requests[0].contains("tracestate: vendor=x\r\n"), "{}", requests[0]);
    assert!(requests[1].contains("tracestate: vendor=y\r\n"), "{}", requests[1]);
    let spans = spans.take(9);
    assert_eq!(spans.len(), 2);
    assert_ne!(told(&server)[0], Some(spans[0].identity));
    assert_eq!(told(&server)[1], Some(spans[1].identity));
    Ok(())
}

#[tokio::test]
async fn a_request_that_gets_no_answer_is_a_span_with_its_error_and_no_secret() {
    let spans = all();
    let probe = Probe::traced(&spans);
    let url = format!("http://127.0.0.1:{}/?token=abc123", free_port());
    probe.http().get(&url).send().await.unwrap_err();
    let spans = spans.take(9);
    let [span] = &spans[..] else { panic!("{spans:?}") };
    assert!(span.failed);
    assert_eq!(attribute(span, "error.type"), Some("connect".into()));
    assert_eq!(attribute(span, "http.response.status_code"), None);
    assert_eq!(span.exception.as_ref().map(|exception| &*exception.kind), Some("connect"));
    assert!(!format!("{span:?}").contains("abc123"), "{span:?}");
}

#[tokio::test]
async fn without_traces_nothing_is_said() -> Checked {
    let server = Scripted::start(vec![vec![ok("a")]]).await;
    let probe = Probe::new();
    probe.http().get(server.url("/")).send().await?;
    assert_eq!(told(&server), [None]);
    Ok(())
}
