//! The command line of a test binary.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use mite_core::registry::Registry;

use crate::terminal::console;

mod args;
mod cat;
mod compare;
mod config_sources;
#[cfg(feature = "nats")]
mod consumers;
#[cfg(feature = "nats")]
mod ctl;
mod exit;
#[cfg(all(feature = "nats", feature = "web"))]
mod exporter;
mod files;
#[cfg(feature = "nats")]
mod fleet;
#[cfg(feature = "nats")]
mod fleet_options;
mod hints;
mod limits;
mod list;
mod look;
#[cfg(feature = "nats")]
mod nats;
mod plan;
#[cfg(feature = "http")]
mod push;
mod results;
mod shown;
mod test;
#[cfg(feature = "traces")]
mod traces;
mod twins;
mod watched;
#[cfg(feature = "web")]
mod web;

#[cfg(feature = "nats")]
use args::FleetCommand;
use args::{Args, Command, JourneyCommand, ScenarioCommand};
use exit::Exit;
use test::Alone;
use twins::blame;

/// How long the terminal may take for what is said last.
const GRACE: Duration = Duration::from_secs(1);

/// Runs the command line of this binary: what [`main!`](crate::main) expands to.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     mite::cli::main()
/// }
/// ```
pub fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    let exit = match Args::read(&words) {
        Ok(args) => run(args.command, &words),
        Err(mut error) => {
            let translated = hints::translate(&mut error);
            usage(&error, &words, translated).into()
        }
    };
    console::close(GRACE);
    exit
}

/// `translated`: a tip says what the word is here.
fn usage(error: &clap::Error, words: &[OsString], translated: bool) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // Nobody is left to tell if this cannot be printed.
            let _ = error.print();
            Exit::Passed
        }
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => {
            let text = error.render().to_string();
            console::note(blame(text.trim_end(), words, |name| std::env::var_os(name)));
            Exit::Usage
        }
        _ => {
            let _ = error.print();
            if error.kind() == ErrorKind::UnknownArgument
                && !translated
                && let Some(option) = before_the_command(words)
            {
                console::note(format_args!(
                    "tip: options stand behind the command: scenario test SPEC {option}"
                ));
            }
            Exit::Usage
        }
    }
}

/// An option that stands before the command, where upstream's mite has them.
fn before_the_command(words: &[OsString]) -> Option<&str> {
    words.get(1)?.to_str().filter(|word| word.starts_with("--"))
}

fn run(command: Command, words: &[OsString]) -> ExitCode {
    let done = Registry::collect().and_then(|registry| match command {
        Command::List { json } => list::show(&registry, json).map(|()| Exit::Passed.into()),
        Command::Cat { file, prettify_timestamps } => {
            cat::cat(&file, prettify_timestamps).map(|()| Exit::Passed.into())
        }
        Command::Uncat { file } => cat::uncat(&file).map(|()| Exit::Passed.into()),
        Command::Compare(options) => compare::compare(*options),
        Command::Report { file, html } => {
            results::report(&file, html.as_deref()).map(|()| Exit::Passed.into())
        }
        Command::Export { to, file } => results::show(&file, to).map(|()| Exit::Passed.into()),
        Command::Plan(options) => plan::show(registry, *options).map(|()| Exit::Passed.into()),
        #[cfg(feature = "nats")]
        Command::Ctl(options) => ctl::ctl(*options),
        #[cfg(feature = "nats")]
        Command::Collector(options) => consumers::collector(*options),
        #[cfg(feature = "nats")]
        Command::Recorder(options) => consumers::recorder(*options),
        #[cfg(all(feature = "nats", feature = "web"))]
        Command::PrometheusExporter(options) => exporter::exporter(*options),
        #[cfg(feature = "nats")]
        Command::Receiver(options) => consumers::receiver(&registry, *options),
        Command::Scenario(ScenarioCommand::Test { spec, options }) => {
            test::scenario_test(registry, spec.as_deref(), *options)
        }
        Command::Journey(JourneyCommand::Test { spec, pool, scenario, volume, options }) => {
            let alone = Alone { spec, pool, scenario };
            test::journey_test(registry, &alone, volume, *options)
        }
        Command::Journey(JourneyCommand::Run { spec, pool, scenario, look, options }) => {
            test::journey_run(registry, &Alone { spec, pool, scenario }, look, *options)
        }
        #[cfg(feature = "nats")]
        Command::Controller { spec, nats, fleet, options } => {
            fleet::controller(registry, spec, *nats, fleet, *options)
        }
        #[cfg(feature = "nats")]
        Command::Fleet(FleetCommand::Up { spec, of_up, options }) => {
            fleet::up(registry, spec, of_up.runner_timeout, *options)
        }
        #[cfg(feature = "nats")]
        Command::Runner(options) => fleet::runner(registry, *options),
    });
    done.unwrap_or_else(|error| {
        let text = blame(&format!("error: {error}"), words, |name| std::env::var_os(name));
        console::note(text);
        Exit::Usage.into()
    })
}

#[cfg(test)]
mod tests;
