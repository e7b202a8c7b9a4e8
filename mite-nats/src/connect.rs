//! Where the server is, and who one is there.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_nats::ConnectOptions;
use mite_core::error::{Error, Result};
use tokio::time::Instant;

use crate::connection::Connection;
use crate::event::{Event, Events, Observer};
use crate::identity::Identity;
use crate::place::Place;
use crate::refusal::Refusal;
use crate::tls;

/// How long one try to connect may take.
const TRY: Duration = Duration::from_secs(5);

/// How long it is waited between two tries.
const BETWEEN: Duration = Duration::from_millis(100);

/// Longest wait before a lost connection is tried again: well below what a Grant is worth.
const LONGEST_BETWEEN: Duration = Duration::from_millis(500);

/// A connection that answers no ping for three times this is taken for lost.
const PING: Duration = Duration::from_secs(2);

/// Where the server is, and who one is there. Errors name the options of the command line
/// that the settings come from, such as `--nats-ca`.
///
/// ```no_run
/// # async fn of() -> mite_core::error::Result {
/// use mite_nats::{Connect, Identity};
///
/// let connection = Connect::new("tls://nats.example.com:4222")?
///     .identity(Identity::Credentials("runner.creds".into()))
///     .ca("ca.pem")
///     .name("mite runner 1")
///     .connect()
///     .await?;
/// connection.client().publish("hello", "there".into()).await.unwrap();
/// connection.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Connect {
    place: Place,
    identity: Identity,
    ca: Option<PathBuf>,
    certificate: Option<(PathBuf, PathBuf)>,
    name: String,
    purpose: &'static str,
    insecure: bool,
    inbox: Option<String>,
    patience: Duration,
    observer: Option<Observer>,
}

impl Connect {
    /// To the server at a URL, or to any of some, separated by commas. A user and a
    /// password may stand in it.
    ///
    /// # Errors
    /// If it is no address.
    pub fn new(url: &str) -> Result<Self> {
        let (place, found) = Place::read(url)?;
        let identity = match found {
            Some((name, password)) => Identity::User { name, password },
            None => Identity::Nobody,
        };
        Ok(Self {
            place,
            identity,
            ca: None,
            certificate: None,
            name: "mite".to_owned(),
            purpose: "",
            insecure: false,
            inbox: None,
            patience: Duration::ZERO,
            observer: None,
        })
    }

    /// As whom.
    pub fn identity(mut self, identity: Identity) -> Self {
        self.identity = identity;
        self
    }

    /// Trusts the authorities in this PEM file, and no others. TLS is spoken, or nothing.
    pub fn ca(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca = Some(path.into());
        self
    }

    /// Shows a certificate of one's own: PEM files of its chain and its key. TLS is spoken,
    /// or nothing.
    pub fn certificate(mut self, chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.certificate = Some((chain.into(), key.into()));
        self
    }

    /// What the server calls this connection, in its monitoring.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Where it is answered: `_INBOX.`, this, and more. A server may let each role hear its own
    /// answers alone.
    pub fn inbox(mut self, name: impl Into<String>) -> Self {
        self.inbox = Some(name.into());
        self
    }

    /// Whether a server that is not on this machine may be used without credentials, and
    /// a password may be sent to it without TLS.
    pub fn insecure(mut self, insecure: bool) -> Self {
        self.insecure = insecure;
        self
    }

    /// For how long a server that cannot be reached is tried again, before the first
    /// connection stands. None by default: one try.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// What it is for, among several of this process: `control`, `messages`.
    pub fn purpose(mut self, purpose: &'static str) -> Self {
        self.purpose = purpose;
        self
    }

    /// Who is told of what happens to the connection, with what it is for. It must not block.
    pub fn observer(mut self, observer: impl Fn(&str, &Event) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Where it is, without credentials.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Refuses what would be open to a network.
    ///
    /// # Errors
    /// If the server is not on this machine, and nobody says who this is.
    pub fn check(&self) -> Result {
        let Some(server) = self.place.remote().filter(|_| !self.insecure) else { return Ok(()) };
        match self.identity {
            Identity::Nobody if self.certificate.is_none() => Err(Error::new(format!(
                "--nats {}: without credentials only a server of this machine is used, since whoever reaches it could steer the load; give --nats-creds, --nats-nkey, --nats-user or --nats-cert, or --nats-insecure if nobody else is on that network",
                server.as_str().trim_end_matches('/')
            ))),
            _ => Ok(()),
        }
    }

    fn requires_tls(&self) -> bool {
        let password = matches!(self.identity, Identity::User { .. });
        self.ca.is_some()
            || self.certificate.is_some()
            || self.place.wants_tls()
            || (password && self.place.remote().is_some() && !self.insecure)
    }

    fn options(&self) -> Result<ConnectOptions> {
        let own = self.certificate.as_ref().map(|(chain, key)| (&**chain, &**key));
        let options = ConnectOptions::new()
            .name(&self.name)
            .tls_client_config(tls::config(self.ca.as_deref(), own)?)
            .require_tls(self.requires_tls())
            .connection_timeout(TRY)
            .ping_interval(PING)
            // Servers that a cluster names are those of its inside, perhaps unreachable.
            .ignore_discovered_servers()
            .max_reconnects(None)
            .reconnect_delay_callback(|tries| {
                let delay = Duration::from_millis(1 << tries.min(9));
                if tries <= 1 { Duration::ZERO } else { delay.min(LONGEST_BETWEEN) }
            });
        let options = match &self.inbox {
            Some(name) => options.custom_inbox_prefix(format!("_INBOX.{name}")),
            None => options,
        };
        match &self.identity {
            Identity::Nobody => Ok(options),
            Identity::User { name, password } => {
                Ok(options.user_and_password(name.clone(), password.clone()))
            }
            Identity::Credentials(path) => {
                let text = text("--nats-creds", path)?;
                let wrong =
                    "these are no credentials; it must be a file that `nsc generate creds` wrote";
                options.credentials(&text).map_err(|_| tls::named("--nats-creds", path, wrong))
            }
            Identity::Nkey(path) => Ok(options.nkey(seed(&text("--nats-nkey", path)?, path)?)),
        }
    }

    /// Connects. From then on the connection is kept: one that is lost is made again.
    ///
    /// # Errors
    /// If a file cannot be read, or the server cannot be reached or refuses; the text says
    /// what to do.
    pub async fn connect(&self) -> Result<Connection> {
        self.check()?;
        let events = Events::observed(self.purpose, self.observer.clone());
        let until = Instant::now() + self.patience;
        let mut told = false;
        loop {
            let of_client = events.clone();
            let options = self.options()?.event_callback(move |event| {
                of_client.of_client(event);
                std::future::ready(())
            });
            let error = match options.connect(self.place.addresses()).await {
                Ok(client) => return Ok(Connection::new(client, events)),
                Err(error) => error,
            };
            let refusal = Refusal::of(&error, &self.identity);
            if !refusal.passes || Instant::now() + BETWEEN > until {
                return Err(Error::new(format!("--nats {}: {}", self.place, refusal.text)));
            }
            if !told {
                told = true;
                events.happened(&Event::Waiting(format!("{}: {}", self.place, refusal.text)));
            }
            tokio::time::sleep(BETWEEN).await;
        }
    }
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect")
            .field("place", &self.place)
            .field("identity", &self.identity)
            .field("ca", &self.ca)
            .field("certificate", &self.certificate)
            .field("name", &self.name)
            .field("insecure", &self.insecure)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

fn text(option: &str, path: &Path) -> Result<String> {
    let bytes = tls::read(option, path)?;
    String::from_utf8(bytes).map_err(|_| tls::named(option, path, "it is no text"))
}

/// The seed of a user in a file; it may stand between others and remarks.
fn seed(text: &str, path: &Path) -> Result<String> {
    let is_seed = |word: &&str| word.len() == 58 && word.starts_with("SU");
    match text.split_whitespace().find(is_seed) {
        Some(seed) => Ok(seed.to_owned()),
        None => Err(tls::named(
            "--nats-nkey",
            path,
            "there is no seed of a user in it; it begins with SU, and `nk -gen user` makes one",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_credentials_only_this_machine_is_used() {
        let local = Connect::new("nats://127.0.0.1:4222").unwrap();
        assert!(local.check().is_ok());
        let remote = Connect::new("nats://nats.example.com:4222").unwrap();
        let refused = remote.check().unwrap_err();
        assert!(
            refused
                .text()
                .starts_with("--nats nats://nats.example.com:4222: without credentials only")
        );
        assert!(refused.text().contains("--nats-insecure"));
        assert!(remote.clone().insecure(true).check().is_ok());
        assert!(remote.clone().certificate("c", "k").check().is_ok());
        assert!(remote.identity(Identity::Nkey("k".into())).check().is_ok());
    }

    #[test]
    fn a_password_crosses_no_network_in_the_clear() {
        let with = |url: &str| Connect::new(url).unwrap();
        assert!(with("nats://bob:pw@nats.example.com").requires_tls());
        assert!(!with("nats://bob:pw@nats.example.com").insecure(true).requires_tls());
        assert!(!with("nats://bob:pw@localhost").requires_tls());
        assert!(with("tls://localhost").requires_tls());
        assert!(with("localhost").ca("ca.pem").requires_tls());
    }

    #[test]
    fn nothing_secret_is_shown() {
        let connect = Connect::new("nats://bob:hunter2@localhost").unwrap();
        let shown = format!("{connect:?} {}", connect.place());
        assert!(shown.contains("bob") && !shown.contains("hunter2"), "{shown}");
    }
}
