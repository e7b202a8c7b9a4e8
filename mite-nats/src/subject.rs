//! What is said where: every subject of a run begins with `mite.` and its name.

use mite_core::ids::RunnerId;

use crate::run_name::RunName;

/// The subjects of one run.
///
/// ```
/// use mite_nats::{RunName, Subjects};
/// let subjects = Subjects::of(&"rush".parse::<RunName>().unwrap());
/// assert_eq!(subjects.progress(), "mite.rush.progress");
/// assert_eq!(subjects.grant(7), "mite.rush.grant.7");
/// ```
#[derive(Clone, Debug)]
pub struct Subjects {
    prefix: String,
}

impl Subjects {
    /// Those of `run`.
    pub fn of(run: &RunName) -> Self {
        Self { prefix: format!("mite.{run}") }
    }

    /// Where processes of runners ask to be taken.
    pub fn hello(&self) -> String {
        format!("{}.hello", self.prefix)
    }

    /// Where such a process is answered.
    pub fn welcome(&self, process: u64) -> String {
        format!("{}.welcome.{process:016x}", self.prefix)
    }

    /// Where runners report and ask for work.
    pub fn progress(&self) -> String {
        format!("{}.progress", self.prefix)
    }

    /// Where a runner gets its Grants.
    pub fn grant(&self, runner: RunnerId) -> String {
        format!("{}.grant.{runner}", self.prefix)
    }

    /// Where a runner is told to ask now.
    pub fn nudge(&self, runner: RunnerId) -> String {
        format!("{}.nudge.{runner}", self.prefix)
    }

    /// Where processes ask what the controller's clock says.
    pub fn clock(&self) -> String {
        format!("{}.clock", self.prefix)
    }

    /// Where such a process is answered.
    pub fn time(&self, process: u64) -> String {
        format!("{}.time.{process:016x}", self.prefix)
    }

    /// Where processes say what their runners have counted.
    pub fn counts(&self) -> String {
        format!("{}.counts", self.prefix)
    }

    /// Where processes are asked to say that now.
    pub fn ask(&self) -> String {
        format!("{}.ask", self.prefix)
    }

    /// Where a process says what it has counted in all.
    pub fn last(&self, process: u64) -> String {
        format!("{}.last.{process:016x}", self.prefix)
    }

    /// Of whatever process.
    pub fn any_last(&self) -> String {
        format!("{}.last.*", self.prefix)
    }

    /// Where the controller says its metrics, for those who export them.
    pub fn metrics(&self) -> String {
        format!("{}.metrics", self.prefix)
    }

    /// Where those say that they are there.
    pub fn exporters(&self) -> String {
        format!("{}.exporters", self.prefix)
    }

    /// Where processes say goodbye.
    pub fn bye(&self) -> String {
        format!("{}.bye", self.prefix)
    }
}
