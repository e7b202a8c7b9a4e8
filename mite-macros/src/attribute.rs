//! The five attributes, and their common way: parse, check, expand.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Result};

use crate::function::Function;
use crate::{check, journey, makers};

/// One of the attributes.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Attribute {
    Journey,
    Datapool,
    Scenario,
    Config,
    Processor,
}

impl Attribute {
    const ALL: [Self; 5] =
        [Self::Journey, Self::Datapool, Self::Scenario, Self::Config, Self::Processor];

    /// As it is written.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Journey => "journey",
            Self::Datapool => "datapool",
            Self::Scenario => "scenario",
            Self::Config => "config",
            Self::Processor => "processor",
        }
    }

    /// What a function with it is, in a sentence.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Journey => "a journey",
            Self::Datapool => "a data pool function",
            Self::Scenario => "a scenario function",
            Self::Config => "a config function",
            Self::Processor => "a processor function",
        }
    }

    /// The one that `attribute` is, written `journey` or `mite::journey`.
    pub(crate) fn of(attribute: &syn::Attribute) -> Option<Self> {
        let path = attribute.path();
        let of_mite = path.segments.len() == 2 && path.segments[0].ident == "mite";
        let name = path.segments.last()?;
        Self::ALL
            .into_iter()
            .find(|a| name.ident == a.name())
            .filter(|_| path.segments.len() == 1 || of_mite)
    }

    /// The item with its entry, or with what is wrong with it.
    pub(crate) fn expand(self, options: TokenStream, item: TokenStream) -> TokenStream {
        let mut function = match Function::parse(self, item.clone()) {
            Ok(function) => function,
            Err(error) => {
                let error = error.to_compile_error();
                return quote! { #error #item };
            }
        };
        match self.entry(options, &mut function) {
            Ok(entry) => quote! { #function #entry },
            Err(error) => {
                // The function stays, or every use of it would be an error of
                // its own; another attribute of ours must not run on it.
                function.attributes.retain(|a| Self::of(a).is_none());
                let error = error.to_compile_error();
                quote! { #error #function }
            }
        }
    }

    fn entry(self, options: TokenStream, function: &mut Function) -> Result<TokenStream> {
        if !options.is_empty() {
            let text = format!("no such option: `#[{}]` takes none", self.name());
            return Err(Error::new_spanned(options, text));
        }
        check::attributes(self, function)?;
        check::signature(self, function)?;
        match self {
            Self::Journey => journey::expand(function),
            Self::Datapool => makers::datapool(function),
            Self::Scenario => makers::scenario(function),
            Self::Config => makers::config(function),
            Self::Processor => makers::processor(function),
        }
    }
}
