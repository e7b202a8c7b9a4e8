//! What a run serves while it runs: pages, numbers for other programs, and what ends or
//! marks it.
//!
//! A server has one thread of its own, with a runtime of its own: it touches neither the
//! control thread nor a runner, and nothing waits for it. What is served are [`Route`]s;
//! what they are made of comes from [`Feed`]s, which see the run as every output does.

mod address;
mod guard;
mod linger;
mod output;
mod request;
mod response;
mod route;
mod server;
mod token;

pub(crate) use address::{DEFAULT as DEFAULT_ADDRESS, Place, WebAddress};
pub(crate) use linger::linger;
pub(crate) use output::{Site, Web, WebOutput};
pub(crate) use request::Request;
pub(crate) use response::Response;
pub(crate) use route::{Feed, Route};
pub(crate) use token::{Token, random};
