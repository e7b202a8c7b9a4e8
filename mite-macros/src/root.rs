//! What mite is called in the crate that is compiled.

use std::path::Path as FilePath;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Error, Path, Result, Token};

use crate::manifest::{self, Found};

/// The options of an attribute: `crate = some::path`, or nothing.
pub(crate) struct Options {
    root: Option<Path>,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.is_empty() {
            return Ok(Self { root: None });
        }
        if !input.peek(Token![crate]) {
            let rest: TokenStream = input.parse()?;
            return Err(Error::new_spanned(rest, NO_SUCH_OPTION));
        }
        input.parse::<Token![crate]>()?;
        input.parse::<Token![=]>()?;
        let root = Some(input.call(Path::parse_mod_style)?);
        input.parse::<Option<Token![,]>>()?;
        match input.is_empty() {
            true => Ok(Self { root }),
            false => Err(input.error(NO_SUCH_OPTION)),
        }
    }
}

const NO_SUCH_OPTION: &str = "no such option: the attributes of mite take `crate = some::path` only, for a mite that is not called `mite`";

impl Options {
    /// The path of mite: the one that was given, or the name that Cargo.toml has for it.
    pub(crate) fn root(self) -> Result<TokenStream> {
        if let Some(path) = self.root {
            return Ok(path.into_token_stream());
        }
        match found() {
            Some(Found::Name(name)) => {
                let name = Ident::new(&name, Span::call_site());
                Ok(quote! { ::#name })
            }
            Some(Found::Nothing) => Err(Error::new(
                Span::call_site(),
                "mite is not a dependency of this crate: add it to Cargo.toml (`mite = { package = \"mite-load\", version = \"…\" }`), or say where it is re-exported: `crate = some_crate::mite`",
            )),
            // Its own examples and tests see it from outside. Without Cargo there is nobody to ask.
            Some(Found::Itself) | None => Ok(quote! { ::mite }),
        }
    }
}

fn found() -> Option<Found> {
    manifest::find(FilePath::new(&std::env::var_os("CARGO_MANIFEST_DIR")?))
}

/// Whether Cargo.toml calls mite so.
pub(crate) fn is_name(ident: &Ident) -> bool {
    matches!(found(), Some(Found::Name(name)) if ident == &name)
}
