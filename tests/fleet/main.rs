//! A fleet over NATS, against real servers.

mod connect;
mod credentials;
mod server;
