//! Which NATS server a fleet meets at, and as whom.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use mite_core::error::{Error, Result};
use mite_nats::{Connect, Identity, RunName};

use crate::lanes;

/// How long a server that is not there yet is waited for: in a cluster, all start at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// What all commands of a fleet take.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "NATS")]
pub(crate) struct NatsOptions {
    /// The server, or several of one cluster, separated by commas; tls:// insists on TLS
    ///
    /// Without credentials only a server of this machine is used.
    #[arg(
        long = "nats",
        value_name = "URL",
        hide_env_values = true,
        default_value = "nats://127.0.0.1:4222"
    )]
    url: String,
    /// Which run of that server: letters, digits, - and _
    #[arg(long = "run", value_name = "NAME", default_value = RunName::DEFAULT)]
    pub(crate) run_name: RunName,
    /// A file of credentials, as `nsc generate creds` writes it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["nats_nkey", "nats_user"])]
    nats_creds: Option<PathBuf>,
    /// A file with the seed of an nkey, as `nk -gen user` writes it
    #[arg(long, value_name = "FILE", conflicts_with = "nats_user")]
    nats_nkey: Option<PathBuf>,
    /// A user of the server
    #[arg(long, value_name = "NAME")]
    nats_user: Option<String>,
    /// The user's password; better as MITE_NATS_PASSWORD, since others of this machine see what is typed
    #[arg(long, value_name = "TEXT", hide_env_values = true)]
    nats_password: Option<String>,
    /// The certificates of authorities that the server's may be signed by (PEM) [default: this machine's]
    #[arg(long, value_name = "FILE")]
    nats_ca: Option<PathBuf>,
    /// A certificate of this client (PEM), for a server that asks for one
    #[arg(long, value_name = "FILE")]
    nats_cert: Option<PathBuf>,
    /// The key of that certificate (PEM)
    #[arg(long, value_name = "FILE")]
    nats_key: Option<PathBuf>,
    /// Use a server of another machine without credentials, or with a password and no TLS
    #[arg(long, value_parser = BoolishValueParser::new())]
    nats_insecure: bool,
}

impl NatsOptions {
    /// How to connect; `role` is what this process is, such as `runner`. What happens to
    /// the connection is logged.
    ///
    /// # Errors
    /// If options do not go together, or would be open to a network; the text names one.
    pub(crate) fn connect(&self, role: &str) -> Result<Connect> {
        let name = format!("mite {role} {} (process {})", self.run_name, std::process::id());
        let mut connect = Connect::new(&self.url)?
            .name(name)
            .inbox(format!("{role}.{}", self.run_name))
            .insecure(self.nats_insecure)
            .patience(PATIENCE);
        if let Some(identity) = self.identity()? {
            connect = connect.identity(identity);
        }
        if let Some(ca) = &self.nats_ca {
            connect = connect.ca(ca);
        }
        match (&self.nats_cert, &self.nats_key) {
            (Some(certificate), Some(key)) => connect = connect.certificate(certificate, key),
            (None, None) => {}
            (Some(_), None) => {
                return Err(Error::new("--nats-cert needs its key: give --nats-key"));
            }
            (None, Some(_)) => {
                return Err(Error::new("--nats-key needs its certificate: give --nats-cert"));
            }
        }
        connect.check()?;
        Ok(lanes::told(connect, ""))
    }

    fn identity(&self) -> Result<Option<Identity>> {
        Ok(match (&self.nats_creds, &self.nats_nkey, &self.nats_user, &self.nats_password) {
            (Some(path), ..) => Some(Identity::Credentials(path.clone())),
            (_, Some(path), ..) => Some(Identity::Nkey(path.clone())),
            (_, _, Some(name), Some(password)) => {
                Some(Identity::User { name: name.clone(), password: password.clone() })
            }
            (_, _, Some(name), None) => {
                return Err(Error::new(format!(
                    "--nats-user {name} needs a password: set MITE_NATS_PASSWORD"
                )));
            }
            (_, _, None, Some(_)) => {
                return Err(Error::new("--nats-password is nobody's: give --nats-user"));
            }
            (None, None, None, None) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(flatten)]
        nats: NatsOptions,
    }

    fn connect(words: &[&str]) -> std::result::Result<Connect, String> {
        let typed = Typed::try_parse_from([&["bin"], words].concat()).map_err(|e| e.to_string())?;
        typed.nats.connect("runner").map_err(|e| e.text().to_owned())
    }

    #[test]
    fn what_is_typed_says_where_and_who() {
        assert_eq!(connect(&[]).unwrap().place().to_string(), "nats://127.0.0.1:4222");
        let user = ["--nats", "localhost:1", "--nats-user", "bob", "--nats-password", "hunter2"];
        let shown = format!("{:?}", connect(&user).unwrap());
        assert!(
            shown.contains("User { name: \"bob\", .. }") && !shown.contains("hunter2"),
            "{shown}"
        );
        assert!(shown.contains("mite runner mite (process "), "{shown}");
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        for (words, says) in [
            (
                &["--nats-user", "bob"][..],
                "--nats-user bob needs a password: set MITE_NATS_PASSWORD",
            ),
            (&["--nats-password", "pw"], "--nats-password is nobody's: give --nats-user"),
            (&["--nats-cert", "c.pem"], "--nats-cert needs its key: give --nats-key"),
            (&["--nats-key", "k.pem"], "--nats-key needs its certificate: give --nats-cert"),
            (&["--nats", "nats://10.1.2.3"], "--nats nats://10.1.2.3: without credentials only"),
            (&["--nats-creds", "a", "--nats-nkey", "b"], "cannot be used with"),
            (&["--run", "a.b"], "cannot be the name of a run"),
        ] {
            let refused = connect(words).unwrap_err();
            assert!(refused.contains(says), "{words:?}: {refused}");
        }
    }
}
