//! Making a connection: name, TCP, proxy, TLS, each with its time.

mod dialer;
mod dns;
mod identity;
mod proxy;
mod socks;
mod tcp;
mod tls;
mod tunnel;
mod unverified;

pub(crate) use dialer::{Dialed, Dialer, Route};
pub(crate) use proxy::Forward;
pub use tls::TlsSession;
