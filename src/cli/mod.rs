//! The command line of a test binary.

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use mite_core::registry::Registry;

use crate::output::console;

mod args;
mod cat;
mod config_sources;
mod duration;
pub(crate) mod list;
mod number;
pub(crate) mod settings;
pub(crate) mod test;

use args::{Args, Command, JourneyCommand, ScenarioCommand};

/// Why a command stopped, as an exit code: `0` passed, `1` a limit was
/// exceeded, `2` usage, or a test that could not start, `4` something that the
/// test stands on was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Passed = 0,
    Exceeded = 1,
    Usage = 2,
    Infrastructure = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Runs the command line of this binary: what [`main!`](crate::main) expands to.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     mite::cli::main()
/// }
/// ```
pub fn main() -> ExitCode {
    match Args::try_parse() {
        Ok(args) => run(args.command).into(),
        Err(error) => usage(&error).into(),
    }
}

fn usage(error: &clap::Error) -> Exit {
    // Nobody is left to tell if this cannot be printed.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Passed,
        _ => Exit::Usage,
    }
}

fn run(command: Command) -> Exit {
    let done = Registry::collect().and_then(|registry| match command {
        Command::List { json } => list::show(&registry, json).map(|()| Exit::Passed),
        Command::Cat { file, prettify_timestamps } => {
            cat::cat(&file, prettify_timestamps).map(|()| Exit::Passed)
        }
        Command::Uncat { file } => cat::uncat(&file).map(|()| Exit::Passed),
        Command::Scenario(ScenarioCommand::Test { spec, options }) => {
            test::scenario_test(registry, &spec, *options)
        }
        Command::Journey(JourneyCommand::Test { spec, pool, volume, options }) => {
            test::journey_test(registry, &spec, pool.as_deref(), volume, *options)
        }
        Command::Journey(JourneyCommand::Run { spec, pool, options }) => {
            test::journey_run(registry, &spec, pool.as_deref(), *options)
        }
    });
    done.unwrap_or_else(|error| {
        console::note(format_args!("error: {error}"));
        Exit::Usage
    })
}

#[cfg(test)]
mod tests;
