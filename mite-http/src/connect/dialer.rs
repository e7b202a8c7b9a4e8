//! Makes connections.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;

use super::dns::Dns;
use super::proxy::{Forward, Proxies, Proxy};
use super::tcp::{self, Locals};
use super::tls::{Tls, TlsSession};
use crate::error::{Failure, Kind};
use crate::settings::{HttpSettings, HttpVersion};
use crate::socket::Stream;
use crate::target::Origin;
use crate::timing::Timings;

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

/// Makes connections: what it takes to reach a host, made once.
pub(crate) struct Dialer {
    settings: HttpSettings,
    dns: Dns,
    proxies: Proxies,
    locals: Locals,
    tls: OnceCell<Result<Tls, String>>,
}

impl Dialer {
    pub(crate) fn new(settings: &HttpSettings) -> Result<Self, String> {
        Ok(Self {
            dns: Dns::new(settings),
            proxies: Proxies::new(settings)?,
            locals: Locals::new(&settings.local_addresses),
            settings: settings.clone(),
            tls: OnceCell::new(),
        })
    }

    /// Makes a connection to `origin` within the connect timeout, and notes when
    /// each step was done, and the address that was reached or tried last.
    pub(crate) async fn dial(
        &self,
        origin: &Origin,
        timings: &mut Timings,
        remote: &mut Option<SocketAddr>,
    ) -> Result<Dialed, Failure> {
        let limit = self.settings.connect_timeout;
        match tokio::time::timeout(limit, self.steps(origin, timings, remote)).await {
            Ok(result) => result,
            Err(_) => Err(Failure::new(
                Kind::TimeoutConnect,
                format!("no connection within {limit:?} (http_connect_timeout)"),
            )),
        }
    }

    async fn steps(
        &self,
        origin: &Origin,
        timings: &mut Timings,
        remote: &mut Option<SocketAddr>,
    ) -> Result<Dialed, Failure> {
        if let Some(path) = &self.settings.unix_socket {
            return self.unix(origin, path, timings, remote).await;
        }
        let mut forward = None;
        let tcp = match self.proxies.of(origin) {
            None => self.tcp(&origin.host, origin.ip, origin.port, timings, remote).await?,
            Some(proxy) => {
                let Proxy { host, ip, port, .. } = &**proxy;
                let mut tcp = self.tcp(host, *ip, *port, timings, remote).await?;
                // Only HTTP/1.1 in the clear can be sent to the proxy itself.
                if proxy.takes_requests()
                    && !origin.tls
                    && self.settings.version != HttpVersion::Http2
                {
                    forward = proxy.forward.clone();
                } else {
                    proxy.open(&mut tcp, origin, &self.dns).await?;
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
            return Ok(self.plain(Stream::Plain(tcp), peer, route));
        }
        let (stream, session) = self.secure(origin, tcp, timings).await?;
        self.encrypted(Stream::Tls(Box::new(stream)), peer, session)
    }

    async fn tcp(
        &self,
        host: &str,
        ip: Option<std::net::IpAddr>,
        port: u16,
        timings: &mut Timings,
        remote: &mut Option<SocketAddr>,
    ) -> Result<TcpStream, Failure> {
        let addresses = self.dns.resolve(host, ip, port).await?;
        timings.dns = timings.so_far();
        let tcp = tcp::connect(&addresses, &self.locals, remote).await?;
        timings.connect = timings.so_far();
        Ok(tcp)
    }

    #[cfg(unix)]
    async fn unix(
        &self,
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
            return Ok(self.plain(Stream::Unix(socket), nowhere, Route::default()));
        }
        let (stream, session) = self.secure(origin, socket, timings).await?;
        self.encrypted(Stream::UnixTls(Box::new(stream)), nowhere, session)
    }

    #[cfg(not(unix))]
    async fn unix(
        &self,
        _: &Origin,
        path: &std::path::Path,
        _: &mut Timings,
        _: &mut Option<SocketAddr>,
    ) -> Result<Dialed, Failure> {
        let cause =
            format!("{}: this system has no Unix sockets (http_unix_socket)", path.display());
        Err(Failure::new(Kind::Connect, cause))
    }

    async fn secure<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        origin: &Origin,
        stream: S,
        timings: &mut Timings,
    ) -> Result<(tokio_rustls::client::TlsStream<S>, TlsSession), Failure> {
        let stream = self.tls_config().await?.handshake(origin, stream).await?;
        timings.tls = timings.so_far();
        let session = TlsSession::of(stream.get_ref().1);
        Ok((stream, session))
    }

    fn plain(&self, stream: Stream, remote: SocketAddr, route: Route) -> Dialed {
        let http2 = self.settings.version == HttpVersion::Http2;
        Dialed { stream, remote, route, http2 }
    }

    fn encrypted(
        &self,
        stream: Stream,
        remote: SocketAddr,
        session: TlsSession,
    ) -> Result<Dialed, Failure> {
        let http2 = session.alpn == Some("h2");
        if self.settings.version == HttpVersion::Http2 && !http2 {
            let cause = "the server does not speak HTTP/2, which http_version asks for";
            return Err(Failure::new(Kind::Protocol, cause));
        }
        let route = Route { tls: Some(session), forward: None };
        Ok(Dialed { stream, remote, route, http2 })
    }

    /// TLS, made at the first need.
    async fn tls_config(&self) -> Result<&Tls, Failure> {
        let make = || async {
            let settings = self.settings.clone();
            // Reading the platform's roots takes long enough to disturb the load.
            match tokio::task::spawn_blocking(move || Tls::new(&settings)).await {
                Ok(made) => made,
                Err(error) => Err(error.to_string()),
            }
        };
        let tls = self.tls.get_or_init(make).await;
        tls.as_ref().map_err(|why| Failure::new(Kind::Tls, why.clone()))
    }
}
