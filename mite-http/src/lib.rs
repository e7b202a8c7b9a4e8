//! The HTTP client of mite: one session per journey, every attempt measured.
//!
//! [`HttpContext`] puts `http()` on the context. Every attempt at a request,
//! failed ones and each hop of a redirect included, is counted and sends one
//! `http_metrics` message with its outcome and its phases.
//!
//! ```
//! use mite::prelude::*;
//!
//! #[journey]
//! async fn buy(ctx: &Context) -> mite::Result {
//!     ctx.transaction("buy", async |ctx| {
//!         let basket = serde_json::json!({ "item": 7 });
//!         let r = ctx.http().post("http://127.0.0.1:8080/orders").json(&basket).send().await?;
//!         let order: u64 = r.expect_status(201)?.json()?;
//!         ctx.http().get(format!("http://127.0.0.1:8080/orders/{order}")).send().await?;
//!         Ok(())
//!     })
//!     .await
//! }
//! ```
//!
//! Features of the crate `mite-http`. `mite` has them by the same names, and `compression`
//! always:
//!
//! | feature | adds | default |
//! |---|---|---|
//! | `compression` | `br` and `zstd` beside gzip and deflate, in pure Rust | on |
//! | `encrypted-keys` | client certificates whose keys have a password | off |
//! | `html` | `ctx.browser()`: pages with their links, forms and resources | off |
//! | `reqwest` | `Http::reqwest`, which counts the requests of SDKs built on reqwest | off |

#![warn(missing_docs)]

// One request passes the modules in this order: `request` builds it, `send` follows its
// redirects, `exchange` makes one attempt at it (on a connection that `line` has from `pool` or
// from the dialer of `mite-net`, driven in the journey's own task), and `meter`, the only module
// that knows mite's messages, books the attempt.
mod additional;
mod body;
mod charset;
mod client;
mod connection;
mod cookie;
#[cfg(feature = "reqwest")]
mod counted;
mod curl;
mod encoding;
mod engine;
mod error;
mod exchange;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod h1;
mod har;
mod head;
mod held;
mod hop;
mod hosts;
#[cfg(feature = "html")]
pub mod html;
mod http2;
mod line;
mod lines;
mod meter;
mod multipart;
mod plan;
mod pool;
mod prepared;
pub mod recipes;
mod record;
mod redirect;
mod rehearsal;
mod request;
mod response;
mod rest;
mod send;
mod session;
mod settings;
mod spans;
mod sse;
mod stream;
mod sweeper;
mod target;
mod trace;
mod verbs;
mod wire;

pub use additional::AdditionalMetrics;
pub use body::Body;
pub use client::{Http, HttpContext};
pub use cookie::{Cookie, Cookies};
pub use error::{Error, Kind, Result};
#[cfg(feature = "html")]
pub use html::BrowserContext;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};
pub use mite_net::{AddressFamily, HostAddress, Timings, TlsSession};
pub use multipart::{Multipart, Part};
pub use record::{HttpMessage, HttpRecord};
#[doc(hidden)]
pub use rehearsal::rehearse;
pub use request::RequestBuilder;
pub use response::{ExpectedStatus, Response};
#[doc(hidden)]
pub use session::prepare;
pub use settings::{Connections, HttpSettings, HttpVersion};
pub use sse::Event;
pub use stream::StreamingResponse;
pub use url::Url;

/// The book's page of the client, whose blocks of Rust are tests.
#[cfg(all(doctest, feature = "html"))]
#[doc = include_str!("../../docs/http.md")]
mod book {}
