//! A fleet over NATS, against real servers.

mod connect;
mod consumer;
mod credentials;
mod ctl;
mod cut;
mod ends;
mod exporter;
mod faults;
mod findings;
mod full_disk;
mod lanes;
mod long_lived;
mod messages;
mod names;
mod numbers;
mod outages;
mod permissions;
mod process;
mod records;
mod refusals;
mod restarts;
mod rollback;
mod runs;
mod served;
mod server;
mod signals;
#[cfg(feature = "traces")]
mod traces;
mod up;
