//! mite, handed on.

pub use mite;
