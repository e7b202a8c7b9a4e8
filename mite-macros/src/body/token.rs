//! What tokens are.

use proc_macro2::{Group, Ident, TokenTree};

pub(super) fn is_punct(token: Option<&TokenTree>, c: char) -> bool {
    matches!(token, Some(TokenTree::Punct(p)) if p.as_char() == c)
}

pub(super) fn as_ident(token: Option<&TokenTree>) -> Option<&Ident> {
    match token {
        Some(TokenTree::Ident(ident)) => Some(ident),
        _ => None,
    }
}

pub(super) fn is_word(token: Option<&TokenTree>, words: &[&str]) -> bool {
    as_ident(token).is_some_and(|ident| words.iter().any(|word| ident == word))
}

pub(super) fn tokens_of(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

/// Whether the group after `before` is the body of a closure or of an async block, which
/// runs on its own: what leaves it does not leave what is around it.
pub(super) fn runs_on_its_own(before: Option<&TokenTree>) -> bool {
    is_punct(before, '|') || is_word(before, &["async", "move"])
}
