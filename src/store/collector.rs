//! Every message of a run, in files that roll.

use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mite_core::error::{Error, Result};
use mite_core::message::{Batch, Interest};
use mite_core::stats::Finding;

use super::directory::probe;
use super::json_form::to_json;
use super::private;
use super::record_file::is_at;
use super::walk::walk;
use crate::listener::{Listener, Remarks};
use crate::terminal::log::{self, Level};
use mite_core::units;

const CURRENT: &str = "current";
const START: &str = "current_start_time";

/// Messages that are written in one go: in JSON they must be kept in memory.
const AT_ONCE: usize = 4096;

/// What to collect, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CollectorSettings {
    /// The directory, which is made.
    pub(crate) directory: PathBuf,
    /// How many messages a file holds.
    pub(crate) roll: u64,
    /// The types of message that are kept; all if none are named.
    pub(crate) kinds: Vec<String>,
    /// Whether each message is a line of JSON instead of msgpack.
    pub(crate) json: bool,
}

/// Writes messages one after the other to the file `current`, which is renamed
/// to `<start>_<end>_<number>` (seconds since 1970) when it is full.
///
/// Messages are handed to the operating system in batches, within tens of
/// milliseconds of being sent. A file left by a collector that was killed is
/// renamed first, without a torn last message.
pub(crate) struct Collector {
    settings: CollectorSettings,
    /// Locked: a directory has one collector at a time.
    start_file: File,
    started: u64,
    current: File,
    in_current: u64,
    number: u64,
    /// How many files were filled.
    filled: u64,
    /// The types that were asked for and have not come yet.
    unseen: Vec<String>,
    /// Room for lines of JSON.
    lines: Vec<u8>,
    written: u64,
    unwritten: u64,
    broken: Option<io::Error>,
}

impl Collector {
    /// Collects as `settings` say.
    ///
    /// # Errors
    /// If the directory cannot be written, or another collector uses it.
    pub(crate) fn new(settings: CollectorSettings) -> Result<Self> {
        let directory = settings.directory.clone();
        Self::open(settings).map_err(|e| {
            let directory = directory.display();
            Error::new(match e.kind() {
                io::ErrorKind::WouldBlock => format!(
                    "another collector writes to {directory}; give each its own --collector-dir"
                ),
                _ => format!("messages cannot be collected in {directory}: {e}"),
            })
        })
    }

    fn open(settings: CollectorSettings) -> io::Result<Self> {
        let directory = &settings.directory;
        private::make_directory(directory)?;
        probe(directory)?;
        let mut start_file = private::file()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(directory.join(START))?;
        start_file.try_lock()?;
        let mut number = 0;
        rotate_left_over(directory, &mut start_file, &mut number)?;
        let (current, started) = begin(directory, &mut start_file)?;
        Ok(Self {
            unseen: settings.kinds.clone(),
            settings,
            start_file,
            started,
            current,
            in_current: 0,
            number,
            filled: 0,
            lines: Vec::new(),
            written: 0,
            unwritten: 0,
            broken: None,
        })
    }

    /// Writes the bytes of so many messages, all or nothing.
    fn write(&mut self, bytes: &[u8], messages: u64) -> io::Result<()> {
        self.look()?;
        let before = self.current.metadata()?.len();
        let done = self.current.write_all(bytes);
        if done.is_err() {
            // No torn write is left behind.
            let _ = self.current.set_len(before);
            return done;
        }
        self.written += messages;
        self.in_current += messages;
        Ok(())
    }

    /// Whether `current` still is what is written to.
    ///
    /// # Errors
    /// If somebody has removed it, and what was in it.
    fn look(&mut self) -> io::Result<()> {
        if is_at(&self.current, &self.settings.directory.join(CURRENT))? {
            return Ok(());
        }
        self.written -= self.in_current;
        self.unwritten += std::mem::take(&mut self.in_current);
        Err(io::Error::other(format!("`{CURRENT}` was removed by somebody else")))
    }

    /// Writes the messages with these numbers.
    fn put(&mut self, messages: &Batch, numbers: Range<usize>) -> io::Result<()> {
        let count = numbers.len() as u64;
        if !self.settings.json {
            return self.write(messages.bytes(numbers), count);
        }
        let mut lines = std::mem::take(&mut self.lines);
        lines.clear();
        for message in messages.range(numbers) {
            to_json(message.bytes(), &mut lines);
            lines.push(b'\n');
        }
        let written = self.write(&lines, count);
        self.lines = lines;
        written
    }

    fn roll(&mut self) -> io::Result<()> {
        let directory = &self.settings.directory;
        rename(directory, self.started, seconds(SystemTime::now()), &mut self.number)?;
        self.filled += 1;
        (self.current, self.started) = begin(directory, &mut self.start_file)?;
        self.in_current = 0;
        Ok(())
    }

    fn fail(&mut self, error: io::Error) {
        let directory = self.settings.directory.display();
        log::log(
            Level::Error,
            format_args!("messages can no longer be collected in {directory}: {error}"),
        );
        self.broken = Some(error);
    }
}

impl Listener for Collector {
    fn name(&self) -> Cow<'_, str> {
        "collector".into()
    }

    fn keeps(&self) -> bool {
        true
    }

    fn interest(&self) -> Interest {
        match self.settings.kinds.as_slice() {
            [] => Interest::Everything,
            kinds => Interest::Kinds(kinds.iter().cloned().map(Cow::Owned).collect()),
        }
    }

    fn rest(&self) -> Duration {
        Duration::from_millis(2)
    }

    fn take(&mut self, messages: &Batch) {
        if !self.unseen.is_empty() {
            for message in messages.iter() {
                self.unseen.retain(|kind| kind != message.kind());
            }
        }
        let mut next = 0;
        while next < messages.len() && self.broken.is_none() {
            let room = self.settings.roll - self.in_current;
            let count = (messages.len() - next).min(room as usize).min(AT_ONCE);
            match self.put(messages, next..next + count) {
                Ok(()) => next += count,
                Err(e) => self.fail(e),
            }
            if self.in_current == self.settings.roll
                && let Err(e) = self.roll()
            {
                self.fail(e);
            }
        }
        self.unwritten += (messages.len() - next) as u64;
    }

    fn finish(&mut self, lost: u64) -> Remarks {
        if self.broken.is_none()
            && let Err(e) = self.look().and_then(|()| self.current.sync_all())
        {
            self.fail(e);
        }
        let mut remarks = Remarks::default();
        let directory = self.settings.directory.display().to_string();
        if let Some(why) = &self.broken {
            remarks.findings.push(Finding::MessagesUncollected {
                directory: directory.clone(),
                why: why.to_string(),
                written: self.written,
                unwritten: self.unwritten,
            });
        }
        if self.written > 0 {
            let files = self.filled + u64::from(self.in_current > 0);
            remarks.notes.push(format!(
                "{} in {directory} ({})",
                units::count(self.written, "message"),
                units::count(files, "file")
            ));
        }
        // One that is missing may have been among the lost.
        if lost == 0 && !self.unseen.is_empty() {
            remarks.findings.push(Finding::KindsNeverSent { kinds: self.unseen.clone() });
        }
        if lost > 0 {
            remarks.lost = lost;
            remarks.findings.push(Finding::CollectedLost { directory, messages: lost });
        }
        remarks
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Makes a new `current`, and writes down since when.
fn begin(directory: &Path, start_file: &mut File) -> io::Result<(File, u64)> {
    let now = seconds(SystemTime::now());
    start_file.set_len(0)?;
    start_file.seek(SeekFrom::Start(0))?;
    write!(start_file, "{now}")?;
    let current = private::file().append(true).create_new(true).open(directory.join(CURRENT))?;
    Ok((current, now))
}

/// Renames `current`; no name is used twice. The lock on the directory's start
/// file keeps others from taking the name in between.
fn rename(directory: &Path, start: u64, end: u64, number: &mut u64) -> io::Result<()> {
    loop {
        let path = directory.join(format!("{start}_{end}_{number}"));
        *number += 1;
        if !path.try_exists()? {
            return std::fs::rename(directory.join(CURRENT), path);
        }
    }
}

/// Gives a `current` that another collector has left its final name.
fn rotate_left_over(directory: &Path, start_file: &mut File, number: &mut u64) -> io::Result<()> {
    let path = directory.join(CURRENT);
    let file = match OpenOptions::new().read(true).write(true).open(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(e),
    };
    cut_torn(&file)?;
    let metadata = file.metadata()?;
    if metadata.len() == 0 {
        return std::fs::remove_file(&path);
    }
    let end = metadata.modified().map_or(0, seconds);
    let mut text = String::new();
    // A collector may be killed before it has written down when it started.
    let start = match start_file.read_to_string(&mut text) {
        Ok(_) => text.trim().parse().unwrap_or(end),
        Err(_) => end,
    };
    rename(directory, start, end, number)
}

/// Cuts off a torn last message.
fn cut_torn(file: &File) -> io::Result<()> {
    let mut reader = io::BufReader::new(file);
    let mut first = [0];
    // No message begins with this byte in msgpack: each is a map.
    let json = reader.read(&mut first)? == 1 && first[0] == b'{';
    reader.seek(SeekFrom::Start(0))?;
    let whole = match json {
        true => {
            let (mut whole, mut line) = (0, Vec::new());
            while io::BufRead::read_until(&mut reader, b'\n', &mut line)? > 0 {
                if line.ends_with(b"\n") {
                    whole += line.len() as u64;
                }
                line.clear();
            }
            whole
        }
        false => match walk(file, 0) {
            Ok((whole, _)) => whole,
            // Not a collector's file at all: it is moved away as it is.
            Err(e) if e.kind() == io::ErrorKind::InvalidData => return Ok(()),
            Err(e) => return Err(e),
        },
    };
    if whole < file.metadata()?.len() {
        file.set_len(whole)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
