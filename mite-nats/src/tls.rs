//! TLS towards the server.

use std::path::Path;
use std::sync::Arc;

use async_nats::rustls::crypto::ring;
use async_nats::rustls::pki_types::pem::PemObject;
use async_nats::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use async_nats::rustls::{ClientConfig, RootCertStore};
use mite_core::error::{Error, Result};

/// The settings of TLS: the platform's roots or those of `ca` alone, and one's own
/// certificate, if there is one. The crypto provider is named, since rustls panics where a
/// binary holds two and none is.
///
/// # Errors
/// If a file cannot be read, or is none of its kind; the text names the option.
pub(crate) fn config(ca: Option<&Path>, own: Option<(&Path, &Path)>) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    match ca {
        Some(path) => {
            for certificate in certificates("--nats-ca", path)? {
                roots.add(certificate).map_err(|e| named("--nats-ca", path, &e.to_string()))?;
            }
        }
        None => {
            // One that cannot be parsed vouches for nobody.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::new(format!("TLS cannot be set up: {e}")))?
        .with_root_certificates(roots);
    let Some((certificate, key)) = own else { return Ok(config.with_no_client_auth()) };
    let chain = certificates("--nats-cert", certificate)?;
    let pem = read("--nats-key", key)?;
    let of_key = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| {
        named("--nats-key", key, "there is no private key in it; it must be a PEM file")
    })?;
    config.with_client_auth_cert(chain, of_key).map_err(|e| {
        named("--nats-cert", certificate, &format!("it does not go with its key: {e}"))
    })
}

fn certificates(option: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let pem = read(option, path)?;
    let found: std::result::Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(named(option, path, "there is no certificate in it; it must be a PEM file")),
    }
}

pub(crate) fn read(option: &str, path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| named(option, path, &e.to_string()))
}

pub(crate) fn named(option: &str, path: &Path, why: &str) -> Error {
    Error::new(format!("{option} {}: {why}", path.display()))
}
