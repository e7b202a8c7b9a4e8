//! Connections through HTTP proxies: the CONNECT method.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::endpoint::Endpoint;
use crate::error::{Error, Kind};

/// The longest head of an answer that is read.
const LONGEST: usize = 16 << 10;

/// Asks the proxy at the other end for a connection to `to`.
pub(crate) async fn open(
    tcp: &mut TcpStream,
    to: Endpoint<'_>,
    authorization: Option<&str>,
) -> Result<(), Error> {
    let lost = |error| Error::of(Kind::Connect, error);
    let place = to.authority();
    let mut request = format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n").into_bytes();
    if let Some(value) = authorization {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(value.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    tcp.write_all(&request).await.map_err(lost)?;
    let mut answer = Vec::new();
    // What follows the head is the server's, so not a byte more may be read.
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() == LONGEST {
            return Err(Error::new(Kind::Connect, "the proxy's answer does not end"));
        }
        match tcp.read_u8().await {
            Ok(byte) => answer.push(byte),
            Err(_) => {
                return Err(Error::new(Kind::Connect, "the proxy closed the connection"));
            }
        }
    }
    let line = String::from_utf8_lossy(answer.split(|b| *b == b'\r').next().unwrap_or_default());
    let mut words = line.splitn(3, ' ');
    let (version, code) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if !version.starts_with("HTTP/1.") {
        return Err(Error::new(Kind::Connect, "the proxy does not answer in HTTP/1.1"));
    }
    match code {
        _ if code.len() == 3 && code.starts_with('2') => Ok(()),
        "407" => {
            let cause = "the proxy answered 407: it wants other credentials than http_proxy has";
            Err(Error::new(Kind::Connect, cause))
        }
        _ => {
            let reason = words.next().unwrap_or_default();
            let cause = format!("the proxy answered {code} {reason}");
            Err(Error::new(Kind::Connect, cause.trim_end()))
        }
    }
}
