//! `ctl`: a running fleet's controls.

use std::process::ExitCode;

use clap::ValueEnum;
use mite_core::error::{Error, Result};
use mite_nats::Ask;

use super::exit::Exit;
use super::nats::NatsOptions;
use crate::output::Change;
use crate::run::RunError;
use crate::run::shutdown::unless_interrupted;
use crate::terminal::console;

/// What `ctl` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct CtlOptions {
    /// What to do
    #[arg(value_enum)]
    what: What,
    /// For `rate`: what the scenario's levels and rates are multiplied by, such as ×1.5, 0.5 or 150%; set again, it does not add up
    #[arg(allow_hyphen_values = true)]
    factor: Option<String>,
    #[command(flatten)]
    nats: NatsOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Say how the run stands
    Status,
    /// Start nothing until `resume`; what runs may finish
    Pause,
    /// Go on
    Resume,
    /// Multiply the load
    Rate,
    /// End the run: what runs may finish, and it is judged
    Stop,
}

/// Asks a run for something.
pub(super) fn ctl(options: CtlOptions) -> Result<ExitCode> {
    let CtlOptions { what, factor, nats } = options;
    let ask = match (what, factor) {
        (What::Rate, Some(factor)) => {
            Change::scale(&factor).map_err(Error::new)?;
            Ask::Rate(factor)
        }
        (What::Rate, None) => return Err(Error::new("rate needs a factor, such as ×1.5")),
        (_, Some(word)) => {
            return Err(Error::new(format!(
                "`{word}` means nothing here; only rate takes a factor"
            )));
        }
        (What::Status, None) => Ask::Status,
        (What::Pause, None) => Ask::Pause,
        (What::Resume, None) => Ask::Resume,
        (What::Stop, None) => Ask::Stop,
    };
    let connect = nats.connect("ctl")?;
    let answer = unless_interrupted(async {
        let connection = connect.connect().await?;
        let answer = mite_nats::ask(&connection, &nats.run_name, ask).await;
        connection.close().await;
        answer
    });
    Ok(match answer {
        Ok(text) => {
            console::print(text)?;
            Exit::Passed.into()
        }
        Err(RunError::Cut(signal)) => ExitCode::from(128 + signal),
        Err(error) => {
            console::note(format_args!("error: {}", error.into_error()));
            Exit::Infrastructure.into()
        }
    })
}
