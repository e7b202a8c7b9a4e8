//! Why there is no connection, with a kind that is a label.

use std::error::Error as StdError;
use std::fmt;

use crate::deadline::Late;

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The settings cannot be used.
    Settings,
    /// The host's name could not be resolved.
    Dns,
    /// No connection could be made.
    Connect,
    /// The TLS handshake failed; the certificate was not accepted.
    Tls,
    /// No connection was made in time.
    Timeout,
}

impl Kind {
    /// The kind as a label: what the HTTP client calls the same.
    ///
    /// ```
    /// assert_eq!(mite_net::Kind::Timeout.as_str(), "timeout_connect");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout_connect",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// There is no connection.
#[derive(Debug)]
pub struct Error {
    pub(crate) kind: Kind,
    pub(crate) cause: String,
    pub(crate) source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// A failure of this kind.
    pub fn new(kind: Kind, cause: impl Into<String>) -> Self {
        Self { kind, cause: cause.into(), source: None }
    }

    /// A failure of this kind that another error is the source of.
    pub fn of(kind: Kind, error: impl StdError + Send + Sync + 'static) -> Self {
        Self { kind, cause: root_cause(&error), source: Some(Box::new(error)) }
    }

    /// What kind of failure it was.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The cause, without the kind.
    pub fn cause(&self) -> &str {
        &self.cause
    }

    /// Whether the process, or the system, has as many files and connections open as
    /// it may: closing one helps.
    pub fn is_for_want_of_descriptors(&self) -> bool {
        // EMFILE and ENFILE, which are the same numbers on all Unixes.
        let source = self.source.as_ref().and_then(|e| e.downcast_ref::<std::io::Error>());
        let code = source.and_then(std::io::Error::raw_os_error);
        cfg!(unix) && matches!(code, Some(23 | 24))
    }

    /// Kind, cause and source, for the error of a protocol.
    pub fn into_parts(self) -> (Kind, String, Option<Box<dyn StdError + Send + Sync>>) {
        (self.kind, self.cause, self.source)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.cause)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|e| e as _)
    }
}

impl From<Late> for Error {
    fn from(late: Late) -> Self {
        Self::new(Kind::Timeout, format!("no connection within {:?}", late.limit))
    }
}

/// The text of the error at the root, without its number: the layers above it say
/// "client error" where it says "Connection reset by peer".
pub fn root_cause(error: &(dyn StdError + 'static)) -> String {
    let mut root = error;
    while let Some(source) = root.source() {
        root = source;
    }
    let text = root.to_string();
    match text.find(" (os error ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_the_kind_and_the_root_cause() {
        let error = Error::of(Kind::Connect, std::io::Error::from_raw_os_error(111));
        assert_eq!(error.to_string(), "connect: Connection refused");
        assert!(error.source().is_some());
    }
}
