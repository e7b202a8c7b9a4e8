//! Transactions: named, timed parts of a journey.

use std::future::Future;

use tokio::time::Instant;

use crate::error::{Error, Result};
use crate::journey::arrival::{Begun, Timed};
use crate::journey::{Context, postmortem};
use crate::label::Label;
use crate::stats::End;
use crate::{fields, key, panics, put_floats};

impl Context {
    /// Times `body` as a transaction called `name`; nested names join with ` :: `. A full
    /// name of more than 1,024 bytes has `…` in place of its middle.
    ///
    /// The body gets a context of its own: what is sent on it, and what fails
    /// in it, belongs to this transaction, also if several run at once. Only
    /// the innermost transaction reports a failure; each outer one that it
    /// passes has `had_error`.
    ///
    /// # Errors
    /// Whatever `body` returns.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mite::Result {
    /// # let ctx = Context::for_test();
    /// let user = 7;
    /// let token = ctx
    ///     .transaction(&format!("login {}", user % 2), async |ctx| {
    ///         ctx.transaction("token", async |_| Ok("abc")).await
    ///     })
    ///     .await?;
    /// assert_eq!(token, "abc");
    /// # Ok(()) }
    /// ```
    #[doc(alias = "group")]
    #[doc(alias = "transaction_controller")]
    pub fn transaction<'a, T, F>(
        &'a self,
        name: &str,
        body: F,
    ) -> impl Future<Output = Result<T>> + use<'a, T, F>
    where
        F: AsyncFnOnce(&Context) -> Result<T>,
    {
        within(self.enter(name), body)
    }

    /// The transaction around the whole execution.
    pub(crate) fn root_transaction<T, F>(
        &self,
        body: F,
    ) -> impl Future<Output = Result<T>> + use<T, F>
    where
        F: AsyncFnOnce(&Context) -> Result<T>,
    {
        within(self.enter_root(), body)
    }

    /// Reports `error` as a failure of this context's transaction, unless an
    /// inner one has.
    pub(crate) fn report(&self, error: &mut Error) {
        if error.reported_in().is_some() {
            return;
        }
        let here = self.transaction_label();
        let warmup = self.runner_host().is_warming_up(Instant::now);
        self.lanes().counted().during(warmup).failure(self.journey_label(), here, error);
        self.tell(if error.is_declared() { "error" } else { "exception" }, |out| {
            let mut fields = fields! {
                message: error.message(),
                ex_type: error.type_name(),
                location: error.location().to_string(),
            };
            if !error.is_declared() {
                fields.insert("stacktrace", &error.stacktrace());
            }
            fields.extend_renamed(error.fields());
            out.extend(&fields);
        });
        error.set_reported_in(here.unwrap_or(self.journey_label()).clone());
        if error.type_name() != "panic" {
            postmortem::on_failure(self, error);
        }
    }
}

async fn within<T, F>(inner: Context, body: F) -> Result<T>
where
    F: AsyncFnOnce(&Context) -> Result<T>,
{
    let open = Open::new(&inner);
    let result = body(&inner).await;
    open.close(result)
}

/// A transaction that has begun; it is sent when it ends, however it does.
struct Open<'a> {
    ctx: &'a Context,
    begun: Begun,
    closed: bool,
}

impl<'a> Open<'a> {
    #[inline]
    fn new(ctx: &'a Context) -> Self {
        if ctx.is_observed() {
            journal_begun(ctx);
        }
        let begun = ctx.begun(Timed::Transaction, Instant::now());
        Self { ctx, begun, closed: false }
    }

    fn close<T>(mut self, mut result: Result<T>) -> Result<T> {
        match &mut result {
            Ok(_) => self.send(End::Finished, None),
            Err(error) => {
                self.ctx.report(error);
                self.send(End::Failed, Some(error));
            }
        }
        result
    }

    fn send(&mut self, how: End, error: Option<&Error>) {
        self.closed = true;
        let end = Instant::now();
        let name = self.ctx.transaction_label().expect("a transaction has a name");
        if self.ctx.is_observed() {
            journal_ended(self.ctx, name);
            self.ctx.transaction_traced(&self.begun, end, how, error);
        }
        let took = self.begun.took(end - self.begun.start());
        self.ctx.lanes().counted().transaction(self.ctx.journey_label(), name, took, how);
        self.ctx.ended(Timed::Transaction);
        self.tell(end, how);
    }

    #[inline]
    fn tell(&self, end: Instant, how: End) {
        self.ctx.tell_of(
            "txn",
            || end,
            |out, ended| {
                put_floats!(
                    out,
                    "start_time": self.ctx.wall_time(self.begun.start()),
                    "end_time": ended,
                );
                out.put(key!("had_error"), how == End::Failed);
                if let Some(intended) = self.begun.intended() {
                    put_floats!(out, "intended_start_time": self.ctx.wall_time(intended));
                }
                if how == End::Cancelled {
                    out.put(key!("cancelled"), true);
                }
            },
        );
    }
}

/// Keeps in the journal which transactions are open.
#[cold]
fn journal_begun(ctx: &Context) {
    ctx.journal(|journal| journal.open.extend(ctx.transaction_label().cloned()));
}

#[cold]
fn journal_ended(ctx: &Context, name: &Label) {
    ctx.journal(|journal| {
        if let Some(at) = journal.open.iter().rposition(|open| open == name) {
            journal.open.remove(at);
        }
    });
}

/// Left without a result: by a panic, which is a failure, or by cancellation,
/// which is not.
impl Drop for Open<'_> {
    fn drop(&mut self) {
        if self.closed {
            return;
        }
        let panicking = std::thread::panicking();
        if panicking {
            panics::with_current(|error| self.ctx.report(error));
        }
        self.send(if panicking { End::Failed } else { End::Cancelled }, None);
    }
}
