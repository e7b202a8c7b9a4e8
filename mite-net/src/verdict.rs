//! What TLS's errors mean, and what to do about them.

use std::error::Error as StdError;
use std::time::Duration;

use tokio_rustls::rustls::pki_types::UnixTime;
use tokio_rustls::rustls::{AlertDescription as Alert, CertificateError, Error};

use crate::error::{self, Kind};

/// The failure that an error of reading or writing is, if TLS is what failed: the
/// peer broke off with an alert, as for want of a client certificate.
///
/// ```
/// let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
/// assert!(mite_net::tls_failure(&reset).is_none());
/// ```
pub fn tls_failure(error: &std::io::Error) -> Option<error::Error> {
    let tls = error.get_ref()?.downcast_ref::<Error>()?;
    Some(failure(tls, ""))
}

/// The failure of a handshake with `host`.
pub(crate) fn of_handshake(error: std::io::Error, host: &str, port: u16) -> error::Error {
    // rustls wraps its error in an I/O error that hides it from `source`.
    if let Some(tls) = error.get_ref().and_then(|e| e.downcast_ref::<Error>()) {
        let mut failure = failure(tls, host);
        if matches!(tls, Error::InvalidMessage(_)) {
            failure.cause = format!("{host}:{port} does not speak TLS; is it http:// there?");
        }
        return failure;
    }
    if error.kind() == std::io::ErrorKind::UnexpectedEof {
        let cause = format!(
            "the server closed the connection in the handshake; does {host}:{port} speak TLS, or is it http:// there?"
        );
        return error::Error { kind: Kind::Tls, cause, source: Some(Box::new(error)) };
    }
    error::Error::of(Kind::Tls, error)
}

fn failure(error: &Error, host: &str) -> error::Error {
    let cause = match error {
        Error::InvalidCertificate(why) => of_certificate(why, host),
        Error::AlertReceived(alert) => of_alert(*alert, host),
        other => other.to_string(),
    };
    let source: Box<dyn StdError + Send + Sync> = Box::new(error.clone());
    error::Error { kind: Kind::Tls, cause, source: Some(source) }
}

fn of_certificate(why: &CertificateError, host: &str) -> String {
    match why {
        CertificateError::ExpiredContext { time, not_after } => format!(
            "the server's certificate expired {} ago; http_insecure=true accepts it for now",
            between(*not_after, *time)
        ),
        CertificateError::NotValidYetContext { time, not_before } => format!(
            "the server's certificate is not valid for another {}; is this machine's clock right?",
            between(*time, *not_before)
        ),
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names = match &**presented {
                [] => "for no host: it has no subjectAltName".to_owned(),
                names => {
                    let names: Vec<_> = names.iter().map(|name| plain(name)).collect();
                    format!("for {}, not for {host}", names.join(", "))
                }
            };
            format!(
                "the server's certificate is {names}; http_server_name=NAME asks for another one, http_insecure=true accepts it for now"
            )
        }
        CertificateError::UnknownIssuer => untrusted(),
        // A certificate that may sign others, which is what `openssl req -x509` makes.
        CertificateError::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            untrusted()
        }
        other => format!(
            "the server's certificate is not accepted: {other}; http_insecure=true accepts it for now"
        ),
    }
}

/// `shop.test` of `DnsName("shop.test")`.
fn plain(name: &str) -> &str {
    let inner = name.split_once('(').and_then(|(_, inner)| inner.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"')
}

fn untrusted() -> String {
    "nobody whom this machine trusts has signed the server's certificate; \
     http_insecure=true accepts it for now, http_ca=FILE for good (the PEM file of the \
     certificate, or of the authority that signed it)"
        .to_owned()
}

fn of_alert(alert: Alert, host: &str) -> String {
    match alert {
        Alert::CertificateRequired | Alert::NoCertificate => {
            "the server wants a client certificate: set http_cert and http_key".to_owned()
        }
        Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::CertificateExpired
        | Alert::CertificateUnknown
        | Alert::UnknownCA
        | Alert::AccessDenied => {
            format!(
                "the server does not accept the client certificate of http_cert, or misses one: it says {alert:?}"
            )
        }
        Alert::UnrecognisedName => {
            format!("the server knows no {host}; http_server_name=NAME asks for another name")
        }
        Alert::ProtocolVersion => "the server speaks neither TLS 1.2 nor TLS 1.3".to_owned(),
        Alert::HandshakeFailure | Alert::InsufficientSecurity => {
            format!("the server and mite have no way to encrypt in common: it says {alert:?}")
        }
        Alert::NoApplicationProtocol => {
            "the server speaks none of the protocols that were offered; see http_version".to_owned()
        }
        other => format!("the server broke off: it says {other:?}"),
    }
}

/// A time as people say it.
fn between(from: UnixTime, to: UnixTime) -> String {
    let seconds = to.as_secs().saturating_sub(from.as_secs());
    const HOUR: u64 = 3600;
    match seconds {
        0..HOUR => format!("{:?}", Duration::from_secs(seconds)),
        HOUR..172_800 => format!("{} hours", seconds / HOUR),
        _ => format!("{} days", seconds / (24 * HOUR)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_in_a_unit_that_fits() {
        let of = |seconds| {
            between(
                UnixTime::since_unix_epoch(Duration::ZERO),
                UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
            )
        };
        assert_eq!([of(5), of(7300), of(400_000)], ["5s", "2 hours", "4 days"]);
    }

    #[test]
    fn names_are_shown_without_their_kind() {
        let names = [r#"DnsName("shop.test")"#, "IpAddress(127.0.0.1)", "shop.test"];
        assert_eq!(names.map(plain), ["shop.test", "127.0.0.1", "shop.test"]);
    }

    #[test]
    fn alerts_say_what_is_to_be_done() {
        for (alert, part) in [
            (Alert::CertificateRequired, "set http_cert"),
            (Alert::UnknownCA, "does not accept the client certificate"),
            (Alert::ProtocolVersion, "neither TLS 1.2"),
            (Alert::InternalError, "broke off: it says InternalError"),
        ] {
            let error = std::io::Error::other(Error::AlertReceived(alert));
            let failure = tls_failure(&error).unwrap();
            assert_eq!(failure.kind, Kind::Tls);
            assert!(failure.cause.contains(part), "{}", failure.cause);
        }
    }
}
