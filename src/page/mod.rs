//! The page of a run that goes on: what it is, what it is told, and what it may ask.

mod nonce;

use std::time::Duration;

use hyper::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use hyper::{Method, StatusCode};
use mite_results::page;

use crate::output::{Change, LiveRun, RunControl};
use crate::web::{Request, Response, Route};
use nonce::nonce;

const HTML: &str = "text/html; charset=utf-8";

/// All routes of the page, itself first.
pub(crate) fn routes(
    test: &str,
    live: &LiveRun,
    control: &RunControl,
) -> Vec<std::sync::Arc<dyn Route>> {
    vec![
        std::sync::Arc::new(Page { test: test.to_owned() }),
        std::sync::Arc::new(Run(live.clone())),
        std::sync::Arc::new(Report(live.clone())),
        std::sync::Arc::new(Mark(control.clone())),
        std::sync::Arc::new(Stop(control.clone())),
        std::sync::Arc::new(Turn {
            path: "/pause",
            change: Some(Change::Pause),
            control: control.clone(),
        }),
        std::sync::Arc::new(Turn {
            path: "/resume",
            change: Some(Change::Resume),
            control: control.clone(),
        }),
        std::sync::Arc::new(Turn { path: "/rate", change: None, control: control.clone() }),
    ]
}

/// With what its own script and style may do.
fn html(html: String, policy: &str) -> Response {
    let response = Response::new(HTML, html);
    match HeaderValue::from_str(policy) {
        Ok(policy) => response.with(CONTENT_SECURITY_POLICY, policy),
        Err(_) => response,
    }
}

/// The page, which asks for its data.
struct Page {
    test: String,
}

impl Route for Page {
    fn path(&self) -> &'static str {
        "/"
    }

    fn respond(&self, _: &Request) -> Response {
        let nonce = nonce();
        let policy = format!(
            "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; \
             connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        html(page::live(&self.test, &nonce), &policy)
    }
}

/// What the page is told: windows since a time, and all else.
struct Run(LiveRun);

impl Route for Run {
    fn path(&self) -> &'static str {
        "/run.json"
    }

    fn respond(&self, request: &Request) -> Response {
        let since = request.query("since").unwrap_or_else(|| "0".to_owned());
        let since = since.parse().ok().and_then(|s| Duration::try_from_secs_f64(s).ok());
        let Some(since) = since else {
            let text = "`since` is a time of the run in seconds, such as ?since=12.5";
            return Response::text(StatusCode::BAD_REQUEST, text);
        };
        match self.0.answer(since) {
            Ok(json) => Response::new("application/json", json),
            Err(e) => Response::text(StatusCode::INTERNAL_SERVER_ERROR, e),
        }
    }
}

/// The page with its data, as far as the run has come.
struct Report(LiveRun);

impl Route for Report {
    fn path(&self) -> &'static str {
        "/report.html"
    }

    fn respond(&self, _: &Request) -> Response {
        let policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        html(page::report(&self.0.document()), policy)
    }
}

/// Marks this moment.
struct Mark(RunControl);

impl Route for Mark {
    fn path(&self) -> &'static str {
        "/mark"
    }

    fn method(&self) -> Method {
        Method::POST
    }

    fn respond(&self, request: &Request) -> Response {
        let text = String::from_utf8_lossy(request.body());
        match self.0.mark(text.trim()) {
            Ok(()) => Response::text(StatusCode::OK, "marked"),
            Err(e) => Response::text(StatusCode::BAD_REQUEST, e.text()),
        }
    }
}

/// Ends the run, as Ctrl-C does.
struct Stop(RunControl);

impl Route for Stop {
    fn path(&self) -> &'static str {
        "/stop"
    }

    fn method(&self) -> Method {
        Method::POST
    }

    fn respond(&self, _: &Request) -> Response {
        self.0.stop();
        Response::text(StatusCode::OK, "what runs may finish, and the run is judged")
    }
}

/// Changes the load: pauses it, lets it go on, or multiplies it by the factor in the body.
struct Turn {
    path: &'static str,
    /// What it does; none if the body says.
    change: Option<Change>,
    control: RunControl,
}

impl Route for Turn {
    fn path(&self) -> &'static str {
        self.path
    }

    fn method(&self) -> Method {
        Method::POST
    }

    fn respond(&self, request: &Request) -> Response {
        let of_body = || Change::scale(&String::from_utf8_lossy(request.body()));
        match self.change.map_or_else(of_body, Ok) {
            Ok(change) => Response::text(StatusCode::OK, self.control.change(change)),
            Err(why) => Response::text(StatusCode::BAD_REQUEST, why),
        }
    }
}
