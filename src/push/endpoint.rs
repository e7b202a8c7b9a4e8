//! Where OTLP goes over HTTP, and who says that it comes from there.

use std::time::Duration;

use mite_core::error::{Error, Result};
use serde_json::{Value as Json, json};

use super::client::Post;
use super::settings::{Environment, checked};

/// Where a collector of this machine listens.
const LOCAL: &str = "http://localhost:4318";

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    Metrics,
    #[cfg_attr(not(feature = "traces"), allow(dead_code, reason = "nobody sends them then"))]
    Traces,
}

impl Signal {
    /// Where it goes under an endpoint.
    fn path(self) -> &'static str {
        match self {
            Self::Metrics => "/v1/metrics",
            Self::Traces => "/v1/traces",
        }
    }

    /// Names of a variable: that of the signal, and that of all.
    fn names(self, what: &str) -> [String; 2] {
        let signal = match self {
            Self::Metrics => "METRICS",
            Self::Traces => "TRACES",
        };
        [format!("OTEL_EXPORTER_OTLP_{signal}_{what}"), format!("OTEL_EXPORTER_OTLP_{what}")]
    }

    /// Its place under an endpoint.
    fn under(self, endpoint: &str) -> String {
        let base = endpoint.trim_end_matches('/');
        let signals = [Self::Metrics, Self::Traces];
        let base = signals.iter().find_map(|s| base.strip_suffix(s.path())).unwrap_or(base);
        format!("{base}{}", self.path())
    }
}

/// A collector, or whatever else takes OTLP.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    /// Attributes of the sender (`OTEL_RESOURCE_ATTRIBUTES`, `service.name`).
    pub(super) resource: Vec<(String, String)>,
    pub(super) timeout: Duration,
}

impl Endpoint {
    /// This one, or that of the environment; headers and attributes are the environment's.
    ///
    /// # Errors
    /// If a setting makes no sense; the text names it.
    pub(super) fn of(
        signal: Signal,
        endpoint: Option<&str>,
        environment: &Environment,
    ) -> Result<Self> {
        let [own, shared] = signal.names("ENDPOINT");
        let url = match endpoint {
            Some(endpoint) => signal.under(&checked("--otlp", endpoint)?),
            None => match environment.first(&[&own]) {
                // As it is: the specification has it so.
                Some(url) => checked(&own, url)?,
                None => {
                    let endpoint = environment.first(&[&shared]).unwrap_or(LOCAL);
                    signal.under(&checked(&shared, endpoint)?)
                }
            },
        };
        let protocol = signal.names("PROTOCOL");
        let protocol = environment.first(&protocol.each_ref().map(String::as_str));
        if let Some(protocol) = protocol.filter(|protocol| *protocol == "grpc") {
            return Err(Error::new(format!(
                "OTEL_EXPORTER_OTLP_PROTOCOL is `{protocol}`, and mite speaks http/json; set it to that, and the endpoint to the port for HTTP (4318)"
            )));
        }
        let mut resource = environment.pairs(&["OTEL_RESOURCE_ATTRIBUTES"])?;
        if let Some(name) = environment.first(&["OTEL_SERVICE_NAME"]) {
            resource.retain(|(key, _)| key != "service.name");
            resource.push(("service.name".into(), name.into()));
        } else if !resource.iter().any(|(key, _)| key == "service.name") {
            resource.push(("service.name".into(), "mite".into()));
        }
        let (headers, timeout) = (signal.names("HEADERS"), signal.names("TIMEOUT"));
        Ok(Self {
            url,
            headers: environment.pairs(&headers.each_ref().map(String::as_str))?,
            resource,
            timeout: environment
                .millis(&timeout.each_ref().map(String::as_str))?
                .unwrap_or(TIMEOUT),
        })
    }

    /// What sends this.
    pub(super) fn post(&self, body: &Json) -> Post {
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        headers.extend(self.headers.iter().cloned());
        let body = body.to_string().into_bytes();
        Post { url: self.url.clone(), headers, body, timeout: self.timeout }
    }
}

/// A text by its name.
pub(super) fn attribute(key: &str, value: &str) -> Json {
    json!({ "key": key, "value": { "stringValue": value } })
}
