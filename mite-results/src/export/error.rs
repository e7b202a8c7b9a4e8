//! Why nothing can be made.

use std::fmt;

use crate::document::ReadError;

/// Why nothing can be made.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The file is not a run's results.
    Read(ReadError),
    /// The results lack what the format needs.
    Missing(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(e) => e.fmt(f),
            Self::Missing(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read(e) => Some(e),
            Self::Missing(_) => None,
        }
    }
}
