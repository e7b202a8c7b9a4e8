//! A webhook that keeps a list of runs: upstream mite's.

use std::io;
use std::sync::mpsc;
use std::time::Duration;

use mite_core::error::Result;
use mite_core::event_loop::EventLoop;
use mite_core::stats::{RunInfo, Summary};
use serde_json::{Value, json};

use super::client::{Answer, Client, Post};
use super::settings::checked;
use crate::output::Output;
use crate::terminal::log::{self, Level};

/// How long it may take before load, and at the end.
const START: Duration = Duration::from_secs(5);
const END: Duration = Duration::from_millis(1_500);

/// Tells of the start of a run, before any load, and of its end. What goes wrong is a
/// warning.
pub(crate) struct Webhook {
    /// With a slash at its end.
    url: String,
    /// What the run is called there.
    id: Option<Value>,
}

impl Webhook {
    /// At this URL.
    ///
    /// # Errors
    /// If it is none.
    pub(crate) fn new(url: &str) -> Result<Self> {
        let url = checked("--logging-webhook", url)?;
        Ok(Self { url: format!("{}/", url.trim_end_matches('/')), id: None })
    }

    /// Sends, and waits for so long, on a thread of its own.
    fn post(
        &self,
        path: &str,
        body: &Value,
        timeout: Duration,
    ) -> std::result::Result<Answer, String> {
        let post = Post {
            url: format!("{}{path}", self.url),
            headers: vec![("content-type".into(), "application/json".into())],
            body: body.to_string().into_bytes(),
            timeout,
        };
        let (answered, answer) = mpsc::channel();
        let cannot = |e: io::Error| e.to_string();
        let thread = std::thread::Builder::new().name("webhook".into());
        thread
            .spawn(move || {
                let answer = match EventLoop::new() {
                    Ok(events) => events.run(async { Client::new().post(post).await }),
                    Err(e) => Err(e.to_string()),
                };
                // Nobody may wait for it any more.
                let _ = answered.send(answer);
            })
            .map_err(cannot)?;
        // Names may take longer to resolve than anything has time.
        match answer.recv_timeout(timeout + Duration::from_millis(200)) {
            Ok(answer) => answer,
            Err(_) => Err(format!("no answer within {}", mite_core::units::time(timeout))),
        }
    }

    fn tell_end(&mut self) {
        let Some(id) = self.id.take() else { return };
        match self.post("end", &json!({ "id": id }), END) {
            Ok(answer) if answer.status == 204 => {}
            Ok(answer) => warn("end", &unexpected(&answer, 204)),
            Err(why) => warn("end", &why),
        }
    }
}

fn unexpected(answer: &Answer, expected: u16) -> String {
    format!("it answered {} {}, and not {expected}", answer.status, answer.text())
}

fn warn(what: &str, why: &str) {
    log::log(Level::Warn, format_args!("webhook: the {what} of the run is not noted there: {why}"));
}

impl Output for Webhook {
    fn name(&self) -> &'static str {
        "webhook"
    }

    fn shows_series(&self) -> bool {
        false
    }

    fn start(&mut self, info: &RunInfo) -> Result {
        match self.post("start", &json!({ "testname": info.test }), START) {
            Ok(answer) if answer.status == 200 => {
                let body = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
                self.id = body.get("newid").filter(|id| !id.is_null()).cloned();
                if self.id.is_none() {
                    warn("start", &format!("no `newid` in {}", answer.text()));
                }
            }
            Ok(answer) => warn("start", &unexpected(&answer, 200)),
            Err(why) => warn("start", &why),
        }
        Ok(())
    }

    fn finish(&mut self, _summary: &Summary) -> io::Result<()> {
        self.tell_end();
        Ok(())
    }
}

/// A run that could not start after all has an end, too.
impl Drop for Webhook {
    fn drop(&mut self) {
        self.tell_end();
    }
}
