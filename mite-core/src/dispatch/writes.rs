//! Grants that wait until what they follow from is durable: group commit.

use super::store::Store;
use super::transport::ControllerEnd;
use crate::control::{Controller, Grant};
use crate::ids::RunnerId;

/// Grants on their way out, and the write that they wait for.
pub(super) struct Writes<S> {
    store: S,
    /// Made since the write that is under way began.
    waiting: Vec<(RunnerId, Grant)>,
    /// Those that leave when it has ended.
    written: Vec<(RunnerId, Grant)>,
    under_way: bool,
    /// How far the store has come.
    position: u64,
}

impl<S: Store> Writes<S> {
    pub(super) fn new(store: S) -> Self {
        Self { store, waiting: Vec::new(), written: Vec::new(), under_way: false, position: 0 }
    }

    /// A Grant leaves, now or when all that it follows from is durable.
    pub(super) fn send(&mut self, runner: RunnerId, grant: Grant, end: &mut impl ControllerEnd) {
        if S::KEEPS {
            self.waiting.push((runner, grant));
        } else {
            end.reply(runner, grant);
        }
    }

    /// Begins the next write, if there is one to be made, and none under way.
    ///
    /// # Errors
    /// If another controller leads by now.
    pub(super) fn go_on(
        &mut self,
        controller: &mut Controller,
        end: &mut impl ControllerEnd,
    ) -> Result<(), String> {
        if self.under_way || self.waiting.is_empty() {
            return Ok(());
        }
        self.written.append(&mut self.waiting);
        let records = controller.unsaved();
        if records.is_empty() {
            return self.leave(end);
        }
        self.store.save(records);
        self.under_way = true;
        Ok(())
    }

    /// Why nothing leaves any more, if so.
    pub(super) fn deposed(&self) -> Option<String> {
        self.store.deposed()
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.under_way
    }

    /// The end of the write that is under way. If the future is dropped, nothing is lost.
    pub(super) async fn ended(&mut self) -> Result<u64, String> {
        self.store.saved().await
    }

    /// The write under way has ended well, at that place of the store.
    ///
    /// # Errors
    /// If another controller leads by now.
    pub(super) fn written(
        &mut self,
        position: u64,
        end: &mut impl ControllerEnd,
    ) -> Result<(), String> {
        self.under_way = false;
        self.position = self.position.max(position);
        self.leave(end)
    }

    fn leave(&mut self, end: &mut impl ControllerEnd) -> Result<(), String> {
        if !self.store.leads() {
            return Err("its lease on the run is over".to_owned());
        }
        let position = self.position;
        for (runner, grant) in self.written.drain(..) {
            end.reply(runner, Grant { position, ..grant });
        }
        Ok(())
    }
}
