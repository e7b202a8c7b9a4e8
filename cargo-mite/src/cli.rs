//! The command line.

use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::error::Result;
use crate::import::{self, Target};
use crate::new::{self, New};

/// Load tests with mite: new crates, and journeys from recordings
#[derive(Parser)]
#[command(name = "mite", bin_name = "cargo mite", version, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a crate of load tests that runs as it is
    New(NewArgs),
    /// Make journeys of recordings and descriptions, in the crate of this folder
    #[command(subcommand)]
    Import(Import),
}

#[derive(Subcommand)]
enum Import {
    /// Make a journey of what a browser recorded (HAR, from the network tab of its developer tools)
    Har {
        /// The file
        file: PathBuf,
        /// Take in requests to this host, too; may be repeated
        #[arg(long = "host", value_name = "HOST")]
        hosts: Vec<String>,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Make journeys of the description of a service (OpenAPI 3.0 or 3.1, JSON or YAML), one for each tag
    Openapi {
        /// The file
        file: PathBuf,
        /// A journey for each first part of a path, not for each tag
        #[arg(long)]
        by_path: bool,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Make a journey of a command of curl, as browsers copy a request, or of several with `;` between them
    Curl {
        #[command(flatten)]
        target: TargetArgs,
        /// The command, in quotes or as it is; `-` reads it, or several, from standard input
        #[arg(
            value_name = "COMMAND",
            required = true,
            trailing_var_arg = true,
            allow_hyphen_values = true
        )]
        command: Vec<String>,
    },
}

#[derive(Args)]
struct TargetArgs {
    /// The journey's name, and that of its file
    #[arg(long)]
    name: Option<String>,
    /// Print the journey, and write nothing
    #[arg(long)]
    stdout: bool,
}

impl From<TargetArgs> for Target {
    fn from(TargetArgs { name, stdout }: TargetArgs) -> Self {
        Self { name, stdout }
    }
}

#[derive(Args)]
struct NewArgs {
    /// The folder to make; its last part is the crate's name; `.` is this folder
    #[arg(value_name = "NAME")]
    path: PathBuf,
    /// Test the service at this address, in place of the small one of the crate's own
    #[arg(long = "for", value_name = "URL")]
    url: Option<String>,
    /// The folder of mite's sources to depend on [default: those that cargo-mite was built from, if they are there; else the registry]
    #[arg(long, value_name = "PATH")]
    mite: Option<PathBuf>,
}

/// Does what the command line says. Called by cargo, its first argument is `mite`.
pub(crate) fn run() -> Result {
    let mut arguments: Vec<_> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|first| first == "mite") {
        arguments.remove(1);
    }
    let matches = Cli::command().get_matches_from(arguments);
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match cli.command {
        Command::New(NewArgs { path, url, mite }) => new::make(&New { path, url, mite }),
        Command::Import(Import::Har { file, hosts, target }) => {
            import::har(&file, &hosts, &target.into())
        }
        Command::Import(Import::Openapi { file, by_path, target }) => {
            import::openapi(&file, by_path, &target.into())
        }
        Command::Import(Import::Curl { command, target }) => import::curl(&command, &target.into()),
    }
}
