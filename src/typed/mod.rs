//! How values are typed on the command line, and in the variables beside it.

pub(crate) mod duration;
pub(crate) mod list;
pub(crate) mod number;
