//! Volume models of the test's own, each asked on a thread.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::limits::{GIVE_UP, OVERDUE, SILENT};
use super::workers::Workers;
use crate::clock::ClockHold;
use crate::control::Answer;
use crate::ids::{LineId, TestTime};
use crate::panics;
use crate::stats::{Culprit, Finding, Unanswered};
use crate::volume::VolumeModel;

/// The models, and who was asked what.
pub(super) struct Models {
    workers: Rc<Workers>,
    models: HashMap<LineId, Model>,
    answers: mpsc::UnboundedSender<Answered>,
    answered: mpsc::UnboundedReceiver<Answered>,
    virtual_time: bool,
}

struct Model {
    journey: String,
    /// Here, unless it is asked just now.
    model: Option<Box<dyn VolumeModel>>,
    asked: Option<Asked>,
    has_answered: bool,
}

struct Asked {
    since: Instant,
    told: bool,
    /// Time must not jump past an answer.
    _hold: ClockHold,
}

struct Answered {
    line: LineId,
    answer: Answer,
    /// Not there if it panicked.
    model: Option<Box<dyn VolumeModel>>,
}

impl Models {
    pub(super) fn new(workers: Rc<Workers>, virtual_time: bool) -> Self {
        let (answers, answered) = mpsc::unbounded_channel();
        Self { workers, models: HashMap::new(), answers, answered, virtual_time }
    }

    pub(super) fn add(&mut self, line: LineId, journey: String, model: Box<dyn VolumeModel>) {
        self.models
            .insert(line, Model { journey, model: Some(model), asked: None, has_answered: false });
    }

    /// Asks the model of `line` about a window.
    ///
    /// # Errors
    /// If that is not possible.
    pub(super) fn ask(
        &mut self,
        line: LineId,
        start: TestTime,
        end: TestTime,
    ) -> Result<(), String> {
        let known = self.models.get_mut(&line);
        let Some((known, mut model)) =
            known.and_then(|known| known.model.take().map(|model| (known, model)))
        else {
            return Err("it has no volume model".to_owned());
        };
        let since = Instant::now();
        known.asked =
            Some(Asked { since, told: false, _hold: ClockHold::new(self.virtual_time, OVERDUE) });
        let answers = self.answers.clone();
        let asked = self.workers.submit(move || {
            let answer = panics::caught(|| model.pieces(start, end));
            let (answer, model) = match answer {
                Ok(answer) => (Ok(answer), Some(model)),
                Err(panic) => {
                    let (text, place) = (panic.text(), panic.location());
                    let text = format!(
                        "the volume model panicked in the window from {start:?} to {end:?}: {text} ({place})"
                    );
                    (Err(text), None)
                }
            };
            // The run may have ended meanwhile.
            let _ = answers.send(Answered { line, answer, model });
        });
        asked.map_err(|e| format!("no thread can be started for its volume model: {e}"))
    }

    /// The next answer. If the future is dropped, no answer is lost.
    pub(super) async fn next(&mut self) -> (LineId, Answer) {
        let answered = self.answered.recv().await;
        let Answered { line, answer, model } = answered.expect("a sender is kept here");
        if let Some(known) = self.models.get_mut(&line) {
            known.model = model;
            known.asked = None;
            known.has_answered = true;
        }
        (line, answer)
    }

    /// Whether some model has not answered anything yet.
    pub(super) fn is_asked(&self) -> bool {
        self.models.values().any(|model| model.asked.is_some())
    }

    /// In how much time some model will be overdue, or must be given up.
    pub(super) fn patience(&self) -> Option<Duration> {
        let asked = self.models.values().filter_map(|model| model.asked.as_ref());
        let limit = |asked: &Asked| if asked.told { self.give_up() } else { OVERDUE };
        asked.map(|asked| limit(asked).saturating_sub(asked.since.elapsed())).min()
    }

    /// Models that have been silent for too long, each once; and those that are given
    /// up, with the reason.
    pub(super) fn overdue(&mut self) -> (Vec<Culprit>, Vec<(LineId, String)>) {
        let give_up = self.give_up();
        let (mut overdue, mut given_up) = (Vec::new(), Vec::new());
        for (&line, model) in &mut self.models {
            let Some(asked) = &mut model.asked else { continue };
            let silent = asked.since.elapsed();
            if silent >= OVERDUE && !asked.told {
                asked.told = true;
                overdue.push(Culprit::VolumeModel { line, journey: model.journey.clone() });
            }
            if silent >= give_up {
                model.asked = None;
                let text = format!("its volume model has not answered for {} s", give_up.as_secs());
                given_up.push((line, text));
            }
        }
        (overdue, given_up)
    }

    /// Models that have not answered anything, at the end.
    pub(super) fn silent(&self) -> Vec<Finding> {
        let models = self.models.iter().filter(|(_, model)| {
            let asked = model.asked.as_ref().filter(|asked| !asked.told);
            !model.has_answered && asked.is_some_and(|asked| asked.since.elapsed() >= SILENT)
        });
        let never = |(&line, model): (&LineId, &Model)| {
            let culprit = Culprit::VolumeModel { line, journey: model.journey.clone() };
            Finding::Unanswered(Unanswered::Never { culprit })
        };
        models.map(never).collect()
    }

    /// On a clock that jumps, the time after that would say nothing.
    fn give_up(&self) -> Duration {
        if self.virtual_time { OVERDUE } else { GIVE_UP }
    }
}
