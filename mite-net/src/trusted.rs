//! Servers whose very certificate the user has given.

use std::sync::Arc;

use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::client::{WebPkiServerVerifier, verify_server_name};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

/// Verifies as usual, and accepts a certificate that is itself in `http_ca`, as curl
/// does: it needs nobody else to vouch for it, may be one that signs others (which is
/// what `openssl req -x509` makes), and may have its host's name in its subject only.
/// It must still be of its time and for the host.
#[derive(Debug)]
pub(crate) struct GivenOrSigned {
    usual: Arc<WebPkiServerVerifier>,
    given: Vec<Given>,
}

/// A certificate of `http_ca`.
#[derive(Debug)]
pub(crate) struct Given {
    der: CertificateDer<'static>,
    subject: Vec<u8>,
}

impl Given {
    pub(crate) fn new(der: CertificateDer<'static>, anchor: &TrustAnchor<'_>) -> Self {
        Self { der, subject: anchor.subject.to_vec() }
    }

    /// Whether its subject is this host, and it says nothing of alternative names.
    fn is_named(&self, host: &str) -> bool {
        /// The object identifier of subjectAltName, as DER has it.
        const ALTERNATIVE_NAMES: &[u8] = &[0x06, 0x03, 0x55, 0x1d, 0x11];
        let has_names =
            self.der.windows(ALTERNATIVE_NAMES.len()).any(|part| part == ALTERNATIVE_NAMES);
        !has_names && common_name(&self.subject).is_some_and(|name| matches(name, host))
    }

    /// It is not for `host`; for which it is, if that is in its subject alone.
    fn misnamed(&self, usual: Error, host: &ServerName<'_>) -> Error {
        use CertificateError::NotValidForNameContext as Misnamed;
        let none = matches!(
            &usual,
            Error::InvalidCertificate(Misnamed { presented, .. }) if presented.is_empty()
        );
        match common_name(&self.subject).filter(|_| none) {
            Some(name) => {
                let presented = vec![format!("SubjectName({name} by its subject)")];
                Error::InvalidCertificate(Misnamed { expected: host.to_owned(), presented })
            }
            None => usual,
        }
    }
}

impl GivenOrSigned {
    pub(crate) fn new(usual: Arc<WebPkiServerVerifier>, given: Vec<Given>) -> Self {
        Self { usual, given }
    }

    fn given(&self, certificate: &CertificateDer<'_>) -> Option<&Given> {
        self.given.iter().find(|given| given.der == *certificate)
    }
}

impl ServerCertVerifier for GivenOrSigned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        use CertificateError as Wrong;
        let usual = self.usual.verify_server_cert(certificate, intermediates, name, ocsp, now);
        let (Err(Error::InvalidCertificate(wrong)), Some(given)) =
            (&usual, self.given(certificate))
        else {
            return usual;
        };
        match wrong {
            // Its time is looked at first, and its names last.
            Wrong::Expired
            | Wrong::ExpiredContext { .. }
            | Wrong::NotValidYet
            | Wrong::NotValidYetContext { .. }
            | Wrong::BadEncoding => return usual,
            Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => {
                if !given.is_named(&name.to_str()) {
                    return usual.map_err(|error| given.misnamed(error, name));
                }
            }
            _ => {
                let named = verify_server_name(&ParsedCertificate::try_from(certificate)?, name);
                if named.is_err() && !given.is_named(&name.to_str()) {
                    return named
                        .map(|()| ServerCertVerified::assertion())
                        .map_err(|error| given.misnamed(error, name));
                }
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

/// The last common name in a subject: an identifier, the tag of a text, its length, and
/// the text.
fn common_name(subject: &[u8]) -> Option<&str> {
    const COMMON_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];
    let at = subject.windows(COMMON_NAME.len()).rposition(|part| part == COMMON_NAME)?;
    match &subject[at + COMMON_NAME.len()..] {
        // UTF8String, PrintableString, T61String and IA5String of up to 127 bytes.
        [0x0c | 0x13 | 0x14 | 0x16, length @ 0..=127, text @ ..] => {
            std::str::from_utf8(text.get(..usize::from(*length))?).ok()
        }
        _ => None,
    }
}

/// Whether a common name, perhaps with `*` for its first label, is that of a host.
fn matches(name: &str, host: &str) -> bool {
    if name.eq_ignore_ascii_case(host) {
        return true;
    }
    match (name.strip_prefix("*."), host.split_once('.')) {
        (Some(domain), Some((_, of_host))) => {
            domain.contains('.') && domain.eq_ignore_ascii_case(of_host)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_name_is_found_and_compared() {
        // O=Shop, CN=shop.test
        let subject = b"\x31\x0d\x30\x0b\x06\x03\x55\x04\x0a\x0c\x04Shop\x31\x12\x30\x10\x06\x03\x55\x04\x03\x0c\x09shop.test";
        assert_eq!(common_name(subject), Some("shop.test"));
        assert_eq!(common_name(&subject[..30]), None);
        assert_eq!(common_name(&subject[..subject.len() - 1]), None);
        for (name, host, same) in [
            ("shop.test", "SHOP.test", true),
            ("*.shop.test", "a.shop.test", true),
            ("*.shop.test", "a.b.shop.test", false),
            ("*.test", "shop.test", false),
            ("*", "shop", false),
        ] {
            assert_eq!(matches(name, host), same, "{name} {host}");
        }
    }
}
