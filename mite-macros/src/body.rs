//! Mistakes in a body that the compiler tells in words of its own. Nothing else of it
//! is looked at.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::{Error, Result};

use crate::function::Function;

/// Finds a closure where an async closure is wanted: `|ctx| async move { … }` cannot
/// borrow what it is given, which rustc tells as a lifetime that is too short.
pub(crate) fn check(function: &Function) -> Result<()> {
    closures(function.body.clone())
}

fn closures(tokens: TokenStream) -> Result<()> {
    let mut before: Option<TokenTree> = None;
    for token in tokens {
        if let TokenTree::Group(group) = &token {
            let called = matches!(&before, Some(TokenTree::Ident(name)) if name == "transaction");
            if called && group.delimiter() == Delimiter::Parenthesis {
                closure(group)?;
            }
            closures(group.stream())?;
        }
        before = Some(token);
    }
    Ok(())
}

/// `(…, |name| async …` or `(…, move |name| async …`.
fn closure(arguments: &Group) -> Result<()> {
    let tokens: Vec<_> = arguments.stream().into_iter().collect();
    let is = |token: &TokenTree, c| matches!(token, TokenTree::Punct(p) if p.as_char() == c);
    let word = |token: &TokenTree, w| matches!(token, TokenTree::Ident(i) if i == w);
    for (at, comma) in tokens.iter().enumerate() {
        if !is(comma, ',') {
            continue;
        }
        let mut rest = &tokens[at + 1..];
        if rest.first().is_some_and(|token| word(token, "move")) {
            rest = &rest[1..];
        }
        if let [open, TokenTree::Ident(name), close, asynchronous, ..] = rest
            && is(open, '|')
            && is(close, '|')
            && word(asynchronous, "async")
        {
            let text = format!(
                "the body of a transaction is an async closure: write `async |{name}| {{ … }}` instead of `|{name}| async move {{ … }}`"
            );
            return Err(Error::new_spanned(asynchronous, text));
        }
    }
    Ok(())
}
