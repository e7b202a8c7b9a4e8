//! `cargo mite`: makes crates of load tests, and journeys from recordings.

use std::process::ExitCode;

mod cli;
mod code;
mod curl;
mod error;
mod har;
mod ident;
mod import;
mod literal;
mod name;
mod new;
mod openapi;
mod origin;
mod recording;
mod shell;
mod time;
mod variable;

fn main() -> ExitCode {
    match cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
