//! What some settings choose from.

/// Who shares connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connections {
    /// All journeys of a runner.
    #[default]
    Shared,
    /// Each execution of a journey has its own.
    PerJourney,
    /// Nobody: each request makes a new one and closes it.
    PerRequest,
}

/// Which versions of HTTP are spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HttpVersion {
    /// What the server chooses in the TLS handshake: HTTP/2 or HTTP/1.1.
    /// Without TLS HTTP/1.1.
    #[default]
    Auto,
    /// HTTP/1.1 alone.
    Http1,
    /// HTTP/2 alone; without TLS too ("prior knowledge").
    Http2,
}
