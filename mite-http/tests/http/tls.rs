//! TLS, with what can be set of it: against nginx.

use mite_http::Kind;

use crate::support::Probe;
use crate::support::authority::Authority;
use crate::support::nginx::Nginx;

type Checked = mite_core::error::Result;

fn secure(nginx: &Nginx, path: &str) -> String {
    nginx.url(path).replace("http://", "https://")
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_a_server_that_asks() -> Checked {
    let authority = Authority::new();
    let who = "ssl_verify_client on; location = /who { return 200 $ssl_client_s_dn; }";
    let server = format!(
        "{} ssl_client_certificate {}; {who}",
        authority.server(&["127.0.0.1"]),
        authority.ca()
    );
    let nginx = Nginx::start("ssl", &server);
    let url = secure(&nginx, "/who");
    let ca = authority.ca();
    let (cert, key) = authority.certificate("alice", &["alice"]);

    let nobody = Probe::with(&[("http_ca", &ca)]);
    assert_eq!(nobody.http().get(&url).send().await?.status(), 400);
    let alice = Probe::with(&[("http_ca", &ca), ("http_cert", &cert), ("http_key", &key)]);
    assert_eq!(alice.http().get(&url).send().await?.text()?, "CN=alice");

    let both = std::fs::read_to_string(&cert)? + &std::fs::read_to_string(&key)?;
    authority.write("both.pem", &both);
    let one_file = Probe::with(&[("http_ca", &ca), ("http_cert", &authority.path("both.pem"))]);
    assert_eq!(one_file.http().get(&url).send().await?.text()?, "CN=alice");

    for (cert, key, part) in [
        (&cert, &ca, "no private key"),
        (&key, &key, "no certificate"),
        (&"no/such.pem".to_owned(), &key, "`http_cert` names no/such.pem"),
        (&ca, &key, "the client certificate cannot be used"),
    ] {
        let wrong = Probe::with(&[("http_ca", &ca), ("http_cert", cert), ("http_key", key)]);
        let error = wrong.http().get(&url).send().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Tls);
        assert!(error.to_string().contains(part), "{error}");
    }

    // A key with a password.
    let locked = authority.path("locked.key");
    let openssl = std::process::Command::new("openssl")
        .args(["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:s3cret"])
        .args(["-in", &key, "-out", &locked])
        .status()?;
    assert!(openssl.success());
    let settings = [("http_ca", &*ca), ("http_cert", &*cert), ("http_key", &*locked)];
    let open = async |password: Option<&str>| {
        let password = password.map(|password| ("http_key_password", password));
        let probe = Probe::with(&settings.into_iter().chain(password).collect::<Vec<_>>());
        let sent = probe.http().get(&url).send().await;
        sent.map(|r| r.text().map(|t| t.into_owned()).unwrap_or_default())
            .map_err(|e| e.to_string())
    };
    assert!(open(None).await.unwrap_err().contains("set http_key_password"));
    if cfg!(feature = "encrypted-keys") {
        assert_eq!(open(Some("s3cret")).await.unwrap(), "CN=alice");
        assert!(open(Some("guess")).await.unwrap_err().contains("is http_key_password right?"));
    } else {
        assert!(open(Some("s3cret")).await.unwrap_err().contains("`encrypted-keys`"));
    }
    Ok(())
}

#[tokio::test]
async fn sessions_are_resumed_unless_that_is_off_and_the_response_tells() -> Checked {
    let authority = Authority::new();
    for (protocol, version) in [("TLSv1.2", "TLSv1.2"), ("TLSv1.3", "TLSv1.3")] {
        let reused = "location = /r { return 200 \"$ssl_session_reused $ssl_cipher\"; }";
        let server =
            format!("{} ssl_protocols {protocol}; {reused}", authority.server(&["127.0.0.1"]));
        let nginx = Nginx::start("ssl", &server);
        for (resumption, second) in [("true", "r"), ("false", ".")] {
            let probe = Probe::with(&[
                ("http_ca", &authority.ca()),
                ("http_connections", "per_request"),
                ("http_tls_resumption", resumption),
            ]);
            for (n, mark) in [".", second].into_iter().enumerate() {
                let r = probe.http().get(secure(&nginx, "/r")).send().await?;
                let tls = r.tls().expect("it came over TLS");
                assert_eq!((tls.version, tls.resumed), (version, mark == "r"), "{n}");
                let text = r.text()?;
                let (seen, cipher) = text.split_once(' ').expect("there are two words");
                assert_eq!(seen, mark);
                // OpenSSL has names of its own for the ciphers of TLS 1.2.
                let same = tls.cipher == cipher
                    || tls.cipher.replace("_WITH_", "_").replace("TLS_", "").replace('_', "-")
                        == cipher.replace("AES128", "AES-128").replace("AES256", "AES-256");
                assert!(same, "{} {cipher}", tls.cipher);
            }
        }
    }
    let plain = Nginx::start("", "location = / { return 204; }");
    assert_eq!(Probe::new().http().get(plain.url("/")).send().await?.tls(), None);
    Ok(())
}

#[tokio::test]
async fn another_name_is_asked_for_and_verified() -> Checked {
    let authority = Authority::new();
    let server = format!(
        "{} location = / {{ return 200 \"$ssl_server_name $http_host\"; }}",
        authority.server(&["shop.test"])
    );
    let nginx = Nginx::start("ssl", &server);
    let ca = authority.ca();
    let plain = Probe::with(&[("http_ca", &ca)]);
    let error = plain.http().get(secure(&nginx, "/")).send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Tls);
    let named = Probe::with(&[("http_ca", &ca), ("http_server_name", "shop.test")]);
    let r = named.http().get(secure(&nginx, "/")).send().await?;
    assert_eq!(r.text()?, format!("shop.test 127.0.0.1:{}", nginx.port));
    let wrong = Probe::with(&[("http_ca", &ca), ("http_server_name", "not a name")]);
    let error = wrong.http().get(secure(&nginx, "/")).send().await.unwrap_err();
    assert!(error.to_string().contains("`http_server_name` is \"not a name\""), "{error}");
    Ok(())
}
