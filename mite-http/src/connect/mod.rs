//! Making a connection: name, TCP, proxy, TLS, each with its time.

pub(crate) mod dns;
mod identity;
pub(crate) mod proxy;
mod socks;
mod tcp;
pub(crate) mod tls;
mod tunnel;
mod unverified;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::engine::Engine;
use crate::error::{Failure, Kind};
use crate::settings::HttpVersion;
use crate::socket::Stream;
use crate::target::Origin;
use crate::timing::Timings;
use proxy::{Forward, Proxy};
use tls::TlsSession;

pub(crate) use tcp::Locals;

/// A new connection, before HTTP is spoken on it.
pub(crate) struct Dialed {
    pub(crate) stream: Stream,
    pub(crate) remote: SocketAddr,
    pub(crate) route: Route,
    /// Whether HTTP/2 is to be spoken.
    pub(crate) http2: bool,
}

/// What a connection goes through.
#[derive(Clone, Default)]
pub(crate) struct Route {
    pub(crate) tls: Option<TlsSession>,
    /// A proxy that takes requests, not connections.
    pub(crate) forward: Option<Arc<Forward>>,
}

/// Makes a connection to `origin` within the connect timeout, and notes when
/// each step was done, and the address that was reached or tried last.
pub(crate) async fn dial(
    engine: &Engine,
    origin: &Origin,
    timings: &mut Timings,
    remote: &mut Option<SocketAddr>,
) -> Result<Dialed, Failure> {
    let limit = engine.settings.connect_timeout;
    match tokio::time::timeout(limit, steps(engine, origin, timings, remote)).await {
        Ok(result) => result,
        Err(_) => Err(Failure::new(
            Kind::TimeoutConnect,
            format!("no connection within {limit:?} (http_connect_timeout)"),
        )),
    }
}

async fn steps(
    engine: &Engine,
    origin: &Origin,
    timings: &mut Timings,
    remote: &mut Option<SocketAddr>,
) -> Result<Dialed, Failure> {
    if let Some(path) = &engine.settings.unix_socket {
        return unix(engine, origin, path, timings, remote).await;
    }
    let mut forward = None;
    let tcp = match engine.proxies.of(origin) {
        None => tcp(engine, &origin.host, origin.ip, origin.port, timings, remote).await?,
        Some(proxy) => {
            let Proxy { host, ip, port, .. } = &**proxy;
            let mut tcp = tcp(engine, host, *ip, *port, timings, remote).await?;
            // Only HTTP/1.1 in the clear can be sent to the proxy itself.
            if proxy.takes_requests()
                && !origin.tls
                && engine.settings.version != HttpVersion::Http2
            {
                forward = proxy.forward.clone();
            } else {
                proxy.open(&mut tcp, origin, &engine.dns).await?;
                timings.connect = timings.so_far();
            }
            tcp
        }
    };
    // The peer may be gone already; then the first request says so.
    let peer = tcp.peer_addr().ok().or(*remote);
    let peer = peer.ok_or_else(|| Failure::new(Kind::Connect, "the peer has no address"))?;
    if !origin.tls {
        let route = Route { tls: None, forward };
        return Ok(plain(engine, Stream::Plain(tcp), peer, route));
    }
    let (stream, session) = secure(engine, origin, tcp, timings).await?;
    encrypted(engine, Stream::Tls(Box::new(stream)), peer, session)
}

async fn tcp(
    engine: &Engine,
    host: &str,
    ip: Option<std::net::IpAddr>,
    port: u16,
    timings: &mut Timings,
    remote: &mut Option<SocketAddr>,
) -> Result<TcpStream, Failure> {
    let addresses = engine.dns.resolve(host, ip, port).await?;
    timings.dns = timings.so_far();
    let tcp = tcp::connect(&addresses, &engine.locals, remote).await?;
    timings.connect = timings.so_far();
    Ok(tcp)
}

#[cfg(unix)]
async fn unix(
    engine: &Engine,
    origin: &Origin,
    path: &std::path::Path,
    timings: &mut Timings,
    remote: &mut Option<SocketAddr>,
) -> Result<Dialed, Failure> {
    let nowhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    *remote = Some(nowhere);
    let socket = tokio::net::UnixStream::connect(path).await.map_err(|error| {
        let mut failure = Failure::of(Kind::Connect, error);
        failure.cause = format!("{}: {}", path.display(), failure.cause);
        failure
    })?;
    timings.connect = timings.so_far();
    if !origin.tls {
        return Ok(plain(engine, Stream::Unix(socket), nowhere, Route::default()));
    }
    let (stream, session) = secure(engine, origin, socket, timings).await?;
    encrypted(engine, Stream::UnixTls(Box::new(stream)), nowhere, session)
}

#[cfg(not(unix))]
async fn unix(
    _: &Engine,
    _: &Origin,
    path: &std::path::Path,
    _: &mut Timings,
    _: &mut Option<SocketAddr>,
) -> Result<Dialed, Failure> {
    let cause = format!("{}: this system has no Unix sockets (http_unix_socket)", path.display());
    Err(Failure::new(Kind::Connect, cause))
}

async fn secure<S: AsyncRead + AsyncWrite + Unpin>(
    engine: &Engine,
    origin: &Origin,
    stream: S,
    timings: &mut Timings,
) -> Result<(tokio_rustls::client::TlsStream<S>, TlsSession), Failure> {
    let stream = engine.tls().await?.handshake(origin, stream).await?;
    timings.tls = timings.so_far();
    let session = TlsSession::of(stream.get_ref().1);
    Ok((stream, session))
}

fn plain(engine: &Engine, stream: Stream, remote: SocketAddr, route: Route) -> Dialed {
    let http2 = engine.settings.version == HttpVersion::Http2;
    Dialed { stream, remote, route, http2 }
}

fn encrypted(
    engine: &Engine,
    stream: Stream,
    remote: SocketAddr,
    session: TlsSession,
) -> Result<Dialed, Failure> {
    let http2 = session.alpn == Some("h2");
    if engine.settings.version == HttpVersion::Http2 && !http2 {
        let cause = "the server does not speak HTTP/2, which http_version asks for";
        return Err(Failure::new(Kind::Protocol, cause));
    }
    let route = Route { tls: Some(session), forward: None };
    Ok(Dialed { stream, remote, route, http2 })
}
