//! The results of a run of mite as a file, and what is made of them.
//!
//! - [`document`]: the file that `--json` writes, with its reader and writer.
//! - [`windows`]: the course of a run in bounded memory.
//! - [`compare`]: whether one run is slower than another.
//! - [`export`]: the same results for other tools.
//! - [`page`]: the same results as a page for people.
//!
//! Everything here is pure but the reading and writing of files: no clock, no
//! threads, no random numbers. `docs/results.md` is for users.

#![warn(missing_docs)]

pub mod compare;
pub mod document;
mod escape;
pub mod export;
mod markdown;
pub mod page;
mod units;
pub mod windows;
