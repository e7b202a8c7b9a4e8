//! Pools of the objects of an S3 bucket.

use std::sync::Arc;

use futures_util::StreamExt;
use mite_core::async_trait;
use mite_core::config::Config;
use mite_core::error::{Error, Result};
use mite_core::pool::{Checkout, DataPool, ItemId, PoolKind, RecyclableIterableDataPool};
use object_store::ObjectStoreExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::path::Path;

use super::feed::{AHEAD, Feed, Outlet, empty};

/// Objects that are read at once.
const READS: usize = 8;

/// The objects of an S3 bucket, each as its key and its content, which is text.
///
/// Listing and reading happen on a thread of their own, ahead of use.
///
/// ```no_run
/// use mite::prelude::*;
///
/// #[journey]
/// async fn submit(ctx: &Context, key: String, document: String) -> mite::Result {
///     Ok(())
/// }
///
/// /// Credentials and region come from the environment, as for other tools of AWS.
/// #[datapool]
/// async fn documents() -> mite::Result<S3DataPool> {
///     S3DataPool::objects("test-data", "documents/").once().await
/// }
/// ```
pub struct S3DataPool(Items);

type Object = (String, String);

enum Items {
    Once(Feed<Object>),
    Recyclable(RecyclableIterableDataPool<Object>),
}

/// Objects that become a [`S3DataPool`].
#[must_use = "a listing does nothing until `.once()` or `.recyclable()`"]
pub struct S3Objects {
    bucket: String,
    prefix: String,
    endpoint: Option<String>,
    credentials: Option<(String, String)>,
    preload_minimum: u64,
}

impl S3DataPool {
    /// The objects of `bucket` whose keys begin with `prefix`, in the order of
    /// their keys.
    pub fn objects(bucket: impl Into<String>, prefix: impl Into<String>) -> S3Objects {
        let (bucket, prefix) = (bucket.into(), prefix.into());
        S3Objects { bucket, prefix, endpoint: None, credentials: None, preload_minimum: 1 }
    }
}

impl S3Objects {
    /// Asks the server at `url`, such as `http://127.0.0.1:9000`, and not Amazon's.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// Signs with this key; with what the environment says if not called.
    pub fn credentials(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.credentials = Some((id.into(), secret.into()));
        self
    }

    /// Has so many objects at hand, or all if they are fewer, before load
    /// starts; 1 if not called. Only for [`once`](Self::once): a recyclable pool
    /// has all.
    pub fn preload_minimum(mut self, objects: u64) -> Self {
        self.preload_minimum = objects.max(1);
        self
    }

    /// Each object once, listed and read as they are needed. Ids count from 1.
    ///
    /// # Errors
    /// If the bucket cannot be listed or has no such objects, or an object
    /// cannot be read as text.
    pub async fn once(self) -> Result<S3DataPool> {
        let nothing = format!("{} has no objects", self.place());
        let mut feed = self.feed().await?;
        match feed.is_empty() {
            true => Err(empty(&nothing)),
            false => Ok(S3DataPool(Items::Once(feed))),
        }
    }

    /// All objects, held in memory, and those that came back after them, for
    /// ever. Ids count from 0.
    ///
    /// # Errors
    /// As [`once`](Self::once).
    pub async fn recyclable(self) -> Result<S3DataPool> {
        let nothing = format!("{} has no objects", self.place());
        let objects = self.feed().await?.collect().await?;
        match objects.is_empty() {
            true => Err(empty(&nothing)),
            false => Ok(S3DataPool(Items::Recyclable(RecyclableIterableDataPool::new(objects)))),
        }
    }

    fn place(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.prefix)
    }

    async fn feed(self) -> Result<Feed<Object>> {
        let minimum = self.preload_minimum;
        Feed::start("s3-pool", minimum, async move |outlet: &Outlet<Object>| {
            self.produce(outlet)
                .await
                .map_err(|e| Error::new(format!("{} cannot be read: {e}", self.place())))
        })
        .await
    }

    fn store(&self) -> object_store::Result<Arc<AmazonS3>> {
        // An error if one is installed already, which is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = AmazonS3Builder::from_env().with_bucket_name(&self.bucket);
        if let Some(url) = &self.endpoint {
            builder = builder.with_endpoint(url).with_allow_http(url.starts_with("http:"));
        }
        if let Some((id, secret)) = &self.credentials {
            builder = builder.with_access_key_id(id).with_secret_access_key(secret);
        }
        builder.build().map(Arc::new)
    }

    async fn produce(&self, outlet: &Outlet<Object>) -> object_store::Result<()> {
        let store = self.store()?;
        let mut page_token = None;
        loop {
            let options = PaginatedListOptions { page_token, ..Default::default() };
            let page = store.list_paginated(Some(&self.prefix), options).await?;
            let keys = page.result.objects.into_iter().map(|object| object.location);
            let mut objects = futures_util::stream::iter(keys.map(|key| read(store.clone(), key)))
                .buffered(READS);
            while let Some(object) = objects.next().await {
                if !outlet.put(object?).await {
                    return Ok(());
                }
            }
            page_token = page.page_token;
            if page_token.is_none() {
                return Ok(());
            }
        }
    }
}

async fn read(store: Arc<AmazonS3>, key: Path) -> object_store::Result<Object> {
    let content = store.get(&key).await?.bytes().await?;
    match String::from_utf8(content.into()) {
        Ok(text) => Ok((key.to_string(), text)),
        Err(_) => Err(object_store::Error::Generic {
            store: "S3",
            source: format!("object `{key}` is not text in UTF-8").into(),
        }),
    }
}

#[async_trait]
impl DataPool for S3DataPool {
    type Item = Object;

    async fn checkout(&self, config: &Config) -> Result<Checkout<Object>> {
        match &self.0 {
            Items::Once(feed) => feed.checkout().await,
            Items::Recyclable(pool) => pool.checkout(config).await,
        }
    }

    async fn checkin(&self, id: ItemId) {
        if let Items::Recyclable(pool) = &self.0 {
            pool.checkin(id).await;
        }
    }

    /// As many as are fetched ahead.
    fn spares(&self) -> u32 {
        AHEAD as u32
    }

    fn kind(&self) -> PoolKind {
        match &self.0 {
            // A checkout may wait for the server.
            Items::Once(_) => PoolKind::Custom,
            Items::Recyclable(pool) => pool.kind(),
        }
    }
}
