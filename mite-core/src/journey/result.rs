//! What a journey returns.

use crate::error::Result;

/// What a `#[journey]` function returns: [`Result`]. Used by generated code.
#[diagnostic::on_unimplemented(
    message = "a journey returns `mite::Result`, not `{Self}`",
    label = "not `mite::Result`",
    note = "write `-> mite::Result`: `?` makes a `mite::Error` of any error, `.or_error()?` of text, of boxed errors and of `anyhow::Error`"
)]
pub trait JourneyResult {
    /// The same.
    fn into_result(self) -> Result;
}

impl JourneyResult for Result {
    fn into_result(self) -> Result {
        self
    }
}
