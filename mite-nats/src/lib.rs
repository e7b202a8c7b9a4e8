//! mite as a fleet: what controller, runners and consumers of messages say to one another
//! through a [NATS](https://nats.io) server.
//!
//! [`Connect`] says where the server is and who one is there; [`Connection`] is what comes
//! of it. Subjects and what is encoded for them are named nowhere else than in this crate.
//! A run's controller has a [`ControllerSide`], each process of runners a [`RunnerSide`].

#![warn(missing_docs)]

mod audience;
mod bucket;
mod clock;
mod connect;
mod connection;
mod controller;
mod ctl;
mod earlier;
mod event;
mod exposed;
mod frame;
mod identity;
mod lane;
mod lasts;
mod leadership;
mod listening;
mod net;
mod parcel;
mod place;
mod progress;
mod raw_consumer;
mod raw_source;
mod record_reader;
mod records;
mod refusal;
mod roster;
mod run_name;
mod runner;
mod server;
mod store;
mod strays;
mod subject;
mod tether;
mod timekeeper;
mod tls;
mod wire;

pub use async_nats;
pub use clock::{Clock, Offset};
mod watch;

pub use audience::Consumer;
pub use connect::Connect;
pub use connection::Connection;
pub use controller::{ControllerSide, NatsEnd};
pub use ctl::{Ask, Handler, answer, ask};
pub use earlier::Earlier;
pub use event::{Event, Events};
pub use exposed::{Exposed, MetricReader, MetricSource};
pub use identity::Identity;
pub use leadership::Claim;
pub use net::Net;
pub use parcel::Parcel;
pub use place::Place;
pub use raw_consumer::{Account, RawConsumer};
pub use raw_source::RawSource;
pub use record_reader::RecordReader;
pub use records::{RecordSource, keep_records};
pub use roster::{Process, Roster};
pub use run_name::RunName;
pub use runner::{Heard, NatsTransport, RunnerSide};
pub use server::Server;
pub use store::NatsStore;
pub use subject::Subjects;
pub use tether::{end_tethered, tethered};
pub use timekeeper::Led;
pub use watch::Watch;
pub use wire::{Hello, Options, ProcessStatus, Reply, Start, Tidings};
