//! The annotated function.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, TokenStreamExt};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Expr, Lit, Meta, Result, Signature, Token, Visibility, token};

use crate::attribute::Attribute;

/// An annotated function.
pub(crate) struct Function {
    pub(crate) attributes: Vec<syn::Attribute>,
    visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: TokenStream,
    /// The path of mite.
    pub(crate) root: TokenStream,
}

impl Function {
    /// Reads `item`, which may turn out not to be a function.
    pub(crate) fn parse(attribute: Attribute, item: TokenStream) -> Result<Self> {
        let parser = |input: ParseStream<'_>| {
            let attributes = input.call(syn::Attribute::parse_outer)?;
            let visibility = input.parse()?;
            let wrong = || {
                let text = format!("`#[{}]` goes on a function", attribute.name());
                Error::new(input.span(), text)
            };
            if !begins_function(&input.fork()) {
                return Err(wrong());
            }
            let signature = input.parse()?;
            if !input.peek(token::Brace) {
                return Err(wrong());
            }
            Ok(Self {
                attributes,
                visibility,
                signature,
                body: input.parse()?,
                root: TokenStream::new(),
            })
        };
        parser.parse2(item)
    }

    /// The first line of its documentation, or nothing.
    pub(crate) fn doc(&self) -> String {
        let lines = self.attributes.iter().filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                Expr::Lit(literal) => match &literal.lit {
                    Lit::Str(text) => Some(text.value()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        text.trim().lines().next().unwrap_or_default().trim().to_owned()
    }

    /// The path of mite, as if it stood at `span`: errors about what follows it are shown
    /// there.
    pub(crate) fn root_at(&self, span: Span) -> TokenStream {
        let tokens = self.root.clone().into_iter();
        tokens
            .map(|mut token| {
                token.set_span(token.span().located_at(span));
                token
            })
            .collect()
    }

    /// The conditions under which it is compiled: its entry shares them.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = &syn::Attribute> {
        self.attributes.iter().filter(|a| a.path().is_ident("cfg"))
    }
}

/// Whether a function begins here, maybe one of a kind that is refused later.
fn begins_function(input: ParseStream<'_>) -> bool {
    loop {
        if input.peek(Token![fn]) {
            return true;
        }
        let qualifier = ["const", "async", "gen", "safe", "unsafe", "extern"];
        let skipped = match input.call(proc_macro2::Ident::parse_any) {
            Ok(word) => qualifier.iter().any(|q| word == q),
            Err(_) => input.parse::<syn::LitStr>().is_ok(),
        };
        if !skipped {
            return false;
        }
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append_all(&self.attributes);
        self.visibility.to_tokens(tokens);
        self.signature.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}
