//! The course of a run in bounded memory: what files of results, the report and the page
//! are made of.

mod course;
mod events;
pub(crate) mod ids;
mod stall;
pub(crate) mod word;

pub(crate) use course::Course;
#[cfg(feature = "terminal")]
pub(crate) use events::Events;
