//! Makes connections.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use tokio_rustls::client::TlsStream;

use crate::deadline::Deadline;
use crate::dns::Dns;
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind};
use crate::proxy::{Forward, Proxies, Proxy};
use crate::settings::Settings;
use crate::stream::{Socket, Stream};
use crate::tcp::{self, Locals};
use crate::timings::Timings;
use crate::tls::{Alpn, Tls, TlsSession};

/// A new connection, before anything is said on it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Dialed {
    /// What to read and write.
    pub stream: Stream,
    /// The address at the other end: of a proxy, if there is one; `0.0.0.0:0` of a
    /// Unix socket.
    pub remote: SocketAddr,
    /// What the TLS handshake agreed on; none without TLS.
    pub tls: Option<TlsSession>,
    /// What the proxy at the other end wants of requests, if it is one that takes
    /// them and the endpoint was [forwardable](Endpoint::forwardable).
    pub forward: Option<Arc<Forward>>,
}

/// Makes connections: what it takes to reach a host, made once for a runner. It
/// remembers addresses of names and sessions of TLS, and changes sources in turn.
pub struct Dialer {
    settings: Settings,
    alpn: Alpn,
    dns: Dns,
    proxies: Proxies,
    locals: Locals,
    tls: OnceCell<Result<Tls, String>>,
}

impl Dialer {
    /// A dialer under these settings, whose TLS handshakes offer these protocols,
    /// such as `h2`.
    ///
    /// # Errors
    /// Of kind `settings`, if the proxies cannot be used. What TLS needs is read at
    /// its first handshake.
    pub fn new(settings: Settings, alpn: &'static [&'static str]) -> Result<Self, Error> {
        let unusable = |why| Error::new(Kind::Settings, why);
        Ok(Self {
            dns: Dns::new(&settings),
            proxies: Proxies::new(&settings).map_err(unusable)?,
            locals: Locals::new(&settings.local_addresses),
            settings,
            alpn,
            tls: OnceCell::new(),
        })
    }

    /// Tries what the settings name of this machine: reads what TLS needs, as the first
    /// handshake would, and takes a port of each local address. It takes milliseconds.
    ///
    /// # Errors
    /// Of kind `settings`, naming the key whose value cannot be used.
    pub fn check(&self) -> Result<(), Error> {
        let Settings { ca, cert, server_name, local_addresses, .. } = &self.settings;
        for address in local_addresses {
            std::net::UdpSocket::bind((*address, 0)).map_err(|error| {
                let cause = format!(
                    "config `http_local_addresses` has {address}, which this machine cannot connect from: {error}"
                );
                Error::new(Kind::Settings, cause)
            })?;
        }
        if ca.is_none() && cert.is_none() && server_name.is_none() {
            return Ok(());
        }
        let made = Tls::new(&self.settings, self.alpn);
        made.map(|_| ()).map_err(|why| Error::new(Kind::Settings, why))
    }

    /// Makes a connection within the deadline and the connect timeout, and says when
    /// each step was done, counted from the call.
    ///
    /// # Errors
    /// If there is no connection; the [kind](Error::kind) tells which step failed.
    pub async fn dial(
        &self,
        to: Endpoint<'_>,
        until: &Deadline,
    ) -> Result<(Dialed, Timings), Error> {
        let mut timings = Timings::start(Instant::now());
        let dialed = until.limit(self.dial_noting(to, &mut timings, &mut None)).await?;
        Ok((dialed, timings))
    }

    /// Makes a connection within the connect timeout, and notes when each step was
    /// done, and the address that was reached or tried last: what is to be measured of
    /// a dial that fails or is dropped, too.
    ///
    /// # Errors
    /// As [`dial`](Self::dial).
    pub async fn dial_noting(
        &self,
        to: Endpoint<'_>,
        timings: &mut Timings,
        remote: &mut Option<SocketAddr>,
    ) -> Result<Dialed, Error> {
        let limit = self.settings.connect_timeout;
        match tokio::time::timeout(limit, self.steps(to, timings, remote)).await {
            Ok(result) => result,
            Err(_) => Err(Error::new(
                Kind::Timeout,
                format!("no connection within {limit:?} (http_connect_timeout)"),
            )),
        }
    }

    async fn steps(
        &self,
        to: Endpoint<'_>,
        timings: &mut Timings,
        remote: &mut Option<SocketAddr>,
    ) -> Result<Dialed, Error> {
        if let Some(path) = &self.settings.unix_socket {
            return self.unix(to, path, timings, remote).await;
        }
        let mut forward = None;
        let tcp = match self.proxies.of(to) {
            None => self.tcp(to, timings, remote).await?,
            Some(proxy) => {
                let Proxy { host, ip, port, .. } = &**proxy;
                let proxy_at = Endpoint::known(host, *ip, *port);
                let mut tcp = self.tcp(proxy_at, timings, remote).await.map_err(|mut error| {
                    let cause = error.cause;
                    error.cause = format!("the proxy {host}:{port} cannot be reached: {cause}");
                    error
                })?;
                if proxy.takes_requests() && to.forwardable && !to.tls {
                    forward = proxy.forward.clone();
                } else {
                    proxy.open(&mut tcp, to, &self.dns).await?;
                    timings.connect = timings.so_far();
                }
                tcp
            }
        };
        // The peer may be gone already; then the first request says so.
        let peer = tcp.peer_addr().ok().or(*remote);
        let peer = peer.ok_or_else(|| Error::new(Kind::Connect, "the peer has no address"))?;
        if !to.tls {
            let stream = Socket::Plain(tcp).into();
            return Ok(Dialed { stream, remote: peer, tls: None, forward });
        }
        let (stream, session) = self.secure(to, tcp, timings).await?;
        let stream = Socket::Tls(Box::new(stream)).into();
        Ok(Dialed { stream, remote: peer, tls: Some(session), forward: None })
    }

    async fn tcp(
        &self,
        to: Endpoint<'_>,
        timings: &mut Timings,
        remote: &mut Option<SocketAddr>,
    ) -> Result<TcpStream, Error> {
        let addresses = self.dns.resolve(to.host, to.ip, to.port).await?;
        timings.dns = timings.so_far();
        let tcp = tcp::connect(&addresses, &self.locals, remote).await?;
        timings.connect = timings.so_far();
        Ok(tcp)
    }

    #[cfg(unix)]
    async fn unix(
        &self,
        to: Endpoint<'_>,
        path: &Path,
        timings: &mut Timings,
        remote: &mut Option<SocketAddr>,
    ) -> Result<Dialed, Error> {
        let nowhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        *remote = Some(nowhere);
        let socket = tokio::net::UnixStream::connect(path).await.map_err(|error| {
            let mut error = Error::of(Kind::Connect, error);
            error.cause = format!("{}: {}", path.display(), error.cause);
            error
        })?;
        timings.connect = timings.so_far();
        if !to.tls {
            let stream = Socket::Unix(socket).into();
            return Ok(Dialed { stream, remote: nowhere, tls: None, forward: None });
        }
        let (stream, session) = self.secure(to, socket, timings).await?;
        let stream = Socket::UnixTls(Box::new(stream)).into();
        Ok(Dialed { stream, remote: nowhere, tls: Some(session), forward: None })
    }

    #[cfg(not(unix))]
    async fn unix(
        &self,
        _: Endpoint<'_>,
        path: &Path,
        _: &mut Timings,
        _: &mut Option<SocketAddr>,
    ) -> Result<Dialed, Error> {
        let path = path.display();
        let cause = format!("{path}: this system has no Unix sockets (http_unix_socket)");
        Err(Error::new(Kind::Connect, cause))
    }

    async fn secure<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        to: Endpoint<'_>,
        stream: S,
        timings: &mut Timings,
    ) -> Result<(TlsStream<S>, TlsSession), Error> {
        let secured = self.tls().await?.handshake(to, stream).await?;
        timings.tls = timings.so_far();
        Ok(secured)
    }

    /// TLS, made at the first need.
    async fn tls(&self) -> Result<&Tls, Error> {
        let make = || async {
            let (settings, alpn) = (self.settings.clone(), self.alpn);
            // Reading the platform's roots takes long enough to disturb the load.
            match tokio::task::spawn_blocking(move || Tls::new(&settings, alpn)).await {
                Ok(made) => made,
                Err(error) => Err(error.to_string()),
            }
        };
        let tls = self.tls.get_or_init(make).await;
        tls.as_ref().map_err(|why| Error::new(Kind::Tls, why.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::net::TcpListener;

    fn soon() -> Deadline {
        Deadline::after(Instant::now(), Duration::from_millis(50))
    }

    #[tokio::test]
    async fn a_dial_ends_with_a_connection_or_with_the_step_that_failed() {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = server.local_addr().unwrap().port();
        let dialer = Dialer::new(Settings::default(), &[]).unwrap();
        let to = Endpoint::new("127.0.0.1", port);
        let (dialed, timings) = dialer.dial(to, &soon()).await.unwrap();
        assert_eq!((dialed.remote.port(), dialed.tls), (port, None));
        assert!(timings.connect > Duration::ZERO && timings.tls.is_zero());

        // Nobody answers the handshake.
        let (mut timings, mut remote) = (Timings::start(Instant::now()), None);
        let connect_timeout = Duration::from_millis(50);
        let mut settings = Settings { insecure: true, connect_timeout, ..Settings::default() };
        let hasty = Dialer::new(settings.clone(), &["h2"]).unwrap();
        let error = hasty.dial_noting(to.tls(), &mut timings, &mut remote).await.unwrap_err();
        let cause = "no connection within 50ms (http_connect_timeout)";
        assert_eq!((error.kind(), error.cause()), (Kind::Timeout, cause));
        assert_eq!(remote.unwrap().port(), port);
        assert!(timings.connect > Duration::ZERO && timings.tls.is_zero());
        settings.connect_timeout = Duration::from_secs(60);
        let patient = Dialer::new(settings, &[]).unwrap();
        let error = patient.dial(to.tls(), &soon()).await.unwrap_err();
        assert_eq!((error.kind(), error.cause()), (Kind::Timeout, "no connection within 50ms"));

        drop(server);
        assert_eq!(dialer.dial(to, &soon()).await.unwrap_err().kind(), Kind::Connect);
        // What is not there is said to be the proxy.
        let nobody =
            Settings { proxy: Some(format!("http://127.0.0.1:{port}")), ..Settings::default() };
        let elsewhere = Endpoint::new("192.0.2.1", 80);
        let error = Dialer::new(nobody, &[]).unwrap().dial(elsewhere, &soon()).await.unwrap_err();
        let cause = format!("the proxy 127.0.0.1:{port} cannot be reached: Connection refused");
        assert_eq!((error.kind(), error.cause()), (Kind::Connect, &*cause));
        let proxied = Settings { proxy: Some("gopher://h".into()), ..Settings::default() };
        assert_eq!(Dialer::new(proxied, &[]).err().unwrap().kind(), Kind::Settings);
    }
}
