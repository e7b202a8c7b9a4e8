//! The command line, as a person uses it: whole processes, their screens and
//! their exit codes.

mod data;
mod failures;
mod hanging;
mod har;
mod health;
mod limits;
mod many;
mod panics;
mod plan;
mod postmortem;
mod process;
mod processors;
mod report;
mod results;
mod runs;
#[cfg(target_os = "linux")]
mod screen;
mod secrets;
mod signals;
mod stages;
#[cfg(target_os = "linux")]
mod stuck;
#[cfg(target_os = "linux")]
mod terminal;
mod usage;
mod web;
