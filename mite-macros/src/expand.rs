//! The common way of all attributes: parse, check, expand.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Result;

use crate::attribute::Attribute;
use crate::function::Function;
use crate::root::Options;
use crate::{body, check, journey, makers};

/// The item with its entry, or with what is wrong with it.
pub(crate) fn expand(attribute: Attribute, options: TokenStream, item: TokenStream) -> TokenStream {
    let mut function = match Function::parse(attribute, item.clone()) {
        Ok(function) => function,
        Err(error) => {
            let error = error.to_compile_error();
            return quote! { #error #item };
        }
    };
    match entry(attribute, options, &mut function) {
        Ok(entry) => {
            // A forgotten `.await` would be a request that nobody sends, in a run that is
            // green. What the function says itself comes behind, and holds.
            let strict = match attribute {
                Attribute::Journey => quote! { #[deny(unused_must_use)] },
                _ => TokenStream::new(),
            };
            quote! { #strict #function #entry }
        }
        Err(error) => {
            // The function stays, or every use of it would be an error of its own;
            // another attribute of ours must not run on it.
            function.attributes.retain(|a| Attribute::of(a).is_none());
            let error = error.to_compile_error();
            quote! { #error #function }
        }
    }
}

fn entry(
    attribute: Attribute,
    options: TokenStream,
    function: &mut Function,
) -> Result<TokenStream> {
    function.root = syn::parse2::<Options>(options)?.root()?;
    check::attributes(attribute, function)?;
    check::signature(attribute, function)?;
    if let Err(error) = body::check(attribute, function) {
        // The compiler would tell the same in other words.
        function.body = quote! { { ::core::unreachable!() } };
        return Err(error);
    }
    match attribute {
        Attribute::Journey => journey::expand(function),
        Attribute::Datapool => makers::datapool(function),
        Attribute::Scenario => makers::scenario(function),
        Attribute::Config => makers::config(function),
        Attribute::Processor => makers::processor(function),
        Attribute::Stat => makers::stat(function),
    }
}
