//! Programs, in an environment without options.

use std::process::{Command, Stdio};

use crate::example;

/// An example. Whether the machine is too busy for a run to be valid is not what is looked
/// at.
#[track_caller]
pub fn command(name: &str, arguments: &[&str]) -> Command {
    let mut command = without_options(Command::new(example(name)));
    command.args(arguments).env("MITE_ALLOW_INVALID", "true");
    command
}

/// A program whose environment has no options of mite and of what mite reads, is outside of
/// CI, and leaves backtraces out of what is shown of errors.
pub fn without_options(mut command: Command) -> Command {
    const OPTIONS: [&str; 4] = ["MITE_", "GITHUB_", "OTEL_", "INFLUXDB_"];
    let is_option = |key: &str| OPTIONS.iter().any(|start| key.starts_with(start)) || key == "CI";
    for (key, _) in std::env::vars().filter(|(key, _)| is_option(key)) {
        command.env_remove(key);
    }
    command.env_remove("RUST_BACKTRACE").stdin(Stdio::null());
    command
}
