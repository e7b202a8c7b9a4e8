//! What a `#[scenario]` function may return.

use std::future::Future;

use super::Scenario;
use crate::error::Result;
use crate::meta::LocalFuture;

/// What a `#[scenario]` function may return: a scenario, a `Result` of one, or
/// a future of either.
#[diagnostic::on_unimplemented(
    message = "a `#[scenario]` function returns `Scenario` or `mite::Result<Scenario>`, not `{Self}`"
)]
pub trait ScenarioOutput<M> {
    /// The scenario.
    fn build(self) -> impl Future<Output = Result<Scenario>>;
}

#[doc(hidden)]
pub struct Plain;
#[doc(hidden)]
pub struct Later;

impl ScenarioOutput<Plain> for Scenario {
    async fn build(self) -> Result<Scenario> {
        Ok(self)
    }
}

impl ScenarioOutput<Plain> for Result<Scenario> {
    async fn build(self) -> Result<Scenario> {
        self
    }
}

impl<F> ScenarioOutput<Later> for F
where
    F: Future,
    F::Output: ScenarioOutput<Plain>,
{
    async fn build(self) -> Result<Scenario> {
        self.await.build().await
    }
}

/// Evaluates a `#[scenario]` function's result. Used by generated code.
pub fn build_scenario<'a, M, R: ScenarioOutput<M> + 'a>(
    output: R,
) -> LocalFuture<'a, Result<Scenario>>
where
    M: 'a,
{
    Box::pin(output.build())
}
