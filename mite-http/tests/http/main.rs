//! The client against real servers on loopback.

mod bodies;
#[cfg(feature = "reqwest")]
mod counted;
mod counters;
mod early;
mod environment;
mod framing;
mod hostile;
#[cfg(feature = "html")]
mod html;
mod http2;
mod httpbin;
mod limits;
mod lives;
mod memory;
mod nginx;
mod retries;
mod routes;
mod spans;
mod support;
mod table;
mod texts;
mod tls;
mod verdicts;
mod wire;
