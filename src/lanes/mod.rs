//! What leaves a process of a fleet besides its counts: raw messages for whoever listens in
//! other processes, and records.

mod messages;
mod raw;
mod records;
mod waiting;

pub(crate) use messages::MessageLanes;
