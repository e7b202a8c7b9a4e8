//! `#[journey]`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Result;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::check;
use crate::entry::{at_output, local, submit};
use crate::function::Function;

pub(crate) fn expand(function: &Function) -> Result<TokenStream> {
    let arguments = check::arguments(function)?;
    let ident = &function.signature.ident;
    let root = &function.root;
    let types: Vec<_> = arguments.iter().map(|(_, ty)| ty).collect();
    let names: Vec<_> = arguments.iter().map(|(name, _)| name.unraw().to_string()).collect();
    let values: Vec<_> = (0..arguments.len()).map(|n| local(&format!("value{n}"))).collect();
    let (ctx, encoded, reader) = (local("ctx"), local("encoded"), local("reader"));
    let count = arguments.len();
    // At the type: one that cannot be read is an error there.
    let reads = arguments.iter().zip(&values).zip(&names).map(|(((_, ty), value), name)| {
        quote_spanned! { Span::mixed_site().located_at(ty.span()) =>
            let #value = #reader.next::<#ty>(#name)?;
        }
    });
    let bind = if count > 0 {
        quote! { let mut #reader = }
    } else {
        TokenStream::new()
    };
    let at = at_output(function);
    let at_output = function.root_at(at);
    let run = quote_spanned! { at =>
        #at_output::__private::JourneyResult::into_result(#ident(&#ctx, #(#values),*).await)
    };
    let fields = quote! {
        parameters: &[
            #(#root::__private::Parameter {
                name: #names,
                ty: #root::__private::TypeOf::of::<#types>,
            },)*
        ],
        arguments: #root::__private::TypeOf::of::<(#(#types,)*)>,
        function: || #root::__private::function_id(#ident),
        start: |#ctx, #encoded| {
            #bind #root::__private::Arguments::new(&__MITE_ENTRY.meta, #encoded, #count)?;
            #(#reads)*
            ::core::result::Result::Ok(::std::boxed::Box::pin(async move { #run }))
        },
    };
    Ok(submit(function, "Journey", "JourneyEntry", &fields))
}
