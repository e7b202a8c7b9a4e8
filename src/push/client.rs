//! An HTTP client whose requests are counted nowhere.

use std::sync::Arc;
use std::time::Duration;

use mite_core::journey::{Context, Host, Lanes};
use mite_core::label::Label;
use mite_core::message::Identity;
use mite_core::secret;
use mite_http::HttpContext;

/// What is sent.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) timeout: Duration,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The start of what it says, on one line and without secrets.
    pub(super) fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        secret::masked(&mite_core::units::cut(&line, 200)).into_owned()
    }
}

/// A client: a runner of its own, of which nobody collects the counts.
pub(super) struct Client(Context);

impl Client {
    /// One for this thread.
    pub(super) fn new() -> Self {
        let host = Host::new(0, Label::intern("push"), Lanes::default());
        Self(Context::new(Arc::new(host), Identity::alone("push", "push")))
    }

    /// Sends, and waits for the answer.
    ///
    /// # Errors
    /// If there is none; the text has no secrets.
    pub(super) async fn post(&self, post: Post) -> Result<Answer, String> {
        let Post { url, headers, body, timeout } = post;
        let mut request = self.0.http().post(url).no_redirects().timeout(timeout).body(body);
        for (name, value) in &headers {
            request = request.header(name.as_str(), value.as_str());
        }
        match request.send().await {
            Ok(response) => {
                Ok(Answer { status: response.status().as_u16(), body: response.bytes().to_vec() })
            }
            Err(e) => Err(secret::masked(&mite_core::error::Error::from(e).shown()).into_owned()),
        }
    }
}
