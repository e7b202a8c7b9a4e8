//! Mistakes in a body that the compiler tells in words of its own, from which nobody
//! learns what to write. Only tokens are looked at, and what may be right is left to
//! the compiler.

use syn::Result;

use crate::attribute::Attribute;
use crate::function::Function;

mod closure;
mod ending;
mod spawned;
mod token;

/// Finds the first mistake.
pub(crate) fn check(attribute: Attribute, function: &Function) -> Result<()> {
    closure::check(function.body.clone())?;
    if attribute == Attribute::Journey {
        ending::of_journey(&function.body)?;
        spawned::check(function)?;
    }
    ending::of_transactions(function.body.clone())
}
