//! Records: what journeys create, in files that become the pools of later tests.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mite_core::error::{Error, Result};
use mite_core::message::{Batch, Interest, MessageRef};
use mite_core::stats::Finding;

use super::directory::{look_through, probe};
use super::record_file::{RecordFile, Whole};
use crate::listener::{Listener, Remarks};
use crate::terminal::log::{self, Level};
use mite_core::units;

const CREATED: &str = "data_created";
const PURGE: &str = "purge_data";

/// Files that are open at once; a test that needs more gets them by turns.
const MOST_OPEN: usize = 128;

/// Names that are remembered only to say something once.
const MOST_NAMES: usize = 20;

/// Files of which something is said at the end, one by one.
const MOST_SAID: usize = 10;

/// Appends the `data` of each `data_created` to `<directory>/<name>.msgpack`, and
/// removes that file at `purge_data`.
///
/// Records are handed to the operating system as soon as they arrive, within
/// milliseconds of being sent, and are synchronised with the disk at the end. If
/// one cannot be written, the run is over. A file that somebody else removes is
/// made again, and what was in it is told.
pub(crate) struct Recorder {
    directory: PathBuf,
    files: BTreeMap<String, RecordFile>,
    /// What is known of files that are there, or were.
    known: HashMap<String, Whole>,
    /// What was recorded under each name, without what is open.
    tallies: BTreeMap<String, Tally>,
    /// Names that were to be purged and had nothing.
    bare: HashSet<String>,
    written: u64,
    /// Messages without a file to go to, by the reason.
    refused: HashMap<String, u64>,
    broken: Option<String>,
    unwritten: u64,
}

/// What was recorded under one name.
#[derive(Clone, Copy, Default)]
struct Tally {
    /// Records that are in the file.
    written: u64,
    /// Records that were in files that somebody else has removed.
    removed: u64,
    warned: bool,
}

impl Recorder {
    /// Records to `directory`, which is made when the first record comes.
    ///
    /// # Errors
    /// If the directory is there and cannot be written.
    pub(crate) fn new(directory: &Path) -> Result<Self> {
        if directory.exists() {
            Self::check(directory)?;
        }
        Ok(Self {
            directory: directory.to_owned(),
            files: BTreeMap::new(),
            known: look_through(directory),
            tallies: BTreeMap::new(),
            bare: HashSet::new(),
            written: 0,
            refused: HashMap::new(),
            broken: None,
            unwritten: 0,
        })
    }

    /// Whether records could be written to `directory`, and it could be made if it
    /// is not there; makes nothing that stays.
    ///
    /// # Errors
    /// If not.
    pub(crate) fn check(directory: &Path) -> Result {
        // A link to nowhere is there, and cannot be written.
        let there = directory.ancestors().find(|path| path.symlink_metadata().is_ok());
        probe(there.unwrap_or(Path::new("."))).map_err(|e| {
            Error::new(format!(
                "records cannot be written to {}: {e}; name another directory with --recorder-dir",
                directory.display()
            ))
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
            self.close_all();
        }
        let path = self.path(name);
        let before = self.known.get(name).copied();
        let (file, whole, torn) = RecordFile::open(&path, before)?;
        self.known.insert(name.to_owned(), whole);
        if before.is_some_and(|before| before.identity != whole.identity)
            && let Some(tally) = self.tallies.get_mut(name)
            && tally.written > 0
        {
            tally.removed += std::mem::take(&mut tally.written);
            self.warn(name);
        }
        if torn > 0 {
            log::log(
                Level::Warn,
                format_args!(
                    "{} ended in the middle of a record: its last {} cut off",
                    path.display(),
                    if torn == 1 { "byte was".into() } else { format!("{torn} bytes were") }
                ),
            );
        }
        Ok(file)
    }

    /// Closes what is open, and keeps what was counted.
    fn close_all(&mut self) {
        for (name, mut file) in std::mem::take(&mut self.files) {
            // What cannot be looked at is not known to be gone.
            let _ = file.look();
            let tally = self.tallies.entry(name).or_default();
            tally.written += file.written();
            tally.removed += file.removed();
        }
    }

    /// Says, once for each name, that its file was removed by somebody else.
    fn warn(&mut self, name: &str) {
        let tally = self.tallies.entry(name.to_owned()).or_default();
        if !std::mem::replace(&mut tally.warned, true) {
            log::log(
                Level::Warn,
                format_args!(
                    "{} was removed or cut by somebody else while it was recorded; what comes next is added to it",
                    self.path(name).display()
                ),
            );
        }
    }

    fn purge(&mut self, message: MessageRef<'_>) {
        let name = match file_name(message) {
            Ok(name) => name,
            Err(why) => return self.refuse(why),
        };
        // What was recorded before goes too, written or not.
        let removed = self.files.remove(&name).map_or(0, |file| file.removed());
        if let Some(tally) = self.tallies.get_mut(&name) {
            tally.written = 0;
        }
        if removed > 0 {
            self.tallies.entry(name.clone()).or_default().removed += removed;
        }
        self.known.remove(&name);
        let path = self.path(&name);
        match std::fs::remove_file(&path) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                // Journeys may do so at every start; names may be endless.
                if self.bare.len() < MOST_NAMES && self.bare.insert(name) {
                    let path = path.display();
                    log::log(Level::Info, format_args!("purge_data: there is no {path}"));
                }
            }
            Err(e) => self.fail(&name, &e),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        path_of(&self.directory, name)
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
        let (mut failed, mut remade) = (Vec::new(), Vec::new());
        for (name, file) in &mut self.files {
            let removed = file.removed();
            match file.write() {
                Ok(records) => self.written += records,
                Err(e) => failed.push((name.clone(), e)),
            }
            if file.removed() > removed {
                remade.push(name.clone());
            }
        }
        for name in remade {
            self.warn(&name);
            // What is known is of the file that is gone.
            self.known.remove(&name);
        }
        for (name, error) in failed {
            if let Some(file) = self.files.remove(&name) {
                self.unwritten += file.pending();
                let tally = self.tallies.entry(name.clone()).or_default();
                tally.written += file.written();
                tally.removed += file.removed();
            }
            self.fail(&name, &error);
        }
    }

    /// Synchronises with the disk what was written so far.
    #[cfg(feature = "nats")]
    pub(crate) fn synchronise(&mut self) {
        let synced: Vec<_> =
            self.files.iter().map(|(name, file)| (name.clone(), file.sync())).collect();
        for (name, synced) in synced {
            if let Err(e) = synced {
                self.fail(&name, &e);
            }
        }
    }

    /// What somebody else has removed.
    fn removed(&mut self) -> Vec<Finding> {
        let Self { directory, tallies, .. } = self;
        let mut removed = Vec::new();
        for (name, tally) in tallies {
            let path = path_of(directory, name);
            if tally.written > 0 && !path.exists() {
                tally.removed += std::mem::take(&mut tally.written);
            }
            if tally.removed > 0 {
                removed.push((path, tally.removed));
            }
        }
        some(&removed, |records, file| Finding::RecordsRemoved { records, file })
    }

    /// What is where, in words.
    fn notes(&self) -> Vec<String> {
        let written = self.tallies.iter().filter(|(_, tally)| tally.written > 0);
        let written: Vec<_> =
            written.map(|(name, tally)| (self.path(name), tally.written)).collect();
        some(&written, |records, file| {
            format!("{} added to {file}", units::count(records, "record"))
        })
    }
}

impl Listener for Recorder {
    fn name(&self) -> Cow<'_, str> {
        "recorder".into()
    }

    fn keeps(&self) -> bool {
        true
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
        let closed = self
            .tallies
            .iter()
            .filter(|(name, tally)| tally.written > 0 && !self.files.contains_key(*name));
        // More names than files may be open: those that were closed meanwhile too.
        let closed = closed.map(|(name, _)| (name.clone(), sync(&self.path(name))));
        let open = self.files.iter().map(|(name, file)| (name.clone(), file.sync()));
        let synced: Vec<_> = open.chain(closed).collect();
        for (name, synced) in synced {
            if let Err(e) = synced {
                self.fail(&name, &e);
            }
        }
        self.close_all();
        let findings = self.removed();
        let mut remarks = Remarks { findings, notes: self.notes(), ..Remarks::default() };
        if let Some(why) = &self.broken {
            remarks.findings.push(Finding::RecordsUnwritten {
                why: why.clone(),
                written: self.written,
                unwritten: self.unwritten,
            });
        }
        if lost > 0 {
            remarks.lost = lost;
            remarks.findings.push(Finding::RecordsLost { records: lost });
        }
        let mut refused: Vec<_> = self.refused.drain().collect();
        refused.sort();
        let refused = refused.into_iter();
        remarks
            .findings
            .extend(refused.map(|(why, messages)| Finding::NotRecorded { messages, why }));
        remarks
    }
}

/// Synchronises a file with the disk, if it is still there.
fn sync(path: &Path) -> io::Result<()> {
    match path.metadata() {
        // To open something else, such as a pipe, may take for ever.
        Ok(metadata) if !metadata.is_file() => Ok(()),
        Ok(_) => File::open(path)?.sync_all(),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(e),
    }
}

fn path_of(directory: &Path, name: &str) -> PathBuf {
    directory.join(format!("{name}.msgpack"))
}

/// What there is to say of so many records in each file, for the first few, and
/// of all others together.
fn some<T>(files: &[(PathBuf, u64)], say: impl Fn(u64, String) -> T) -> Vec<T> {
    let first = files.iter().take(MOST_SAID);
    let mut said: Vec<_> =
        first.map(|(path, records)| say(*records, path.display().to_string())).collect();
    if let Some(more @ [_, ..]) = files.get(MOST_SAID..) {
        let records = more.iter().map(|(_, records)| records).sum();
        said.push(say(records, units::count(more.len() as u64, "more file")));
    }
    said
}

/// The name of a message's file, if it stays in the directory.
fn file_name(message: MessageRef<'_>) -> Result<String, String> {
    let Some(name) = message.get_encoded("name") else {
        return Err(format!("{} has no `name`", message.kind()));
    };
    let Some(name) = mite_core::msgpack::text(name) else {
        return Err(format!("the `name` of {} is not text", message.kind()));
    };
    mite_core::message::check_name(name).map(|()| name.to_owned())
}

#[cfg(test)]
pub(super) mod tests;
