//! A fleet over NATS, against real servers.

mod connect;
mod credentials;
mod process;
mod refusals;
mod runs;
mod server;
mod up;
