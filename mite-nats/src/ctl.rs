//! What people ask of a run while it goes on.

use std::sync::Arc;
use std::time::Duration;

use async_nats::client::RequestErrorKind;
use futures_util::StreamExt as _;
use mite_core::error::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::connection::{Connection, subscribe};
use crate::lane::Lane;
use crate::listening::encode;
use crate::parcel::VERSION;
use crate::run_name::RunName;

/// How long a controller may take to answer.
const WAIT: Duration = Duration::from_secs(5);

/// What is asked of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Ask {
    /// How it stands.
    Status,
    /// To start nothing until it is resumed.
    Pause,
    /// To go on.
    Resume,
    /// To multiply the load by a factor, as it was typed.
    Rate(String),
    /// To end, as with Ctrl-C.
    Stop,
}

/// What a run makes of what is asked: what came of it, or why nothing did.
pub type Handler = Arc<dyn Fn(Ask) -> std::result::Result<String, String> + Send + Sync>;

#[derive(Serialize, Deserialize)]
struct Question {
    version: u16,
    ask: Ask,
}

/// Answers what is asked of `run`, until the connection ends.
///
/// # Errors
/// If the connection is closed.
pub async fn answer(connection: &Connection, run: &RunName, handler: Handler) -> Result {
    let client = connection.client().clone();
    let mut asked = subscribe(&client, Lane::of(run).ctl()).await?;
    tokio::spawn(async move {
        while let Some(message) = asked.next().await {
            let Some(to) = message.reply else { continue };
            let question = rmp_serde::from_slice::<Question>(&message.payload);
            let answer = match question {
                Ok(Question { version: VERSION, ask }) => handler(ask),
                _ => {
                    Err("it is led by another version of mite, which does not understand this one"
                        .to_owned())
                }
            };
            let _ = client.publish(to, encode(&answer).into()).await;
        }
    });
    Ok(())
}

/// Asks a run for something, and says what came of it.
///
/// # Errors
/// If nobody leads a run of that name, or it refuses.
pub async fn ask(connection: &Connection, run: &RunName, ask: Ask) -> Result<String> {
    let question = encode(&Question { version: VERSION, ask });
    let request = connection.client().request(Lane::of(run).ctl(), question.into());
    let answer = match tokio::time::timeout(WAIT, request).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(e)) if e.kind() == RequestErrorKind::NoResponders => {
            return Err(Error::new(format!(
                "nobody leads run `{run}` at this server; is that its name (--run), and does its controller run?"
            )));
        }
        Ok(Err(e)) if e.kind() != RequestErrorKind::TimedOut => {
            return Err(Error::new(format!("run `{run}` cannot be asked: {e}")));
        }
        _ => {
            return Err(Error::new(format!(
                "the controller of run `{run}` does not answer; may these credentials publish {} and subscribe _INBOX.ctl.>?",
                Lane::of(run).ctl()
            )));
        }
    };
    let answer = rmp_serde::from_slice::<std::result::Result<String, String>>(&answer.payload);
    match answer {
        Ok(Ok(text)) => Ok(text),
        Ok(Err(why)) => Err(Error::new(why)),
        Err(_) => Err(Error::new("what answers is another version of mite")),
    }
}
