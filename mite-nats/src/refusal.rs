//! What it means when a server cannot be had, and what to do about it.

use std::error::Error as _;
use std::io;

use async_nats::rustls::{self, AlertDescription as Alert, CertificateError};
use async_nats::{ConnectError, ConnectErrorKind as Kind};

use crate::identity::Identity;

/// Why there is no connection.
pub(crate) struct Refusal {
    /// What it means, and what to do about it.
    pub(crate) text: String,
    /// Whether it may be otherwise a moment later.
    pub(crate) passes: bool,
}

impl Refusal {
    pub(crate) fn of(error: &ConnectError, identity: &Identity) -> Self {
        let ends = |text: String| Self { text, passes: false };
        let passes = |text: String| Self { text, passes: true };
        if let Some(tls) = tls(error) {
            return ends(of_tls(tls));
        }
        match error.kind() {
            Kind::AuthorizationViolation => ends(of_identity(identity)),
            Kind::Authentication => ends(match identity {
                Identity::Nkey(_) => {
                    "the seed of --nats-nkey signs nothing; it must be the file that `nk -gen user` wrote".to_owned()
                }
                _ => "the key in --nats-creds signs nothing; make the file again with `nsc generate creds`".to_owned(),
            }),
            Kind::Dns => passes("its name cannot be resolved; is it written right?".to_owned()),
            Kind::TimedOut => passes("it does not answer in time; does a firewall stand between?".to_owned()),
            Kind::Tls => ends(format!("TLS cannot be set up: {}", cause(error))),
            Kind::ServerParse => ends(format!("this is no address: {}", cause(error))),
            _ => {
                let why = cause(error);
                match io_error(error).map(io::Error::kind) {
                    Some(io::ErrorKind::ConnectionRefused) => {
                        passes("nobody listens there; start `nats-server -js`, or name another address".to_owned())
                    }
                    _ if why.contains("expected INFO") => ends("what answers there is no NATS server".to_owned()),
                    _ => passes(of_server(&why)),
                }
            }
        }
    }
}

/// What a server says, and what to do about it, if that is known.
pub(crate) fn of_server(text: &str) -> String {
    let text = text.trim_start_matches("nats: ").trim_matches('\'');
    let advice = match text.to_ascii_lowercase() {
        lower if lower.contains("permissions violation") => {
            "the server's configuration must allow this to whom these credentials are; deploy/nats/permissions.conf has what each role needs"
        }
        lower if lower.contains("authentication expired") => {
            "the credentials are too old; make new ones"
        }
        lower if lower.contains("maximum connections") => "raise max_connections of the server",
        lower if lower.contains("maximum payload") => {
            "raise max_payload of the server to 1MB, which is its default"
        }
        _ => return text.to_owned(),
    };
    format!("{text}; {advice}")
}

fn of_identity(identity: &Identity) -> String {
    match identity {
        Identity::Nobody => {
            "it wants to know who this is: give --nats-creds, --nats-nkey, or --nats-user with MITE_NATS_PASSWORD".to_owned()
        }
        Identity::Credentials(path) => format!(
            "it does not accept the credentials of --nats-creds {}; is its account on this server, and are they neither revoked nor expired?",
            path.display()
        ),
        Identity::Nkey(path) => format!(
            "it does not accept the key of --nats-nkey {}; its public half must stand under authorization.users in the server's configuration",
            path.display()
        ),
        Identity::User { name, .. } => {
            format!("it does not accept user `{name}` with this password; check --nats-user and MITE_NATS_PASSWORD")
        }
    }
}

fn of_tls(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(why) => match why {
            CertificateError::UnknownIssuer => {
                "its certificate is signed by nobody who is trusted here; name the authority's certificate with --nats-ca".to_owned()
            }
            CertificateError::NotValidForNameContext { presented, .. } => format!(
                "its certificate is for {}; connect to such a name",
                match &**presented {
                    [] => "no host".to_owned(),
                    names => names.join(", "),
                }
            ),
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired; give the server a new one".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its certificate is not valid yet; is this machine's clock right?".to_owned()
            }
            CertificateError::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => {
                "its certificate is that of an authority, which no server may use; sign one for it".to_owned()
            }
            other => format!("its certificate is not accepted: {other}"),
        },
        rustls::Error::AlertReceived(Alert::CertificateRequired | Alert::HandshakeFailure) => {
            "it wants a certificate of this client; give --nats-cert and --nats-key".to_owned()
        }
        rustls::Error::AlertReceived(
            alert @ (Alert::BadCertificate
            | Alert::UnknownCA
            | Alert::CertificateUnknown
            | Alert::CertificateExpired
            | Alert::CertificateRevoked
            | Alert::AccessDenied),
        ) => format!(
            "it does not accept this client's certificate ({alert:?}); --nats-cert must be signed by an authority that the server knows (its ca_file)"
        ),
        rustls::Error::InvalidMessage(_) => {
            "it does not speak TLS, and TLS is asked for by tls://, --nats-ca, --nats-cert, or by a password that would cross a network in the clear".to_owned()
        }
        other => format!("TLS failed: {other}"),
    }
}

/// rustls hides its error in an I/O error, which `source` passes over.
fn tls(error: &ConnectError) -> Option<&rustls::Error> {
    let mut source = error.source();
    while let Some(at) = source {
        if let Some(tls) = at.downcast_ref::<rustls::Error>() {
            return Some(tls);
        }
        let hidden = at.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(tls) = hidden.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Some(tls);
        }
        source = at.source();
    }
    None
}

fn io_error(error: &ConnectError) -> Option<&io::Error> {
    let mut source = error.source();
    while let Some(at) = source {
        if let Some(io) = at.downcast_ref::<io::Error>() {
            return Some(io);
        }
        source = at.source();
    }
    None
}

/// What lies at the bottom.
fn cause(error: &ConnectError) -> String {
    let mut at: &dyn std::error::Error = error;
    while let Some(source) = at.source() {
        at = source;
    }
    at.to_string()
}
