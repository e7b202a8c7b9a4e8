//! Writes what journeys of a run elsewhere record.

use std::path::Path;
use std::time::Duration;

use mite_core::error::{Error, Result};
use mite_core::message::Batch;
use mite_nats::{Connect, RecordReader, RunName, Watch};
use tokio::time::Instant;

use super::outcome::{Outcome, SILENT};
use crate::listener::Listener as _;
use crate::run::shutdown::Signals;
use crate::store::Recorder;
use crate::terminal::log::{self, Level};

/// The pause before the server is asked again that could not be reached.
const BETWEEN: Duration = Duration::from_millis(200);

/// A run of which nothing is heard for so long is over, once there was something of it.
const SILENCE: Duration = Duration::from_secs(15);

/// Writes records until the run is over and all are written, or a signal comes. What it
/// has written and synchronised with its disk the server forgets, and nothing else.
///
/// # Errors
/// If the server cannot be had, keeps no records, or another recorder reads them.
pub(crate) async fn record(connect: Connect, run: RunName, directory: &Path) -> Result<Outcome> {
    let mut signals = Signals::listen().map_err(|e| Error::new(format!("it cannot start: {e}")))?;
    let mut recorder = Recorder::new(directory)?;
    let connection = tokio::select! {
        biased;
        connection = connect.connect() => connection?,
        signal = signals.next() => return Ok(Outcome::cut(signal)),
    };
    let watch = Watch::start(&connection, &run).await?;
    let mut reader = RecordReader::start(&connection, &run).await?;
    if reader.is_read_by_another().await? {
        return Err(Error::new(format!(
            "another recorder writes the records of run {run}, and one file cannot be in two places; end it first"
        )));
    }
    reader.take_over().await?;
    log::log(
        Level::Info,
        format_args!(
            "writing records of run {run} at {} to {}, until it is over or Ctrl-C",
            connect.place(),
            directory.display()
        ),
    );
    let ended = write(&mut recorder, &mut reader, &watch, &mut signals).await;
    let left = reader.left().await;
    let mut outcome = Outcome::of(recorder.finish(0));
    match left {
        Ok(0) => {}
        Ok(_) => outcome.notes.push(
            "the NATS server still has records that are not written; `recorder` goes on with them".to_owned(),
        ),
        Err(_) => outcome.notes.push(
            "the NATS server cannot be asked whether it has more records; `recorder` would go on with them".to_owned(),
        ),
    }
    if ended == Ended::Silent {
        outcome.faults.push(SILENT.to_owned());
    }
    if let foreign @ 1.. = reader.foreign() {
        outcome.faults.push(format!(
            "{foreign} parcels of records came from another version of mite, and were not read"
        ));
    }
    connection.close().await;
    Ok(outcome)
}

/// Why nothing more is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// The run is over, and all is written.
    Over,
    /// Nothing is heard of the run, and all is written.
    Silent,
    /// A signal came.
    Asked,
    /// It cannot be written.
    Broken,
}

/// Writes records as they come.
async fn write(
    recorder: &mut Recorder,
    reader: &mut RecordReader,
    watch: &Watch,
    signals: &mut Signals,
) -> Ended {
    let mut trouble = false;
    let mut last = Instant::now();
    let mut any = false;
    loop {
        let parcels = tokio::select! {
            biased;
            _ = signals.next() => return Ended::Asked,
            parcels = reader.next() => parcels,
        };
        let parcels = match parcels {
            Ok(parcels) => parcels,
            Err(error) => {
                if !std::mem::replace(&mut trouble, true) {
                    log::log(
                        Level::Warn,
                        format_args!("no records can be had, it is tried again: {error}"),
                    );
                }
                tokio::time::sleep(BETWEEN).await;
                continue;
            }
        };
        if std::mem::replace(&mut trouble, false) {
            log::log(Level::Info, "records come again");
        }
        if !parcels.is_empty() {
            let batch: Batch = parcels.iter().flat_map(|parcel| parcel.messages()).collect();
            recorder.take(&batch);
            recorder.synchronise();
            if recorder.is_broken() {
                // The server still has them.
                return Ended::Broken;
            }
            reader.written().await;
            (any, last) = (true, Instant::now());
            continue;
        }
        // Asked each time: it looks whether the connection stands.
        let silent = watch.silence().min(last.elapsed()) >= SILENCE;
        let over = watch.is_over() || (any && silent);
        if over && reader.left().await.is_ok_and(|left| left == 0) {
            return match watch.is_over() {
                true => Ended::Over,
                false => Ended::Silent,
            };
        }
    }
}
