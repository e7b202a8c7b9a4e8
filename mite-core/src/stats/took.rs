//! How long something took.

use std::time::Duration;

/// How long a journey, a transaction or an attempt at a request took: from its start, and
/// in an open line from when its schedule meant it to start.
///
/// ```
/// use mite_core::stats::Took;
/// use std::time::Duration;
/// let took = Took { lag: Some(Duration::from_millis(30)), ..Duration::from_millis(20).into() };
/// assert_eq!(took.service, Duration::from_millis(20));
/// assert_eq!(took.response(), Duration::from_millis(50));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Took {
    /// *Service time*: from its start to its end.
    pub service: Duration,
    /// How much later than intended it started; zero for all but the first of its
    /// execution, none in a closed line.
    pub lag: Option<Duration>,
    /// Whether it was meant to start in the warm-up: it is counted apart.
    pub warmup: bool,
}

impl Took {
    /// *Response time*: from when it was meant to start to its end.
    pub fn response(&self) -> Duration {
        self.service + self.lag.unwrap_or_default()
    }
}

/// Of something in a closed line, after the warm-up.
impl From<Duration> for Took {
    fn from(service: Duration) -> Self {
        Self { service, lag: None, warmup: false }
    }
}
