//! A block that ends without its result: rustc says that `()` is not the type that is
//! expected, of an async closure in words that no one can read.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::{Error, Result};

use super::token::{as_ident, is_punct, is_word, runs_on_its_own, tokens_of};

/// Words in a last statement after which nothing may come.
const LEAVING: [&str; 7] = ["return", "break", "continue", "loop", "exit", "abort", "pending"];

/// Macros that a block goes on after; any other may leave it.
const GOING_ON: [&str; 24] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "dbg",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "ensure",
    "eprint",
    "eprintln",
    "error",
    "fields",
    "format",
    "info",
    "json",
    "matches",
    "print",
    "println",
    "trace",
    "vec",
    "warn",
    "write",
    "writeln",
];

/// A journey's body.
pub(super) fn of_journey(body: &TokenStream) -> Result<()> {
    match body.clone().into_iter().next() {
        Some(TokenTree::Group(block)) if block.delimiter() == Delimiter::Brace => {
            check(&block, "write `Ok(())` at the end of a journey, which returns `mite::Result`")
        }
        _ => Ok(()),
    }
}

/// The bodies of all transactions.
pub(super) fn of_transactions(tokens: TokenStream) -> Result<()> {
    let mut before: Option<TokenTree> = None;
    for token in tokens {
        if let TokenTree::Group(group) = &token {
            if is_word(before.as_ref(), &["transaction"])
                && let Some(body) = body_of(group)
            {
                check(
                    &body,
                    "write `Ok(())` at the end of a transaction, or a value in `Ok(…)`: it returns `mite::Result`",
                )?;
            }
            of_transactions(group.stream())?;
        }
        before = Some(token);
    }
    Ok(())
}

/// The block of `(…, async |…| { … })`.
fn body_of(arguments: &Group) -> Option<Group> {
    let mut tokens = tokens_of(arguments);
    if is_punct(tokens.last(), ',') {
        tokens.pop();
    }
    let block = match tokens.pop()? {
        TokenTree::Group(block) if block.delimiter() == Delimiter::Brace => block,
        _ => return None,
    };
    let asynchronous = tokens.iter().any(|token| is_word(Some(token), &["async"]));
    (asynchronous && is_punct(tokens.last(), '|')).then_some(block)
}

fn check(block: &Group, text: &str) -> Result<()> {
    match ends_without_a_value(&tokens_of(block)) {
        true => Err(Error::new(block.span_close(), text)),
        false => Ok(()),
    }
}

/// Whether a block certainly has the value `()`: it ends with a semicolon, or with a loop
/// or an `if` that has none, and nothing in that statement may leave it.
fn ends_without_a_value(tokens: &[TokenTree]) -> bool {
    let Some((last, before)) = tokens.split_last() else { return true };
    if is_punct(Some(last), ';') {
        let start = before.iter().rposition(|token| is_punct(Some(token), ';'));
        let statement = &before[start.map_or(0, |at| at + 1)..];
        return !statement.is_empty() && !is_call(statement) && !may_leave(statement);
    }
    let is_block = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    if !is_block(last) {
        return false;
    }
    let start = before.iter().rposition(|token| is_punct(Some(token), ';') || is_block(token));
    let statement = &before[start.map_or(0, |at| at + 1)..];
    is_word(statement.first(), &["for", "while", "if"])
}

/// `a::function(…)`, which may be one that does not return.
fn is_call(statement: &[TokenTree]) -> bool {
    let Some((TokenTree::Group(_), path)) = statement.split_last() else { return false };
    path.iter().all(|token| as_ident(Some(token)).is_some() || is_punct(Some(token), ':'))
}

fn may_leave(tokens: &[TokenTree]) -> bool {
    let mut inside = false;
    tokens.iter().enumerate().any(|(at, token)| {
        // What an async closure does, up to the comma, leaves the closure.
        let next = at + 1 + usize::from(is_word(tokens.get(at + 1), &["move"]));
        inside |= is_word(Some(token), &["async"]) && is_punct(tokens.get(next), '|');
        inside &= !is_punct(Some(token), ',');
        if inside {
            return false;
        }
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        match token {
            TokenTree::Ident(word) if is_punct(tokens.get(at + 1), '!') => {
                let called = matches!(tokens.get(at + 2), Some(TokenTree::Group(_)));
                called && !GOING_ON.iter().any(|known| word == known)
            }
            TokenTree::Ident(_) => is_word(Some(token), &LEAVING),
            TokenTree::Group(group) if !runs_on_its_own(before) => may_leave(&tokens_of(group)),
            _ => false,
        }
    })
}
