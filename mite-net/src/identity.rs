//! The client's own certificate.

use std::path::Path;

use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::settings::Settings;

/// A certificate with its chain, and its key.
pub(super) type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// The client certificate of the settings, if they name one.
pub(super) fn load(settings: &Settings) -> Result<Option<Identity>, String> {
    let Some(cert) = &settings.cert else { return Ok(None) };
    let read = |setting: &str, path: &Path| {
        let named = |e| format!("config `{setting}` names {}: {e}", path.display());
        std::fs::read(path).map_err(named)
    };
    let pem = read("http_cert", cert)?;
    let named = |why: &str| format!("config `http_cert` names {}: {why}", cert.display());
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let chain = chain.map_err(|e| named(&e.to_string()))?;
    if chain.is_empty() {
        return Err(named("there is no certificate in it; it must be a PEM file"));
    }
    let (setting, path, pem) = match &settings.key {
        Some(path) => ("http_key", path, read("http_key", path)?),
        None => ("http_cert", cert, pem),
    };
    let key = key(&pem, settings.key_password.as_deref());
    let key = key.map_err(|why| format!("config `{setting}` names {}: {why}", path.display()))?;
    Ok(Some((chain, key)))
}

const ENCRYPTED: (&str, &str) =
    ("-----BEGIN ENCRYPTED PRIVATE KEY-----", "-----END ENCRYPTED PRIVATE KEY-----");

fn key(pem: &[u8], password: Option<&str>) -> Result<PrivateKeyDer<'static>, String> {
    let text = String::from_utf8_lossy(pem);
    if text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err("its key is encrypted in the old way of OpenSSL; \
                    convert it with `openssl pkcs8 -topk8`"
            .to_owned());
    }
    let encrypted = text.find(ENCRYPTED.0).and_then(|start| {
        let end = text[start..].find(ENCRYPTED.1)?;
        Some(&text[start..start + end + ENCRYPTED.1.len()])
    });
    match (encrypted, password) {
        (Some(block), Some(password)) => decrypt(block, password),
        (Some(_), None) => Err("its key is encrypted; set http_key_password".to_owned()),
        (None, _) => PrivateKeyDer::from_pem_slice(pem)
            .map_err(|_| "there is no private key in it; it must be a PEM file".to_owned()),
    }
}

#[cfg(feature = "encrypted-keys")]
fn decrypt(block: &str, password: &str) -> Result<PrivateKeyDer<'static>, String> {
    use pkcs8::der::Decode;
    use pkcs8::{EncryptedPrivateKeyInfoRef, SecretDocument};

    let (_, der) =
        SecretDocument::from_pem(block).map_err(|e| format!("its key is broken: {e}"))?;
    let key = EncryptedPrivateKeyInfoRef::from_der(der.as_bytes())
        .map_err(|e| format!("its key is broken: {e}"))?;
    let key = key
        .decrypt(password)
        .map_err(|_| "its key cannot be decrypted; is http_key_password right?".to_owned())?;
    PrivateKeyDer::try_from(key.as_bytes().to_vec()).map_err(|e| format!("its key is broken: {e}"))
}

#[cfg(not(feature = "encrypted-keys"))]
fn decrypt(_: &str, _: &str) -> Result<PrivateKeyDer<'static>, String> {
    Err("its key is encrypted; switch on the feature `encrypted-keys` of mite-http, \
         or decrypt it with `openssl pkcs8`"
        .to_owned())
}
