//! mite as a fleet: what controller, runners and consumers of messages say to one another
//! through a [NATS](https://nats.io) server.
//!
//! [`Connect`] says where the server is and who one is there; [`Connection`] is what comes
//! of it. Subjects and what is encoded for them are named nowhere else than in this crate.
//! A run's controller has a [`ControllerSide`], each process of runners a [`RunnerSide`].

#![warn(missing_docs)]

mod clock;
mod connect;
mod connection;
mod controller;
mod event;
mod frame;
mod identity;
mod net;
mod place;
mod refusal;
mod roster;
mod run_name;
mod runner;
mod server;
mod subject;
mod tls;
mod wire;

pub use async_nats;
pub use clock::{Clock, Offset};
pub use connect::Connect;
pub use connection::Connection;
pub use controller::{ControllerSide, NatsEnd};
pub use event::{Event, Events};
pub use identity::Identity;
pub use place::Place;
pub use roster::{Process, Roster, Standing};
pub use run_name::RunName;
pub use runner::{Heard, NatsTransport, RunnerSide};
pub use server::Server;
pub use subject::Subjects;
pub use wire::{Hello, ProcessStatus, Reply, Start, Tidings};
