//! Runners that are gone and may still speak, and such as wait for their place.

use std::collections::VecDeque;
use std::time::Duration;

use super::work::Progress;
use crate::ids::{RunnerId, TestTime};

/// So many that are gone are known; what older ones say is nobody's.
const MOST_GONE: usize = 1_000;

/// Who is not on the roster, or not yet.
#[derive(Default)]
pub(super) struct Membership {
    /// Runners that are gone, in which incarnation, with the last report that was heard.
    gone: VecDeque<(RunnerId, u64, u64)>,
    /// New incarnations of runners whose last one may still run.
    waiting: Vec<(RunnerId, u64)>,
    /// Until then nobody is taken for lost.
    pub(super) patience: TestTime,
}

impl Membership {
    pub(super) fn goes(&mut self, runner: RunnerId, incarnation: u64, heard: u64) {
        self.gone.push_back((runner, incarnation, heard));
        if self.gone.len() > MOST_GONE {
            self.gone.pop_front();
        }
    }

    /// Whether this is from a runner that is gone.
    pub(super) fn has_gone(&self, progress: &Progress) -> bool {
        let from = (progress.runner, progress.fence.incarnation);
        self.gone.iter().any(|(runner, incarnation, _)| (*runner, *incarnation) == from)
    }

    /// Whether this is news from a runner that is gone; says so once.
    pub(super) fn hear(&mut self, progress: &Progress) -> bool {
        let from = (progress.runner, progress.fence.incarnation);
        let gone = self.gone.iter_mut().find(|gone| (gone.0, gone.1) == from);
        gone.is_some_and(|(_, _, heard)| {
            let news = progress.number > *heard;
            *heard = progress.number.max(*heard);
            news
        })
    }

    pub(super) fn waits(&mut self, runner: RunnerId, incarnation: u64) {
        self.waiting.retain(|(waiting, _)| *waiting != runner);
        self.waiting.push((runner, incarnation));
    }

    pub(super) fn is_waiting(&self, progress: &Progress) -> bool {
        self.waiting.contains(&(progress.runner, progress.fence.incarnation))
    }

    /// The incarnation that waits for the place of `runner`.
    pub(super) fn next_of(&mut self, runner: RunnerId) -> Option<u64> {
        let index = self.waiting.iter().position(|(waiting, _)| *waiting == runner)?;
        Some(self.waiting.swap_remove(index).1)
    }

    /// Time goes on. If nothing has happened here for longer than two periods, the controller
    /// itself was stopped, and what runners sent meanwhile may still be on its way to it.
    pub(super) fn go_on(&mut self, before: TestTime, now: TestTime, period: Duration) {
        if now > before + period * 2 {
            self.patience = now + period;
        }
    }
}
