//! What a run leaves on disk: records, collected messages, and their form as text.

mod collector;
mod directory;
mod json_form;
mod private;
mod record_file;
mod recorder;
mod walk;

pub(crate) use collector::{Collector, CollectorSettings};
pub(crate) use json_form::{from_json, to_json};
pub(crate) use recorder::Recorder;
