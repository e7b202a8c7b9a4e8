//! What a scenario does once: its setup, before load starts, and its teardown, after
//! load has ended.

use std::fmt;
use std::panic::Location;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Place, Result};
use crate::journey::ending::Unended;
use crate::journey::{Context, Host, ROOT};
use crate::message::Identity;
use crate::meta::LocalFuture;
use crate::msgpack;
use crate::panics::{self, CatchPanic};
use crate::spec::Spec;

/// What a setup returned, encoded.
pub type Returned = Bytes;

type Run = Box<dyn FnOnce(Context) -> LocalFuture<'static, Result<Returned>> + Send>;

/// A function of a test that runs once, with a context as a journey has it.
pub struct Stage {
    name: String,
    /// The line of the scenario that asks for it.
    pub place: Place,
    run: Run,
}

/// Its name, `shop:seed`; of a closure the line that gives it.
impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Stage {
    /// One that runs `function` once.
    #[track_caller]
    pub fn new<F, T>(function: F) -> Self
    where
        F: AsyncFn(&Context) -> Result<T> + Send + 'static,
        T: Serialize,
    {
        let run: Run = Box::new(move |ctx| {
            Box::pin(async move {
                let value = function(&ctx).await?;
                let encoded = msgpack::encode(&value).map_err(|e| {
                    Error::new(format!("what it returned cannot be serialized: {e}"))
                })?;
                Ok(encoded.into())
            })
        });
        let place = Place::of(Location::caller());
        let name = match std::any::type_name::<F>() {
            closure if closure.contains("{{closure}}") => place.to_string(),
            function => Spec::new(function).to_string(),
        };
        Self { name, place, run }
    }

    /// Runs it, and ends the extensions that it used: what it returned, encoded.
    ///
    /// # Errors
    /// Whatever it failed with; a panic is an exception.
    pub async fn execute(self, host: Arc<Host>) -> Result<Returned> {
        panics::install_hook();
        let identity = Identity::alone(host.test.as_str(), &self.name);
        let ctx = Context::new(host, identity);
        let unended = Unended::new(&ctx);
        let root = pin!(ctx.transaction(ROOT, async |ctx| (self.run)(ctx.clone()).await));
        let result = CatchPanic(root).await.flatten();
        let ended = unended.end().await;
        result.and_then(|returned| ended.map(|()| returned))
    }
}

/// What the setup returned, as one type: read once on each runner.
struct Read<T>(Result<Arc<T>, String>);

impl Context {
    /// What the scenario's [setup](crate::scenario::ScenarioBuilder::setup) returned. It
    /// is read once on each runner; all its journeys share it.
    ///
    /// ```
    /// use mite::prelude::*;
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Serialize, Deserialize)]
    /// struct Seeded {
    ///     shop: u64,
    /// }
    ///
    /// #[journey]
    /// async fn buy(ctx: &Context) -> mite::Result {
    ///     let shop = ctx.setup::<Seeded>()?.shop;
    ///     ctx.send("bought", fields! { shop });
    ///     Ok(())
    /// }
    /// # let ctx = Context::for_test();
    /// # let error = ctx.setup::<Seeded>().err().unwrap();
    /// # assert!(error.text().starts_with("there is nothing that a setup returned"));
    /// ```
    ///
    /// # Errors
    /// If there was no setup, or it returned something else.
    #[track_caller]
    pub fn setup<T>(&self) -> Result<Arc<T>>
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        let host = self.runner_host();
        let Some(returned) = host.setup.get() else {
            return Err(Error::new(
                "there is nothing that a setup returned: a scenario has one by `.setup(…)`, and a journey that is run alone has that of `--scenario SPEC`",
            ));
        };
        let read = self.runner_extension(|| {
            Read::<T>(msgpack::decode(returned).map(Arc::new).map_err(|e| e.to_string()))
        });
        match &read.0 {
            Ok(value) => Ok(value.clone()),
            Err(why) => Err(Error::new(format!(
                "what the setup returned cannot be read as `{}`: {why}",
                std::any::type_name::<T>()
            ))),
        }
    }
}
