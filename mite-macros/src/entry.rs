//! The one static entry that an attribute writes.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;

use crate::function::Function;

/// Submits `ty { meta, fields… }` as `Entry::variant`.
pub(crate) fn submit(
    function: &Function,
    variant: &str,
    ty: &str,
    fields: &TokenStream,
) -> TokenStream {
    let variant = Ident::new(variant, Span::call_site());
    let ty = Ident::new(ty, Span::call_site());
    let meta = meta(function);
    let conditions = function.conditions();
    let root = &function.root;
    quote! {
        #(#conditions)*
        #[allow(deprecated)]
        const _: () = {
            static __MITE_ENTRY: #root::__private::#ty = #root::__private::#ty {
                meta: #meta,
                #fields
            };
            #root::__private::inventory::submit! {
                #root::__private::Entry::#variant(&__MITE_ENTRY)
            }
        };
    }
}

fn meta(function: &Function) -> TokenStream {
    let ident = &function.signature.ident;
    let name = ident.unraw().to_string();
    let doc = function.doc();
    let root = &function.root;
    // At the function's name: otherwise the line is the attribute's.
    let place = quote_spanned! { ident.span() =>
        file: ::core::file!(),
        line: ::core::line!(),
    };
    quote! {
        #root::__private::Meta {
            module: ::core::module_path!(),
            name: #name,
            #place
            doc: #doc,
        }
    }
}

/// A local variable of generated code, which the user's names cannot meet.
pub(crate) fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// Where errors about a function's result are shown.
pub(crate) fn at_output(function: &Function) -> Span {
    let span = match &function.signature.output {
        syn::ReturnType::Type(_, ty) => syn::spanned::Spanned::span(&**ty),
        syn::ReturnType::Default => function.signature.ident.span(),
    };
    Span::mixed_site().located_at(span)
}
