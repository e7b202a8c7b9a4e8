//! A closure where an async closure is wanted: `|ctx| async move { … }` cannot borrow
//! what it is given, which rustc tells as a lifetime that is too short.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::{Error, Result};

use super::token::{is_punct, is_word, tokens_of};

pub(super) fn check(tokens: TokenStream) -> Result<()> {
    let mut before: Option<TokenTree> = None;
    for token in tokens {
        if let TokenTree::Group(group) = &token {
            if is_word(before.as_ref(), &["transaction"])
                && group.delimiter() == Delimiter::Parenthesis
            {
                closure(group)?;
            }
            check(group.stream())?;
        }
        before = Some(token);
    }
    Ok(())
}

/// `(…, |name| async …` or `(…, move |name| async …`.
fn closure(arguments: &Group) -> Result<()> {
    let tokens = tokens_of(arguments);
    for (at, comma) in tokens.iter().enumerate() {
        if !is_punct(Some(comma), ',') {
            continue;
        }
        let mut rest = &tokens[at + 1..];
        if is_word(rest.first(), &["move"]) {
            rest = &rest[1..];
        }
        if let [open, TokenTree::Ident(name), close, asynchronous, ..] = rest
            && is_punct(Some(open), '|')
            && is_punct(Some(close), '|')
            && is_word(Some(asynchronous), &["async"])
        {
            let text = format!(
                "the body of a transaction is an async closure: write `async |{name}| {{ … }}` instead of `|{name}| async move {{ … }}`"
            );
            return Err(Error::new_spanned(asynchronous, text));
        }
    }
    Ok(())
}
