//! NATS servers: one for each test, on a port of its own, ended by its own id.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use mite_nats::Connect;
use mite_tests::root;
pub(crate) use mite_tests::{Scratch, until};

/// The roles of deploy/nats/permissions.conf; here each has its name for a password.
pub(crate) const ROLES: [&str; 6] =
    ["controller", "runner", "consumer", "recorder", "operator", "exporter"];

/// A server with a store of its own.
pub(crate) struct Nats {
    child: Option<Child>,
    /// How it is reached, as `nats://127.0.0.1:PORT`.
    pub(crate) url: String,
    port: u16,
    config: String,
    /// Its configuration, its log and its store.
    pub(crate) scratch: Scratch,
}

impl Nats {
    /// Without anything to know about it but its address.
    pub(crate) fn start() -> Self {
        Self::with("")
    }

    /// With more lines in its configuration.
    pub(crate) fn with(config: &str) -> Self {
        Self::of(config, Scratch::new("nats"))
    }

    /// The same, in a directory that holds files which the configuration names.
    pub(crate) fn of(config: &str, scratch: Scratch) -> Self {
        let mut server =
            Self { child: None, url: String::new(), port: 0, config: config.to_owned(), scratch };
        server.go_on();
        server
    }

    /// Starts it again, at the same port, with what is in its store.
    pub(crate) fn go_on(&mut self) {
        assert!(self.child.is_none(), "it runs");
        let dir = self.scratch.0.display().to_string();
        // A port that is free now is taken once its first start has found one.
        let port = if self.port == 0 { "-1".to_owned() } else { self.port.to_string() };
        let store = if self.config.contains("jetstream") {
            String::new()
        } else {
            format!("jetstream {{ store_dir: \"{dir}/store\", max_mem: 64MB, max_file: 1GB }}\n")
        };
        let config = format!(
            "listen: \"127.0.0.1:{port}\"\nserver_name: test\nlog_file: \"{dir}/log\"\n{store}{}\n",
            self.config
        );
        let file = self.scratch.write("nats.conf", &config);
        let child = Command::new(program())
            .arg("--config")
            .arg(file)
            .args(["--ports_file_dir", &dir])
            .envs(ROLES.map(|role| (format!("MITE_{}_PASSWORD", role.to_uppercase()), role)))
            .current_dir(&self.scratch.0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nats-server is missing: run ./test");
        let ports = self.scratch.0.join(format!("nats-server_{}.ports", child.id()));
        self.child = Some(child);
        let read =
            || serde_json::from_slice::<serde_json::Value>(&std::fs::read(&ports).ok()?).ok();
        let ports = until("nats-server", || {
            let child = self.child.as_mut().expect("it was started");
            if let Ok(Some(status)) = child.try_wait() {
                let log = std::fs::read_to_string(Path::new(&dir).join("log")).unwrap_or_default();
                panic!("nats-server ended with {status}\n{config}\n{log}");
            }
            read()
        });
        let url = ports["nats"][0].as_str().expect("it says where it listens");
        let port = url.rsplit(':').next().expect("it has a port");
        self.port = port.parse().expect("it is a number");
        self.url = format!("nats://127.0.0.1:{}", self.port);
    }

    /// Kills it, as when its machine is lost; what it has stored stays.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
    }

    /// A copy of its store, while it does not run.
    pub(crate) fn copy_of_store(&self) -> Scratch {
        assert!(self.child.is_none(), "it runs");
        let copy = Scratch::new("copy");
        copied(&self.scratch.0.join("store"), &copy.0.join("store"));
        copy
    }

    /// Gives it such a copy as its store, while it does not run.
    pub(crate) fn restore(&self, copy: &Scratch) {
        assert!(self.child.is_none(), "it runs");
        let store = self.scratch.0.join("store");
        std::fs::remove_dir_all(&store).expect("it can be removed");
        copied(&copy.0.join("store"), &store);
    }

    /// Its address with another user in it.
    pub(crate) fn url_of(&self, user: &str, password: &str) -> String {
        format!("nats://{user}:{password}@127.0.0.1:{}", self.port)
    }

    /// How to reach it.
    pub(crate) fn connect(&self) -> Connect {
        Connect::new(&self.url).expect("it is an address")
    }
}

fn copied(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.expect("there is cp").success(), "{} cannot be copied", from.display());
}

impl Drop for Nats {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.kill();
        }
    }
}

/// `nats-server`: what `MITE_NATS_SERVER` names, what tests/install-tools has installed, or
/// the one on the path.
pub(crate) fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("MITE_NATS_SERVER").filter(|path| !path.is_empty()) {
        return path.into();
    }
    let installed = root().join("target/tools/nats/bin/nats-server");
    if installed.exists() { installed } else { "nats-server".into() }
}

/// Certificates for tests: an authority, a server's for 127.0.0.1 and localhost, and a
/// client's, as PEM files.
pub(crate) struct Certificates {
    pub(crate) ca: PathBuf,
    pub(crate) server: (PathBuf, PathBuf),
    pub(crate) client: (PathBuf, PathBuf),
}

impl Certificates {
    pub(crate) fn write(scratch: &Scratch, prefix: &str) -> Self {
        use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
        let key = || KeyPair::generate().expect("a key can be made");
        let named = |name: &str, hosts: &[&str]| {
            let hosts: Vec<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
            let mut params = CertificateParams::new(hosts).expect("they are names");
            params.distinguished_name.push(DnType::CommonName, name);
            params
        };
        let mut authority = named(&format!("{prefix} authority"), &[]);
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let of_authority = key();
        let ca = authority.self_signed(&of_authority).expect("it can be signed").pem();
        let issuer = Issuer::new(authority, of_authority);
        let signed = |name: &str, hosts: &[&str]| {
            let own = key();
            let certificate =
                named(name, hosts).signed_by(&own, &issuer).expect("it can be signed");
            let file =
                |end: &str, text: &str| scratch.write(&format!("{prefix}-{name}.{end}"), text);
            (file("pem", &certificate.pem()), file("key", &own.serialize_pem()))
        };
        let server = signed("server", &["127.0.0.1", "localhost"]);
        let client = signed("client", &["runner"]);
        Self { ca: scratch.write(&format!("{prefix}-ca.pem"), &ca), server, client }
    }

    /// The `tls` block of a server; with `verify` it wants certificates of clients.
    pub(crate) fn config(&self, verify: bool) -> String {
        let (certificate, key) = &self.server;
        let verify = if verify { "verify: true\n" } else { "" };
        format!(
            "tls {{\n cert_file: {:?}\n key_file: {:?}\n ca_file: {:?}\n {verify} }}\n",
            certificate.display().to_string(),
            key.display().to_string(),
            self.ca.display().to_string(),
        )
    }
}
