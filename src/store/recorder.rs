//! Records: what journeys create, in files that become the pools of later tests.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mite_core::error::{Error, Result};
use mite_core::lanes::Interest;
use mite_core::message::MessageRef;
use mite_core::queue::Batch;

use super::record_file::RecordFile;
use crate::local::{Listener, Remarks};
use crate::output::log::{self, Level};
use crate::output::units;

const CREATED: &str = "data_created";
const PURGE: &str = "purge_data";

/// Files that are open at once; a test that needs more has another problem, and
/// gets them by turns.
const MOST_OPEN: usize = 128;

/// Appends the `data` of each `data_created` to `<directory>/<name>.msgpack`, and
/// removes that file at `purge_data`.
///
/// Records are handed to the operating system as soon as they arrive, within
/// milliseconds of being sent, and are synchronised with the disk at the end. If
/// one cannot be written, the run is over.
pub(crate) struct Recorder {
    directory: PathBuf,
    files: BTreeMap<String, RecordFile>,
    written: u64,
    /// Messages without a file to go to, by the reason.
    refused: HashMap<String, u64>,
    broken: Option<String>,
    unwritten: u64,
}

impl Recorder {
    /// Records to `directory`, which is made when the first record comes.
    ///
    /// # Errors
    /// If the directory is there and cannot be written.
    pub(crate) fn new(directory: &Path) -> Result<Self> {
        if directory.exists() {
            probe(directory).map_err(|e| {
                Error::new(format!(
                    "records cannot be written to {}: {e}; name another directory with --recorder-dir",
                    directory.display()
                ))
            })?;
        }
        Ok(Self {
            directory: directory.to_owned(),
            files: BTreeMap::new(),
            written: 0,
            refused: HashMap::new(),
            broken: None,
            unwritten: 0,
        })
    }

    fn create(&mut self, message: MessageRef<'_>) {
        if self.broken.is_some() {
            self.unwritten += 1;
            return;
        }
        let name = match file_name(message) {
            Ok(name) => name,
            Err(why) => return self.refuse(why),
        };
        let Some(data) = message.get_encoded("data") else {
            return self.refuse("it has no `data`".into());
        };
        if !self.files.contains_key(&name) {
            match self.open(&name) {
                Ok(file) => drop(self.files.insert(name.clone(), file)),
                Err(e) => {
                    self.unwritten += 1;
                    return self.fail(&name, &e);
                }
            }
        }
        if let Some(file) = self.files.get_mut(&name) {
            file.push(data);
        }
    }

    fn open(&mut self, name: &str) -> io::Result<RecordFile> {
        if self.files.len() >= MOST_OPEN {
            self.write();
            self.files.clear();
        }
        std::fs::create_dir_all(&self.directory)?;
        let path = self.path(name);
        let (file, torn) = RecordFile::open(&path)?;
        if torn > 0 {
            log::log(
                Level::Warn,
                format_args!(
                    "{} ended in the middle of a record: its last {torn} bytes were cut off",
                    path.display()
                ),
            );
        }
        Ok(file)
    }

    fn purge(&mut self, message: MessageRef<'_>) {
        let name = match file_name(message) {
            Ok(name) => name,
            Err(why) => return self.refuse(why),
        };
        // What was recorded before goes too, written or not.
        self.files.remove(&name);
        match std::fs::remove_file(self.path(&name)) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                log::log(
                    Level::Info,
                    format_args!("purge_data: there is no {}", self.path(&name).display()),
                );
            }
            Err(e) => self.fail(&name, &e),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}.msgpack"))
    }

    fn refuse(&mut self, why: String) {
        // Names may be endless in kind; a few say enough.
        let why = match self.refused.len() < 20 || self.refused.contains_key(&why) {
            true => why,
            false => "other reasons".to_owned(),
        };
        *self.refused.entry(why).or_default() += 1;
    }

    fn fail(&mut self, name: &str, error: &io::Error) {
        let why = format!("{}: {error}", self.path(name).display());
        if self.broken.is_none() {
            log::log(Level::Error, format_args!("records cannot be written, the test ends: {why}"));
            self.broken = Some(why);
        }
    }

    fn write(&mut self) {
        let mut failed = Vec::new();
        for (name, file) in &mut self.files {
            match file.write() {
                Ok(records) => self.written += records,
                Err(e) => failed.push((name.clone(), file.pending(), e)),
            }
        }
        for (name, pending, error) in failed {
            self.unwritten += pending;
            self.files.remove(&name);
            self.fail(&name, &error);
        }
    }
}

impl Listener for Recorder {
    fn name(&self) -> Cow<'_, str> {
        "recorder".into()
    }

    fn interest(&self) -> Interest {
        Interest::Kinds(vec![CREATED.into(), PURGE.into()])
    }

    /// Short: it is how long a record may be lost if the process is killed.
    fn rest(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn take(&mut self, messages: &Batch) {
        for message in messages.iter() {
            match message.kind() {
                CREATED => self.create(message),
                PURGE => self.purge(message),
                _ => {}
            }
        }
        self.write();
    }

    fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    fn finish(&mut self, lost: u64) -> Remarks {
        self.write();
        for (name, file) in std::mem::take(&mut self.files) {
            if let Err(e) = file.sync() {
                self.fail(&name, &e);
            }
        }
        let mut remarks = Remarks::default();
        if let Some(why) = &self.broken {
            remarks.broken.push(format!(
                "records cannot be written to {why}; {} written, {} not",
                units::count(self.written, "record"),
                self.unwritten
            ));
        }
        if lost > 0 {
            remarks.failures.push(format!(
                "{} lost: they came faster than they could be written",
                units::count(lost, "record")
            ));
        }
        let mut refused: Vec<_> = self.refused.drain().collect();
        refused.sort();
        remarks.failures.extend(
            refused
                .into_iter()
                .map(|(why, n)| format!("{} not recorded: {why}", units::count(n, "message"))),
        );
        remarks
    }
}

/// The name of a message's file, if it stays in the directory.
fn file_name(message: MessageRef<'_>) -> Result<String, String> {
    let Some(name) = message.get_encoded("name") else {
        return Err(format!("{} has no `name`", message.kind()));
    };
    let Some(name) = mite_core::msgpack::text(name) else {
        return Err(format!("the `name` of {} is not text", message.kind()));
    };
    let plain = |c: char| !matches!(c, '/' | '\\') && !c.is_control();
    let stays = !name.is_empty() && name.len() <= 200 && !name.starts_with('.');
    if stays && name.chars().all(plain) {
        return Ok(name.to_owned());
    }
    let shown: String = name.chars().take(60).collect();
    Err(format!("the name {shown:?} is not that of a file in the directory of records"))
}

/// Whether files can be made in a directory.
pub(super) fn probe(directory: &Path) -> io::Result<()> {
    let path = directory.join(format!(".mite-{}", std::process::id()));
    OpenOptions::new().write(true).create(true).truncate(true).open(&path)?;
    std::fs::remove_file(path)
}

#[cfg(test)]
pub(super) mod tests;
