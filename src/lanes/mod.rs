//! What leaves a process of a fleet besides its counts: raw messages for whoever listens in
//! other processes, and records.

mod connection;
mod messages;
mod raw;
mod records;
mod waiting;

pub(crate) use connection::told;
pub(crate) use messages::MessageLanes;
