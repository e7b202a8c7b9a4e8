//! Type-erased pools: what scenarios and the control plane hold.

use std::any::{Any, TypeId};
use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use serde::Serialize;

use super::{Checkout, DataPool, ItemId, PoolKind, Row};
use crate::config::Config;
use crate::error::Result;
use crate::meta::{self, LocalFuture, TypeOf};
use crate::pool::rows::item::EncodedItem;
use crate::spec::Spec;

/// A pool whose items are encoded when they are checked out.
#[derive(Clone)]
pub struct AnyPool {
    pool: Arc<dyn Erased>,
    /// The type of its items.
    pub item: TypeOf,
    /// The name of the pool's own type.
    pub name: &'static str,
}

impl AnyPool {
    /// Erases the item type of `pool`.
    pub fn new<P: DataPool>(pool: P) -> Self {
        Self {
            pool: Arc::new(pool),
            item: TypeOf::of::<P::Item>(),
            name: std::any::type_name::<P>(),
        }
    }

    /// A pool that encodes its items itself.
    pub(super) fn erased(pool: Arc<dyn Erased>, item: TypeOf, name: &'static str) -> Self {
        Self { pool, item, name }
    }

    /// Whether both are one and the same.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.pool, &other.pool)
    }

    /// The name of the pool's own type, without the paths in it.
    pub fn short_name(&self) -> String {
        meta::short(self.name)
    }

    /// How its items may be leased.
    pub fn kind(&self) -> PoolKind {
        self.pool.kind()
    }

    /// How many items may wait, checked out, for journeys that are about to start.
    pub fn spares(&self) -> u32 {
        self.pool.spares()
    }

    /// What it reads its items from, for people: a file.
    pub fn source(&self) -> Option<String> {
        self.pool.source()
    }

    /// How many items it has in all, if that is known before load.
    pub fn size(&self) -> Option<u64> {
        self.pool.size()
    }

    /// As [`size`](Self::size), also where that takes a while, as of a large file.
    pub fn counted(&self) -> Option<u64> {
        self.pool.counted()
    }

    /// An item, encoded; wrapped into an array of one if it is `bare`.
    pub async fn checkout(&self, config: &Config, bare: bool) -> Result<Checkout<Bytes>> {
        Ok(match self.pool.checkout(config, bare).await? {
            Checkout::Item(id, item) => Checkout::Item(id, item.into_bytes().into()),
            Checkout::Later => Checkout::Later,
            Checkout::Exhausted => Checkout::Exhausted,
        })
    }

    /// Takes an item back.
    pub async fn checkin(&self, id: ItemId) {
        self.pool.checkin(id).await;
    }

    /// Whether its items are rows, which feed any journey by name.
    pub fn has_rows(&self) -> bool {
        self.item.is::<Row>()
    }

    /// Shows the encoded rows that are known before load to `check`.
    ///
    /// # Errors
    /// The first of `check`.
    pub fn check_rows(&self, mut check: impl FnMut(&[u8]) -> Result) -> Result {
        self.pool.check_rows(&mut |row| check(&row.clone().into_item().into_bytes()))
    }
}

/// A pool of any items, as it is asked for them encoded.
#[async_trait]
pub(super) trait Erased: Send + Sync {
    async fn checkout(&self, config: &Config, bare: bool) -> Result<Checkout<EncodedItem>>;
    async fn checkin(&self, id: ItemId);
    fn kind(&self) -> PoolKind;
    fn spares(&self) -> u32;
    fn size(&self) -> Option<u64>;
    fn counted(&self) -> Option<u64>;
    fn source(&self) -> Option<String>;
    fn check_rows(&self, check: &mut dyn FnMut(&Row) -> Result) -> Result;
}

#[async_trait]
impl<P: DataPool> Erased for P {
    async fn checkout(&self, config: &Config, bare: bool) -> Result<Checkout<EncodedItem>> {
        Ok(match DataPool::checkout(self, config).await? {
            Checkout::Item(id, item) => Checkout::Item(id, encoded(item, bare)?),
            Checkout::Later => Checkout::Later,
            Checkout::Exhausted => Checkout::Exhausted,
        })
    }
    async fn checkin(&self, id: ItemId) {
        DataPool::checkin(self, id).await;
    }
    fn kind(&self) -> PoolKind {
        DataPool::kind(self)
    }
    fn spares(&self) -> u32 {
        DataPool::spares(self)
    }
    fn size(&self) -> Option<u64> {
        DataPool::size(self)
    }
    fn counted(&self) -> Option<u64> {
        DataPool::counted(self)
    }
    fn source(&self) -> Option<String> {
        DataPool::source(self)
    }
    fn check_rows(&self, check: &mut dyn FnMut(&Row) -> Result) -> Result {
        DataPool::check_rows(self, check)
    }
}

fn encoded<T: Serialize + 'static>(item: T, bare: bool) -> Result<EncodedItem> {
    if TypeId::of::<T>() == TypeId::of::<()>() && !bare {
        return Ok(EncodedItem::none());
    }
    let mut item = Some(item);
    // A row is encoded already.
    let row = (&mut item as &mut dyn Any).downcast_mut::<Option<Row>>().and_then(Option::take);
    match (row, &item) {
        (Some(row), _) => Ok(row.into_item()),
        (None, Some(item)) if bare => EncodedItem::wrap(item),
        (None, item) => EncodedItem::new(item),
    }
}

/// A pool as a scenario names it.
#[derive(Clone)]
pub enum PoolRef {
    /// The pool itself.
    Value(AnyPool),
    /// A `#[datapool]` function: one instance per run.
    Named {
        /// The function's own type.
        function: TypeId,
        /// Its name, as mite shows it.
        name: String,
        /// The type of its items.
        item: TypeOf,
    },
}

impl PoolRef {
    /// The type of its items.
    pub fn item(&self) -> TypeOf {
        match self {
            Self::Value(pool) => pool.item,
            Self::Named { item, .. } => *item,
        }
    }

    /// What to call it.
    pub fn name(&self) -> &str {
        match self {
            Self::Value(pool) => pool.name,
            Self::Named { name, .. } => name,
        }
    }
}

/// What a scenario line takes as its pool: a pool, or the name of a
/// `#[datapool]` function.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a data pool",
    note = "a pool is given by value (`users()`) or by the name of its `#[datapool]` function (`users`); a journey without arguments takes `NoData`"
)]
pub trait IntoPool<M> {
    /// The pool's items.
    type Item: 'static;
    /// The pool as a scenario names it.
    fn into_pool(self) -> PoolRef;
}

/// What a `#[datapool]` function may return: a pool, a `Result` of one, or a
/// future of either.
#[diagnostic::on_unimplemented(
    message = "a `#[datapool]` function returns a data pool or a `mite::Result` of one, not `{Self}`",
    label = "not a data pool"
)]
pub trait PoolOutput<M> {
    /// The pool's items.
    type Item: 'static;
    /// The pool.
    fn build(self) -> impl Future<Output = Result<AnyPool>>;
}

#[doc(hidden)]
pub struct ByValue;
#[doc(hidden)]
pub struct Plain;
#[doc(hidden)]
pub struct Fallible;
#[doc(hidden)]
pub struct Later<M>(M);
#[doc(hidden)]
pub struct NamedPlain;
#[doc(hidden)]
pub struct NamedConfig;
#[doc(hidden)]
pub struct NamedConfigAsync;

impl<P: DataPool> PoolOutput<Plain> for P {
    type Item = P::Item;
    async fn build(self) -> Result<AnyPool> {
        Ok(AnyPool::new(self))
    }
}

impl<P: DataPool> PoolOutput<Fallible> for Result<P> {
    type Item = P::Item;
    async fn build(self) -> Result<AnyPool> {
        Ok(AnyPool::new(self?))
    }
}

impl<F, M> PoolOutput<Later<M>> for F
where
    F: Future,
    F::Output: PoolOutput<M>,
{
    type Item = <F::Output as PoolOutput<M>>::Item;
    async fn build(self) -> Result<AnyPool> {
        self.await.build().await
    }
}

impl<P: DataPool> IntoPool<ByValue> for P {
    type Item = P::Item;
    fn into_pool(self) -> PoolRef {
        PoolRef::Value(AnyPool::new(self))
    }
}

fn named<F: 'static, I: 'static>() -> PoolRef {
    PoolRef::Named {
        function: TypeId::of::<F>(),
        name: Spec::new(std::any::type_name::<F>()).to_string(),
        item: TypeOf::of::<I>(),
    }
}

impl<F, R, M> IntoPool<(NamedPlain, R, M)> for F
where
    F: Fn() -> R + 'static,
    R: PoolOutput<M>,
{
    type Item = R::Item;
    fn into_pool(self) -> PoolRef {
        named::<F, R::Item>()
    }
}

impl<F, R, M> IntoPool<(NamedConfig, R, M)> for F
where
    F: Fn(&Config) -> R + 'static,
    R: PoolOutput<M>,
{
    type Item = R::Item;
    fn into_pool(self) -> PoolRef {
        named::<F, R::Item>()
    }
}

impl<F, R, M> IntoPool<(NamedConfigAsync, R, M)> for F
where
    F: AsyncFn(&Config) -> R + 'static,
    R: PoolOutput<M>,
{
    type Item = R::Item;
    fn into_pool(self) -> PoolRef {
        named::<F, R::Item>()
    }
}

/// Evaluates a `#[datapool]` function's result. Used by generated code.
pub fn build_pool<'a, M, R: PoolOutput<M> + 'a>(output: R) -> LocalFuture<'a, Result<AnyPool>>
where
    M: 'a,
{
    Box::pin(output.build())
}
