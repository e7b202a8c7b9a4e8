//! Subjects and streams of messages, as against those of control.

use crate::run_name::RunName;

/// Where messages of a run go.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    run: String,
}

impl Lane {
    pub(crate) fn of(run: &RunName) -> Self {
        Self { run: run.to_string() }
    }

    /// Where those who listen say for what, and how far they are.
    pub(crate) fn listening(&self) -> String {
        format!("mite.{}.listening", self.run)
    }

    /// Where they are asked to say so now.
    pub(crate) fn who_listens(&self) -> String {
        format!("mite.{}.who", self.run)
    }

    /// Where those who send say how much they have sent.
    pub(crate) fn sent(&self) -> String {
        format!("mite.{}.sent", self.run)
    }

    /// Where it is said that the run is over.
    pub(crate) fn over(&self) -> String {
        format!("mite.{}.over", self.run)
    }

    /// Where people ask for something.
    pub(crate) fn ctl(&self) -> String {
        format!("mite.{}.ctl", self.run)
    }

    /// Where the messages for a group of consumers go.
    pub(crate) fn raw(&self, group: &str) -> String {
        format!("mite.{}.raw.{group}", self.run)
    }

    /// Where records go, to be kept until somebody has written them.
    pub(crate) fn record(&self) -> String {
        format!("mite.{}.record", self.run)
    }

    /// The stream that keeps them.
    pub(crate) fn records(&self) -> String {
        format!("mite_{}_records", self.run)
    }
}

/// What can stand in a subject, of whatever text.
pub(crate) fn token(text: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    text.chars().map(|c| if fits(c) { c } else { '_' }).collect()
}
