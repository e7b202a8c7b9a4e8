//! TLS, verified unless told otherwise.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::{Resumption, WebPkiServerVerifier};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, HandshakeKind, ProtocolVersion, RootCertStore,
};

use crate::endpoint::Endpoint;
use crate::error::{Error, Kind};
use crate::identity;
use crate::settings::Settings;
use crate::trusted::{Given, GivenOrSigned};
use crate::unverified::AnyCertificate;
use crate::verdict;

/// What a TLS handshake agreed on.
///
/// ```
/// # fn look(dialed: &mite_net::Dialed) {
/// if let Some(tls) = dialed.tls {
///     println!("{} with {}, resumed: {}", tls.version, tls.cipher, tls.resumed);
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsSession {
    /// The version, such as `TLSv1.3`.
    pub version: &'static str,
    /// The cipher suite, by IANA's name, such as `TLS_AES_256_GCM_SHA384`.
    pub cipher: &'static str,
    /// The protocol that the server chose of those offered, such as `h2`, if it chose one.
    pub alpn: Option<&'static str>,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
}

impl TlsSession {
    fn of(connection: &ClientConnection, alpn: Alpn) -> Self {
        Self {
            version: match connection.protocol_version() {
                Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
                Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
                _ => "unknown",
            },
            cipher: match connection.negotiated_cipher_suite().and_then(|s| s.suite().as_str()) {
                // rustls tells the two generations apart by the prefix.
                Some("TLS13_AES_128_GCM_SHA256") => "TLS_AES_128_GCM_SHA256",
                Some("TLS13_AES_256_GCM_SHA384") => "TLS_AES_256_GCM_SHA384",
                Some("TLS13_CHACHA20_POLY1305_SHA256") => "TLS_CHACHA20_POLY1305_SHA256",
                Some(other) => other,
                None => "unknown",
            },
            alpn: connection.alpn_protocol().and_then(|chosen| {
                alpn.iter().copied().find(|offered| offered.as_bytes() == chosen)
            }),
            resumed: connection.handshake_kind() == Some(HandshakeKind::Resumed),
        }
    }
}

/// The protocols that are offered in the handshake, by their names of ALPN.
pub(crate) type Alpn = &'static [&'static str];

/// A runner's TLS: roots, an identity, and sessions to resume.
pub(crate) struct Tls {
    connector: TlsConnector,
    /// The name that is asked for and verified instead of the origin's.
    name: Option<ServerName<'static>>,
    alpn: Alpn,
}

impl Tls {
    /// Reads the roots; may take tens of milliseconds.
    pub(crate) fn new(settings: &Settings, alpn: Alpn) -> Result<Self, String> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|e| e.to_string())?;
        let (roots, given) = match settings.insecure {
            // A file that cannot be read is an error still.
            true => given(settings.ca.as_deref(), RootCertStore::empty())?,
            false => given(settings.ca.as_deref(), platform())?,
        };
        let builder = if settings.insecure {
            let verifier = Arc::new(AnyCertificate(provider));
            builder.dangerous().with_custom_certificate_verifier(verifier)
        } else if roots.is_empty() {
            return Err(
                "this machine has no root certificates; name a PEM file with http_ca".into()
            );
        } else if given.is_empty() {
            builder.with_root_certificates(roots)
        } else {
            let usual = WebPkiServerVerifier::builder_with_provider(roots.into(), provider);
            let usual = usual.build().map_err(|e| e.to_string())?;
            let verifier = Arc::new(GivenOrSigned::new(usual, given));
            builder.dangerous().with_custom_certificate_verifier(verifier)
        };
        let mut config = match identity::load(settings)? {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => builder
                .with_client_auth_cert(chain, key)
                .map_err(|e| format!("the client certificate cannot be used: {e}"))?,
        };
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        if !settings.tls_resumption {
            config.resumption = Resumption::disabled();
        }
        let name = settings.server_name.clone().map(|name| {
            ServerName::try_from(name.clone()).map_err(|_| {
                format!("config `http_server_name` is {name:?}, which is no host name")
            })
        });
        Ok(Self { connector: Arc::new(config).into(), name: name.transpose()?, alpn })
    }

    pub(crate) async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        to: Endpoint<'_>,
        stream: S,
    ) -> Result<(TlsStream<S>, TlsSession), Error> {
        let name = match (&self.name, to.ip) {
            (Some(name), _) => name.clone(),
            (None, Some(ip)) => ServerName::IpAddress(ip.into()),
            (None, None) => ServerName::try_from(to.host.to_owned()).map_err(|_| {
                let cause = format!("TLS cannot ask for {:?}: it is no host name", to.host);
                Error::new(Kind::Tls, cause)
            })?,
        };
        let stream = self.connector.connect(name, stream).await;
        let stream = stream.map_err(|e| verdict::of_handshake(e, to.host, to.port))?;
        let session = TlsSession::of(stream.get_ref().1, self.alpn);
        Ok((stream, session))
    }
}

/// The platform's roots, which are read once for all runners.
fn platform() -> RootCertStore {
    static PLATFORM: OnceLock<RootCertStore> = OnceLock::new();
    let read = || {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots
    };
    PLATFORM.get_or_init(read).clone()
}

/// The roots with those of the file, which are also given back alone.
fn given(
    ca: Option<&Path>,
    mut roots: RootCertStore,
) -> Result<(RootCertStore, Vec<Given>), String> {
    let mut given = Vec::new();
    let Some(path) = ca else { return Ok((roots, given)) };
    let named = |why: String| format!("config `http_ca` names {}: {why}", path.display());
    let pem = std::fs::read(path).map_err(|e| named(e.to_string()))?;
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|e| named(e.to_string()))?;
        roots.add(certificate.clone()).map_err(|e| named(e.to_string()))?;
        let anchor = roots.roots.last().expect("one was added just now");
        given.push(Given::new(certificate, anchor));
    }
    if given.is_empty() {
        return Err(named("there is no certificate in it; it must be a PEM file".into()));
    }
    Ok((roots, given))
}
