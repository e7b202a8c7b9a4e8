//! A task that borrows the context of its journey: rustc says that the context escapes
//! the function, and not how to give the task its own.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use syn::{Error, FnArg, Pat, Result};

use super::token::{as_ident, is_punct, is_word, runs_on_its_own, tokens_of};
use crate::function::Function;

/// Functions whose argument must not borrow anything.
const SPAWNING: [&str; 3] = ["spawn", "spawn_local", "spawn_blocking"];

pub(super) fn check(function: &Function) -> Result<()> {
    let Some(FnArg::Typed(first)) = function.signature.inputs.first() else { return Ok(()) };
    let Pat::Ident(context) = &*first.pat else { return Ok(()) };
    // Bound anew, it may be a context that is owned.
    match is_bound(function.body.clone(), &context.ident) {
        true => Ok(()),
        false => spawns(function.body.clone(), &context.ident),
    }
}

/// Whether the name is given to anything but the context of a transaction.
fn is_bound(tokens: TokenStream, name: &Ident) -> bool {
    let tokens: Vec<_> = tokens.into_iter().collect();
    tokens.iter().enumerate().any(|(at, token)| {
        let before = |n: usize| at.checked_sub(n).and_then(|at| tokens.get(at));
        match token {
            TokenTree::Group(group) => {
                let pattern = is_word(before(1), &["let", "for"]) && has(group.stream(), name);
                pattern || is_bound(group.stream(), name)
            }
            TokenTree::Ident(ident) if ident == name => {
                let declared = is_word(before(1), &["let", "mut", "for", "ref"]);
                // `name: Context`, but not `name::of()`.
                let typed = is_punct(tokens.get(at + 1), ':') && !is_punct(tokens.get(at + 2), ':');
                let of_closure = is_punct(before(1), '|')
                    && is_punct(tokens.get(at + 1), '|')
                    && !is_word(before(2), &["async"]);
                declared || typed || of_closure
            }
            _ => false,
        }
    })
}

fn has(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => has(group.stream(), name),
        _ => false,
    })
}

/// Finds `spawn(…)` as a function, not as a method: that of a scope may borrow.
fn spawns(tokens: TokenStream, name: &Ident) -> Result<()> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let before = |n: usize| at.checked_sub(n).and_then(|at| tokens.get(at));
        if group.delimiter() == Delimiter::Parenthesis
            && is_word(before(1), &SPAWNING)
            && !is_punct(before(2), '.')
            && let Some(borrowed) = borrowed(group, name, false)
        {
            let spawn = as_ident(before(1)).expect("it is a word");
            let text = format!(
                "what `{spawn}` runs may outlive `{name}`, which is borrowed: write `let {name} = {name}.clone();` before it, and `move`"
            );
            return Err(Error::new_spanned(borrowed, text));
        }
        spawns(group.stream(), name)?;
    }
    Ok(())
}

/// Where the context itself is used, not a copy that is made first.
fn borrowed(group: &Group, name: &Ident, inside: bool) -> Option<Ident> {
    let tokens = tokens_of(group);
    tokens.iter().enumerate().find_map(|(at, token)| match token {
        TokenTree::Ident(ident) if ident == name => {
            let copied =
                is_punct(tokens.get(at + 1), '.') && is_word(tokens.get(at + 2), &["clone"]);
            // `x.ctx` is something else.
            let field = at > 0 && is_punct(tokens.get(at - 1), '.');
            (!field && (inside || !copied)).then(|| ident.clone())
        }
        TokenTree::Group(group) => {
            let before = at.checked_sub(1).and_then(|at| tokens.get(at));
            borrowed(group, name, inside || runs_on_its_own(before))
        }
        _ => None,
    })
}
