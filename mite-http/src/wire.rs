//! What every request of a runner has on the wire.

use http::header::{self, HeaderName, HeaderValue};

use crate::encoding;
use crate::settings::{Connections, HttpSettings};

/// What every request has on the wire, made once.
pub(crate) struct Wire {
    pub(crate) user_agent: HeaderValue,
    /// The [standard headers](standard_headers), as HTTP/1.1 writes them.
    pub(crate) standard_headers: Box<[u8]>,
    /// Whether each request asks for its connection to be closed.
    pub(crate) close: bool,
}

impl Wire {
    pub(crate) fn new(settings: &HttpSettings) -> Result<Self, String> {
        let user_agent = HeaderValue::from_str(&settings.user_agent).map_err(|_| {
            format!(
                "config `http_user_agent` is {:?}, which no header can hold",
                settings.user_agent
            )
        })?;
        let mut standard = Vec::new();
        for (name, value) in standard_headers(&user_agent) {
            header_line(&mut standard, &name, value);
        }
        let close = settings.connections == Connections::PerRequest;
        Ok(Self { user_agent, standard_headers: standard.into(), close })
    }
}

/// The headers that every request has, unless it gives its own.
pub(crate) fn standard_headers(user_agent: &HeaderValue) -> [(HeaderName, &HeaderValue); 3] {
    static ACCEPT: HeaderValue = HeaderValue::from_static("*/*");
    static ENCODINGS: HeaderValue = HeaderValue::from_static(encoding::ACCEPTED);
    [
        (header::USER_AGENT, user_agent),
        (header::ACCEPT, &ACCEPT),
        (header::ACCEPT_ENCODING, &ENCODINGS),
    ]
}

/// Writes a header's line.
pub(crate) fn header_line(out: &mut Vec<u8>, name: &HeaderName, value: &HeaderValue) {
    out.extend_from_slice(name.as_str().as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value.as_bytes());
    out.extend_from_slice(b"\r\n");
}
