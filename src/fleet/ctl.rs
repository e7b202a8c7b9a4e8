//! What people ask of a fleet's run while it goes on, and how it stands.

use std::io;
use std::sync::{Arc, Mutex};

use mite_core::stats::Snapshot;
use mite_core::units;
use mite_nats::{Ask, Handler};

use crate::output::{Change, Output, RunControl, line_of};

/// Knows how the run stands, for whoever asks from elsewhere.
#[derive(Clone, Default)]
pub(crate) struct CtlOutput(Arc<Mutex<Option<String>>>);

impl CtlOutput {
    /// Who answers what is asked of the run.
    pub(crate) fn handler(&self, control: RunControl) -> Handler {
        let of_handler = self.clone();
        Arc::new(move |ask| {
            let change = match ask {
                Ask::Status => return Ok(of_handler.text(&control)),
                Ask::Stop => {
                    control.stop();
                    return Ok("the run ends: what runs may finish, and it is judged".to_owned());
                }
                Ask::Pause => Change::Pause,
                Ask::Resume => Change::Resume,
                Ask::Rate(text) => Change::scale(&text)?,
            };
            Ok(control.change(change))
        })
    }

    fn text(&self, control: &RunControl) -> String {
        match &*self.0.lock().unwrap_or_else(|e| e.into_inner()) {
            Some(text) => format!("{}; {text}", control.load()),
            None => "load has not started yet".to_owned(),
        }
    }
}

impl Output for CtlOutput {
    fn name(&self) -> &'static str {
        "ctl"
    }

    fn shows_series(&self) -> bool {
        false
    }

    fn show(&mut self, snapshot: &Arc<Snapshot>) -> io::Result<()> {
        let runners = units::count(snapshot.status.runners.into(), "runner");
        let text = format!("{runners}; {}", line_of(snapshot, &snapshot.window));
        *self.0.lock().unwrap_or_else(|e| e.into_inner()) = Some(text);
        Ok(())
    }
}
