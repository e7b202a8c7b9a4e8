//! What was run, when and where.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Number, Text};

/// What wrote the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Tool {
    /// `mite`.
    pub name: Text,
    /// Its version.
    pub version: Text,
    /// What it was compiled for, as `x86_64-unknown-linux-gnu`.
    #[serde(default)]
    pub target: Option<Text>,
    /// `release` or `debug`. Times of a debug build are not those of the service.
    #[serde(default)]
    pub profile: Option<Text>,
}

/// What was run, when and where. Values of the configuration are not here:
/// they may be secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Run {
    /// Names this run among others.
    pub id: Text,
    /// The scenario or the journey, as `shop:rush_hour`.
    pub test: Text,
    /// When it began: RFC 3339 in UTC.
    pub started: Text,
    /// How long it took, drain included.
    pub elapsed_s: Number,
    /// How long it was to take; null when it had no end of its own.
    #[serde(default)]
    pub planned_s: Option<Number>,
    /// How long load was asked for: what rates are over.
    #[serde(default)]
    pub load_s: Option<Number>,
    /// For how long of it load was paused by hand: rates are over the rest.
    #[serde(default)]
    pub paused_s: Number,
    /// The first seconds, whose samples are in the windows but in no total.
    #[serde(default)]
    pub warmup_s: Number,
    /// Response times of closed lines are corrected for coordinated omission, as if each
    /// slot had been meant to start something at this interval; null if they are not.
    #[serde(default)]
    pub correct_omission_s: Option<Number>,
    /// What random choices were made from.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Runners, one to a core.
    #[serde(default)]
    pub runners: u32,
    /// Where it ran.
    #[serde(default)]
    pub host: Host,
    /// What `--label` says, and what CI says of commit and branch.
    #[serde(default)]
    pub labels: BTreeMap<String, Text>,
    /// Options that were given, by name; never one that holds a secret.
    #[serde(default)]
    pub settings: BTreeMap<String, Text>,
    /// Keys of the configuration, without their values.
    #[serde(default)]
    pub config_keys: Vec<Text>,
}

/// The machine that made the load.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Host {
    /// Its name.
    pub name: Option<Text>,
    /// Cores that the process may use.
    pub cpus: Option<u32>,
    /// `linux`, `macos`, `windows`.
    pub os: Option<Text>,
    /// The version of its kernel.
    pub kernel: Option<Text>,
}
