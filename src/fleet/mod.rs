//! A run whose runners are other processes, which it meets at a NATS server.
//!
//! The controller's process runs as a local one does, with the runners [elsewhere](site);
//! a process of [runners](process) runs the other half.

mod catalogue;
mod ctl;
mod elsewhere;
mod local;
mod options;
mod parting;
mod process;
mod seconds;
mod site;
mod traces;
mod unkept;
mod work;

pub(crate) use ctl::CtlOutput;
pub(crate) use local::LocalFleet;
pub(crate) use process::RunnerProcess;
pub(crate) use site::Fleet;
#[cfg(feature = "traces")]
pub(crate) use traces::Traces;
pub(crate) use work::Outcome;

/// The name of this machine.
fn host() -> String {
    #[cfg(unix)]
    {
        rustix::system::uname().nodename().to_string_lossy().into_owned()
    }
    #[cfg(not(unix))]
    {
        std::env::var("COMPUTERNAME").unwrap_or_else(|_| "unknown".to_owned())
    }
}
