//! mite as a fleet: what controller, runners and consumers of messages say to one another
//! through a [NATS](https://nats.io) server.
//!
//! [`Connect`] says where the server is and who one is there; [`Connection`] is what comes
//! of it. Subjects and what is encoded for them are named nowhere else than in this crate.

#![warn(missing_docs)]

mod connect;
mod connection;
mod event;
mod identity;
mod place;
mod refusal;
mod run_name;
mod tls;

pub use async_nats;
pub use connect::Connect;
pub use connection::Connection;
pub use event::{Event, Events};
pub use identity::Identity;
pub use place::Place;
pub use run_name::RunName;
