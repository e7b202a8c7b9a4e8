//! Proxies from packages: tinyproxy and microsocks. And nghttpd.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::{Scratch, free_port, wait_for};

/// A server in a process, which ends with this.
pub(crate) struct Served {
    child: Child,
    pub(crate) port: u16,
    _directory: Scratch,
}

impl Served {
    fn start(program: &str, make: impl FnOnce(u16, &Path) -> Vec<String>) -> Self {
        let (directory, port) = (Scratch::new(program), free_port());
        let path = std::env::var("PATH").unwrap_or_default();
        let child = Command::new(program)
            .env("PATH", format!("{path}:/usr/sbin:/usr/local/sbin"))
            .args(make(port, &directory.0))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| panic!("{program} is missing ({e}): run ./test"));
        wait_for(port, program);
        Self { child, port, _directory: directory }
    }

    /// An HTTP proxy that wants bob's password, `s3cretword`.
    pub(crate) fn http_proxy() -> Self {
        Self::start("tinyproxy", |port, directory| {
            let file = directory.join("tinyproxy.conf");
            let config = format!(
                "Port {port}\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 30\nMaxClients 50\n\
                 BasicAuth bob s3cretword\nViaProxyName \"tiny\"\nLogLevel Critical\n"
            );
            std::fs::write(&file, config).expect("the scratch can be written to");
            vec!["-d".to_owned(), "-c".to_owned(), file.display().to_string()]
        })
    }

    /// A SOCKS proxy that wants bob's password.
    pub(crate) fn socks_proxy() -> Self {
        Self::start("microsocks", |port, _| {
            let port = port.to_string();
            ["-i", "127.0.0.1", "-p", &port, "-u", "bob", "-P", "s3cretword"]
                .map(str::to_owned)
                .to_vec()
        })
    }

    /// An HTTP/2 server without TLS that sends back what it is sent.
    pub(crate) fn echo() -> Self {
        Self::start("nghttpd", |port, directory| {
            let directory = directory.display().to_string();
            let port = port.to_string();
            ["--no-tls", "--echo-upload", "-a", "127.0.0.1", "-d", &directory, &port]
                .map(str::to_owned)
                .to_vec()
        })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
