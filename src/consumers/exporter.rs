//! Serves the metrics of runs that another process leads.

use std::sync::Arc;
use std::time::Duration;

use mite_core::error::{Error, Result};
use mite_core::stats::RunInfo;
use mite_nats::{Connect, MetricReader, RunName};
use tokio::time::Instant;

use super::outcome::Outcome;
use crate::metrics::Exported;
use crate::output::Output as _;
use crate::run::shutdown::Signals;
use crate::terminal::log::{self, Level};
use crate::web::{Place, Site, Token, WebOutput};

/// A run of which nothing is heard for so long is gone.
const SILENCE: Duration = Duration::from_secs(10);

/// How long the last numbers of a run that is over are served: whoever asks once a minute
/// sees them.
const LAST: Duration = Duration::from_secs(5 * 60);

/// Serves them until a signal comes, run after run of that name.
///
/// # Errors
/// If the server of NATS, or the address, cannot be had.
pub(crate) async fn export(connect: Connect, run: RunName, place: Place) -> Result<Outcome> {
    let mut signals = Signals::listen().map_err(|e| Error::new(format!("it cannot start: {e}")))?;
    let connection = tokio::select! {
        connected = connect.connect() => connected?,
        signal = signals.next() => return Ok(Outcome::cut(signal)),
    };
    let mut reader = MetricReader::start(&connection, &run).await?;
    let exported = Arc::new(Exported::new(run.to_string()));
    let site = Site { name: "metrics", place, routes: vec![exported.clone()] };
    // It serves until it is dropped.
    let mut web = WebOutput::new(vec![site], Vec::new(), Token::random());
    web.start(&RunInfo::default())?;
    let none = || {
        log::log(
            Level::Info,
            format_args!("no controller leads run `{run}` at {} at the moment", connect.place()),
        );
    };
    none();
    // Until when what is served is of use.
    let mut until: Option<Instant> = None;
    let mut is_over = true;
    let mut told_of_version = false;
    loop {
        let exposed = tokio::select! {
            biased;
            _ = signals.next() => break,
            exposed = reader.next() => exposed,
        };
        if reader.hears_other_version() && !std::mem::replace(&mut told_of_version, true) {
            let why = "is of another version of mite: its metrics cannot be read";
            log::log(Level::Error, format_args!("the controller of run `{run}` {why}"));
        }
        if let Some(exposed) = exposed {
            if is_over && !exposed.is_over {
                log::log(Level::Info, format_args!("run `{run}` is exported"));
            }
            if exposed.is_over && !is_over {
                log::log(Level::Info, format_args!("run `{run}` is over"));
            }
            is_over = exposed.is_over;
            until = Some(Instant::now() + if is_over { LAST } else { SILENCE });
            exported.serve(Some(exposed));
        } else if until.is_some_and(|until| Instant::now() >= until) {
            (until, is_over) = (None, true);
            exported.serve(None);
            none();
        }
    }
    connection.close().await;
    Ok(Outcome::default())
}
