//! What TLS says when it fails, and what is accepted: against nginx, openssl and curl.

use std::process::Command;

use mite_http::Kind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::authority::Authority;
use crate::support::nginx::Nginx;
use crate::support::{Probe, Scratch, outcomes};

type Checked = mite_core::error::Result;

fn secure(nginx: &Nginx) -> String {
    nginx.url("/").replace("http://", "https://")
}

/// A certificate that signs itself, made by openssl as most people make theirs.
fn self_signed(directory: &Scratch, name: &str, arguments: &[&str]) -> (String, String) {
    let path = |ending: &str| directory.0.join(format!("{name}.{ending}")).display().to_string();
    let (certificate, key) = (path("pem"), path("key"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-nodes", "-days", "5", "-keyout", &key, "-out", &certificate])
        .args(arguments)
        .output()
        .expect("openssl is missing: run ./test");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (certificate, key)
}

fn serving((certificate, key): &(String, String)) -> Nginx {
    let server = format!(
        "ssl_certificate {certificate}; ssl_certificate_key {key}; location = / {{ return 200 hello; }}"
    );
    Nginx::start("ssl", &server)
}

/// Whether curl accepts it, given this file of roots.
fn curl_accepts(url: &str, ca: &str) -> bool {
    let curl = Command::new("curl")
        .args(["--silent", "--max-time", "10", "--noproxy", "*", "--cacert", ca, url])
        .output()
        .expect("curl is missing: run ./test");
    curl.status.success() && curl.stdout == b"hello"
}

#[tokio::test]
async fn a_self_signed_server_says_what_to_do_and_is_accepted_if_its_certificate_is_given()
-> Checked {
    let directory = Scratch::new("self-signed");
    let by_address = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
    let by_name = ["-subj", "/O=Shop/CN=localhost"];
    let leaf = [
        "-subj",
        "/CN=x",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ];
    // (what it says, and where mite and curl accept it)
    for (name, arguments, host, accepted) in [
        ("address", &by_address[..], "127.0.0.1", Ok(())),
        ("address-by-name", &by_address, "localhost", Err("is for 127.0.0.1, not for localhost")),
        ("name", &by_name, "localhost", Ok(())),
        (
            "name-by-address",
            &by_name,
            "127.0.0.1",
            Err("is for localhost by its subject, not for 127.0.0.1"),
        ),
        ("leaf", &leaf, "localhost", Ok(())),
    ] {
        let certificate = self_signed(&directory, name, arguments);
        let nginx = serving(&certificate);
        let url = secure(&nginx).replace("127.0.0.1", host);

        let mut stranger = Probe::new();
        let error = stranger.http().get(&url).send().await.unwrap_err().to_string();
        for part in ["tls: nobody whom this machine trusts", "http_insecure=true", "http_ca=FILE"] {
            assert!(error.contains(part), "{name}: {error}");
        }
        assert_eq!(stranger.outcomes(), outcomes(&[("tls", 0)]));
        let insecure = Probe::with(&[("http_insecure", "true")]);
        assert_eq!(insecure.http().get(&url).send().await?.text()?, "hello");

        let given = Probe::with(&[("http_ca", &certificate.0), ("http_hosts", "*=127.0.0.1")]);
        let sent = given.http().get(&url).send().await;
        match (sent, accepted) {
            (Ok(response), Ok(())) => assert_eq!(response.text()?, "hello"),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (sent, _) => panic!("{name}: {:?}", sent.err()),
        }
        assert_eq!(curl_accepts(&url, &certificate.0), accepted.is_ok(), "{name}: curl");
    }
    Ok(())
}

#[tokio::test]
async fn another_certificate_of_the_same_name_is_not_the_one_that_was_given() {
    let directory = Scratch::new("self-signed");
    let subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
    let (given, served) =
        (self_signed(&directory, "a", &subject), self_signed(&directory, "b", &subject));
    let nginx = serving(&served);
    let probe = Probe::with(&[("http_ca", &given.0)]);
    let error = probe.http().get(secure(&nginx)).send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Tls);
    assert!(!curl_accepts(&secure(&nginx), &given.0));
}

#[tokio::test]
async fn expired_and_misnamed_certificates_are_said_to_be() {
    let authority = Authority::new();
    let expired = authority.expired("old", &["127.0.0.1"]);
    let misnamed = authority.certificate("misnamed", &["shop.test", "api.test"]);
    let ca = authority.ca();
    for (certificate, parts) in [
        (expired, &["the server's certificate expired", "days ago"][..]),
        (misnamed, &["is for shop.test, api.test, not for 127.0.0.1", "http_server_name"][..]),
    ] {
        let nginx = serving(&certificate);
        let probe = Probe::with(&[("http_ca", &ca)]);
        let error = probe.http().get(secure(&nginx)).send().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Tls);
        assert!(parts.iter().all(|part| error.to_string().contains(part)), "{error}");
        assert!(!curl_accepts(&secure(&nginx), &ca));
        // What was given itself must still be of its time, and for the host.
        let given = Probe::with(&[("http_ca", &certificate.0)]);
        assert_eq!(given.http().get(secure(&nginx)).send().await.unwrap_err().kind(), Kind::Tls);
    }
}

/// Answers the first bytes of each connection with these, and closes.
async fn answering(bytes: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
    let port = listener.local_addr().expect("a listener has an address").port();
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let _ = tcp.read(&mut [0; 4096]).await;
            let _ = tcp.write_all(bytes).await;
            let _ = tcp.shutdown().await;
            let _ = tcp.read_to_end(&mut Vec::new()).await;
        }
    });
    port
}

#[tokio::test]
async fn a_port_that_does_not_speak_tls_is_said_to() {
    for bytes in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b"SSH-2.0-OpenSSH_9.2\r\n", b""] {
        let port = answering(bytes).await;
        let mut probe = Probe::new();
        let url = format!("https://127.0.0.1:{port}/");
        let error = probe.http().get(url).send().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Tls);
        assert!(error.to_string().contains("http:// there?"), "{error}");
        assert!(error.to_string().contains(&format!("127.0.0.1:{port}")), "{error}");
        assert_eq!(probe.outcomes(), outcomes(&[("tls", 0)]));
    }
    // Alerts of a handshake are told with their names.
    let port = answering(b"\x15\x03\x03\0\x02\x02\x28").await;
    let error = Probe::new().http().get(format!("https://127.0.0.1:{port}/")).send().await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("HandshakeFailure"), "{error}");
}

/// `openssl s_server` that wants a certificate of clients, over HTTP/1.1 or HTTP/2.
struct Demanding {
    child: std::process::Child,
    port: u16,
}

impl Demanding {
    fn start(authority: &Authority, alpn: &str) -> Self {
        let (certificate, key) = authority.certificate("server", &["127.0.0.1"]);
        let port = crate::support::free_port();
        let child = Command::new("openssl")
            .args(["s_server", "-quiet", "-accept", &format!("127.0.0.1:{port}"), "-tls1_3"])
            .args(["-cert", &certificate, "-key", &key, "-CAfile", &authority.ca()])
            .args(["-Verify", "2", "-verify_return_error", "-alpn", alpn])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("openssl is missing: run ./test");
        crate::support::wait_for(port, "openssl s_server");
        Self { child, port }
    }
}

impl Drop for Demanding {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn the_want_of_a_client_certificate_is_a_matter_of_tls() {
    let authority = Authority::new();
    for alpn in ["http/1.1", "h2"] {
        let server = Demanding::start(&authority, alpn);
        let mut probe = Probe::with(&[("http_ca", &authority.ca()), ("http_timeout", "10")]);
        let url = format!("https://127.0.0.1:{}/", server.port);
        let error = probe.http().get(url).send().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Tls, "{alpn}: {error}");
        assert!(error.to_string().contains("set http_cert and http_key"), "{alpn}: {error}");
        assert_eq!(probe.outcomes(), outcomes(&[("tls", 0)]), "{alpn}");
    }
}

#[tokio::test]
async fn a_body_that_tls_does_not_end_is_said_to_be_cut() -> Checked {
    use std::sync::Arc;
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::crypto::ring;
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

    let authority = Authority::new();
    let (certificate, key) = authority.certificate("server", &["127.0.0.1"]);
    let chain = vec![CertificateDer::from_pem_file(certificate).expect("it was just made")];
    let key = PrivateKeyDer::from_pem_file(key).expect("it was just made");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("they are there")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("they belong together");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    for (answer, ends, expected) in [
        ("HTTP/1.1 200 OK\r\n\r\nhello", true, Ok("hello")),
        ("HTTP/1.1 200 OK\r\n\r\nhello", false, Err("without the close_notify of TLS")),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false, Ok("hello")),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", false, Err("the body was cut short")),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("https://{}/", listener.local_addr()?);
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let (tcp, _) = listener.accept().await.expect("a client comes");
            let mut tls = acceptor.accept(tcp).await.expect("it speaks TLS");
            let _ = tls.read(&mut [0; 4096]).await;
            tls.write_all(answer.as_bytes()).await.expect("the client reads");
            tls.flush().await.expect("the client reads");
            if ends {
                let _ = tls.shutdown().await;
            }
            let (mut tcp, _) = tls.into_inner();
            let _ = tcp.shutdown().await;
            let _ = tcp.read_to_end(&mut Vec::new()).await;
        });
        let probe = Probe::with(&[("http_ca", &authority.ca())]);
        let sent = probe.http().get(&url).send().await;
        match (sent, expected) {
            (Ok(response), expected) => assert_eq!(Ok(&*response.text()?), expected, "{answer}"),
            (Err(error), Err(part)) => {
                assert_eq!(error.kind(), Kind::Body);
                // With all that it came of, as people see it.
                let text = mite_core::error::Error::from(error).stacktrace();
                assert!(text.contains(part) && !text.contains("docs.rs"), "{text}");
            }
            (Err(error), Ok(_)) => panic!("{answer}: {error}"),
        }
    }
    Ok(())
}
