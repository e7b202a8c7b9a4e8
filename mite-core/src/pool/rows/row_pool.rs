//! Rows of any source, handed out in turn.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use crate::config::Config;
use crate::error::Result;
use crate::pool::rows::packed::{FreeList, Rows};
use crate::pool::{Checkout, DataPool, ItemId, PoolKind, Row};

/// Rows of any source in about their own size, handed out in order, and those
/// that came back after them, for ever. For authors of pools. Ids count from 0.
///
/// ```
/// use mite::prelude::*;
/// use mite::pool::RowPool;
/// # #[derive(serde::Serialize)] struct User { name: &'static str }
/// let stock = RowPool::new([Row::of(&User { name: "bob" }).unwrap()]).unwrap();
/// assert_eq!(stock.len(), 1);
/// ```
#[doc(hidden)]
pub struct RowPool {
    rows: Rows,
    free: Mutex<FreeList>,
    source: Option<Arc<str>>,
}

impl RowPool {
    /// A pool of these rows.
    ///
    /// # Errors
    /// If they are more than 4,294,967,295.
    pub fn new(rows: impl IntoIterator<Item = Row>) -> Result<Self> {
        let (mut held, mut source) = (Rows::default(), None);
        for row in rows {
            source = source.or_else(|| row.source().cloned());
            held.push(&row.encoded())?;
        }
        held.shrink();
        Ok(Self { free: Mutex::new(FreeList::new(held.len())), rows: held, source })
    }

    /// How many rows there are, free or not.
    pub fn len(&self) -> usize {
        self.rows.len() as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[async_trait]
impl DataPool for RowPool {
    type Item = Row;

    async fn checkout(&self, _config: &Config) -> Result<Checkout<Row>> {
        let item = self.free.lock().unwrap_or_else(|e| e.into_inner()).take();
        Ok(match item {
            Some(item) => {
                Checkout::Item(item.into(), Row::encoded_as(self.rows.get(item).to_vec()))
            }
            None => Checkout::Later,
        })
    }

    async fn checkin(&self, id: ItemId) {
        self.free.lock().unwrap_or_else(|e| e.into_inner()).put_back(id);
    }

    fn kind(&self) -> PoolKind {
        PoolKind::Recyclable
    }

    fn size(&self) -> Option<u64> {
        Some(self.rows.len().into())
    }

    fn check_rows(&self, check: &mut dyn FnMut(&Row) -> Result) -> Result {
        self.rows.iter().zip(1..).try_for_each(|(row, number)| {
            let row = Row::encoded_as(row.to_vec());
            check(&match &self.source {
                Some(source) => row.numbered(source, number),
                None => row,
            })
        })
    }
}
