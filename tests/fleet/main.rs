//! A fleet over NATS, against real servers.

mod connect;
mod consumer;
mod credentials;
mod lanes;
mod process;
mod records;
mod refusals;
mod runs;
mod server;
mod up;
