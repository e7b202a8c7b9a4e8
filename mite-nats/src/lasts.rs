//! What processes have counted in all, kept by the server: a controller that is started
//! again may not have heard it.

use async_nats::jetstream::stream::{Config, StorageType, Stream};
use bytes::Bytes;
use mite_core::error::{Error, Result};

use crate::connection::Connection;
use crate::records::reason;
use crate::run_name::RunName;
use crate::subject::Subjects;

fn refused(error: &dyn std::error::Error) -> Error {
    Error::new(format!("the NATS server cannot keep what is counted: {}", reason(error)))
}

/// The stream of it.
pub(crate) struct Lasts(Stream);

impl Lasts {
    /// Opens it; it is made if it is not there.
    ///
    /// # Errors
    /// If the server keeps nothing; the text says what to do.
    pub(crate) async fn open(connection: &Connection, run: &RunName) -> Result<Self> {
        let config = Config {
            name: format!("mite-{run}-last"),
            subjects: vec![Subjects::of(run).any_last()],
            description: Some("what processes of mite have counted in all".into()),
            storage: StorageType::File,
            ..Config::default()
        };
        let stream = connection.jetstream().get_or_create_stream(config).await;
        stream.map(Self).map_err(|e| refused(&e))
    }

    /// Removes what is of a run that is over.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub(crate) async fn forget(&self) -> Result {
        self.0.purge().await.map(drop).map_err(|e| refused(&e))
    }

    /// Everything that was said, in frames.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub(crate) async fn read(&mut self) -> Result<Vec<Bytes>> {
        let state = self.0.info().await.map_err(|e| refused(&e))?.state.clone();
        let mut frames = Vec::with_capacity(state.messages as usize);
        if state.messages > 0 {
            for sequence in state.first_sequence..=state.last_sequence {
                let message = self.0.get_raw_message(sequence).await.map_err(|e| refused(&e))?;
                frames.push(message.payload);
            }
        }
        Ok(frames)
    }
}

/// Whether the server says that it keeps something.
pub(crate) fn is_kept(acknowledgement: &[u8]) -> bool {
    let said = serde_json::from_slice::<serde_json::Value>(acknowledgement);
    said.is_ok_and(|said| said["seq"].as_u64().is_some_and(|n| n > 0) && said["error"].is_null())
}
