//! What a line starts: its journey, or the next one of its mix.

use std::cell::RefCell;
use std::sync::Arc;

use bytes::Bytes;

use super::Line;
use crate::control::{Items, Taken};
use crate::journey::{Host, JourneyEntry};
use crate::label::Label;
use crate::message::Origin;
use crate::pool::{Choice, ChosenItem, ItemId, place_of};

/// What a line starts.
pub(super) struct Started {
    journeys: Vec<Journey>,
    items: Items,
    /// Which is next, where its items do not say.
    choice: RefCell<Choice>,
}

/// A journey of a line.
#[derive(Clone)]
pub(super) struct Journey {
    pub(super) entry: &'static JourneyEntry,
    pub(super) origin: Arc<Origin>,
    /// Which of its line, and of all lines.
    pub(super) which: usize,
    pub(super) index: usize,
}

/// What is started now.
pub(super) struct Start {
    pub(super) journey: Journey,
    /// The pool's number for what it is started with, if that is data.
    pub(super) item: Option<ItemId>,
    /// The encoded arguments, if it has any.
    pub(super) data: Option<Bytes>,
}

impl Started {
    /// What `line` starts, whose first journey has this index.
    pub(super) fn new(line: &Line, host: &Host, first: usize) -> Self {
        let journey = |(which, (entry, _)): (usize, &(&'static JourneyEntry, u64))| {
            let name = Label::intern(&entry.meta.display());
            let origin = Origin::new(host.test.clone(), host.runner, name, line.id);
            Journey { entry, origin: Arc::new(origin), which, index: first + which }
        };
        let weights = line.journeys.iter().map(|(_, weight)| *weight).collect();
        // Runners begin at different places, so that what one starts too early another one
        // starts too late.
        let seed = fastrand::Rng::with_seed(host.seed ^ u64::from(line.id)).f64();
        Self {
            journeys: line.journeys.iter().enumerate().map(journey).collect(),
            items: line.items,
            choice: RefCell::new(Choice::new(weights).begun_at(place_of(seed, host.runner))),
        }
    }

    pub(super) fn journeys(&self) -> usize {
        self.journeys.len()
    }

    /// What its journey of this number is called.
    pub(super) fn name(&self, which: usize) -> &Label {
        self.journeys[which].origin.journey()
    }

    /// What starts with `taken`.
    pub(super) fn next(&self, taken: &Taken) -> Start {
        let (which, item, data) = match (self.items, taken) {
            (Items::Arguments, Some(item)) => (0, Some(item.id), Some(item.data.clone())),
            (Items::Chosen, Some(item)) => match ChosenItem::decode(&item.data) {
                Some(ChosenItem { member, id, data }) => (member, id, Some(data)),
                None => (0, None, None),
            },
            _ if self.journeys.len() == 1 => (0, None, None),
            _ => (self.choice.borrow_mut().take().unwrap_or(0), None, None),
        };
        let journey = self.journeys.get(which).or(self.journeys.first());
        Start { journey: journey.expect("a line has one").clone(), item, data }
    }
}
