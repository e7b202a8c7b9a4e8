//! What is known of a run before it starts, and is not in its counts.

use std::collections::BTreeMap;

use mite_core::stats::RunInfo;

/// What tells this run from all others.
pub(crate) fn run_id(info: &RunInfo) -> String {
    format!("{:x}-{:x}", (info.started * 1e6) as u64, std::process::id())
}

/// What the command line knows of a run that its counts do not.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunFacts {
    /// What `--label` said.
    pub(crate) labels: BTreeMap<String, String>,
    /// Options that were given, without those that may hold secrets.
    pub(crate) settings: BTreeMap<String, String>,
    /// Keys of the config, without their values.
    pub(crate) config_keys: Vec<String>,
}
