//! How mite reaches a host: names, TCP, proxies and TLS, each with its time. What a
//! protocol dials with.
//!
//! A [`Dialer`] is made once for a runner, from [`Settings`], and makes connections
//! to [`Endpoint`]s. A line-based ping, for instance:
//!
//! ```
//! use std::time::Duration;
//!
//! use mite_core::journey::Context;
//! use mite_net::{Deadline, Dialer, Endpoint, Error, Kind, Settings, Timings};
//! use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
//! use tokio::time::Instant;
//!
//! async fn ping(ctx: &Context, dialer: &Dialer, to: Endpoint<'_>) -> Result<Timings, Error> {
//!     let until = Deadline::after(Instant::now(), Duration::from_secs(5));
//!     // A test on virtual time waits for sockets.
//!     let _hold = ctx.hold_clock(until.limit);
//!     let (dialed, mut timings) = dialer.dial(to, &until).await?;
//!     let mut stream = BufReader::new(dialed.stream);
//!     let mut line = String::new();
//!     timings.transfer_start = timings.so_far();
//!     let talk = async {
//!         stream.write_all(b"PING\n").await?;
//!         stream.read_line(&mut line).await
//!     };
//!     until.limit(async { talk.await.map_err(|e| Error::of(Kind::Connect, e)) }).await?;
//!     timings.first_byte = timings.so_far();
//!     timings.total = timings.so_far();
//!     Ok(timings)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! # let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
//! # let port = server.local_addr().unwrap().port();
//! # tokio::spawn(async move {
//! #     let (mut tcp, _) = server.accept().await.unwrap();
//! #     tcp.write_all(b"PONG\n").await.unwrap();
//! #     tokio::time::sleep(Duration::from_secs(1)).await;
//! # });
//! # let ctx = Context::for_test();
//! // Once for a runner: `ctx.runner_extension`.
//! let settings = Settings::from_config(ctx.config()).unwrap();
//! let dialer = Dialer::new(settings, &[]).unwrap();
//! let timings = ping(&ctx, &dialer, Endpoint::new("127.0.0.1", port)).await.unwrap();
//! assert!(timings.dns <= timings.connect && timings.connect <= timings.total);
//! let error = ping(&ctx, &dialer, Endpoint::new("127.0.0.1", 1)).await.unwrap_err();
//! assert_eq!((error.kind(), error.cause()), (Kind::Connect, "Connection refused"));
//! # }
//! ```
//!
//! | feature | adds | default |
//! |---|---|---|
//! | `encrypted-keys` | client certificates whose keys have a password | off |

#![warn(missing_docs)]

#[macro_use]
mod declaration;

mod address;
mod credentials;
mod deadline;
mod dialer;
mod dns;
mod endpoint;
mod error;
pub mod form;
mod identity;
mod proxy;
mod settings;
mod shown;
mod socks;
mod stream;
mod tcp;
mod timings;
mod tls;
mod trusted;
mod tunnel;
mod unverified;
mod verdict;

pub use address::{AddressFamily, HostAddress};
pub use credentials::{Credentials, take_credentials};
pub use deadline::{Alarm, Deadline, Late};
pub use dialer::{Dialed, Dialer};
pub use endpoint::Endpoint;
pub use error::{Error, Kind, root_cause};
pub use proxy::Forward;
pub use settings::Settings;
pub use shown::{shown_pairs, shown_url};
pub use stream::Stream;
pub use timings::Timings;
pub use tls::TlsSession;
pub use verdict::tls_failure;
