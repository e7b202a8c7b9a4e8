//! The attributes of functions that make something before the run:
//! `#[datapool]`, `#[scenario]`, `#[config]`, `#[processor]`, `#[stat]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Result;

use crate::attribute::Attribute;
use crate::entry::{at_output, local, submit};
use crate::function::Function;
use crate::{capture, check};

pub(crate) fn datapool(function: &mut Function) -> Result<TokenStream> {
    let config = check::takes_config(Attribute::Datapool, function)?.then(|| local("config"));
    capture::nothing(function);
    let ident = &function.signature.ident;
    let at = at_output(function);
    let at_output = function.root_at(at);
    let root = &function.root;
    let make = quote_spanned! { at =>
        #at_output::__private::build_pool(#ident(#config))
    };
    let call = quote! { #ident(#config) };
    let parameter = parameter(config);
    let item = quote_spanned! { at =>
        #at_output::__private::item_of(|#parameter| #call)
    };
    let fields = quote! {
        item: || #item,
        function: || #root::__private::function_id(#ident),
        build: |#parameter| #make,
    };
    Ok(submit(function, "Pool", "PoolEntry", &fields))
}

pub(crate) fn scenario(function: &Function) -> Result<TokenStream> {
    let config = check::takes_config(Attribute::Scenario, function)?.then(|| local("config"));
    let ident = &function.signature.ident;
    let at = at_output(function);
    let at_output = function.root_at(at);
    let make = quote_spanned! { at =>
        #at_output::__private::build_scenario(#ident(#config))
    };
    let parameter = parameter(config);
    let fields = quote! { build: |#parameter| #make, };
    Ok(submit(function, "Scenario", "ScenarioEntry", &fields))
}

pub(crate) fn config(function: &Function) -> Result<TokenStream> {
    check::takes_nothing(Attribute::Config, function)?;
    let ident = &function.signature.ident;
    let at = at_output(function);
    let at_output = function.root_at(at);
    let make = quote_spanned! { at =>
        #at_output::__private::build_settings(&__MITE_ENTRY.meta, #ident())
    };
    let fields = quote! { build: || #make, };
    Ok(submit(function, "Config", "ConfigEntry", &fields))
}

pub(crate) fn processor(function: &Function) -> Result<TokenStream> {
    check::takes_nothing(Attribute::Processor, function)?;
    let ident = &function.signature.ident;
    let at = at_output(function);
    let at_output = function.root_at(at);
    let make = quote_spanned! { at =>
        #at_output::__private::IntoProcessor::into_processor(#ident())
    };
    let fields = quote! { build: || #make, };
    Ok(submit(function, "Processor", "ProcessorEntry", &fields))
}

pub(crate) fn stat(function: &Function) -> Result<TokenStream> {
    check::takes_nothing(Attribute::Stat, function)?;
    let ident = &function.signature.ident;
    let at = at_output(function);
    let at_output = function.root_at(at);
    let make = quote_spanned! { at =>
        #at_output::__private::IntoStat::into_stat(#ident())
    };
    let fields = quote! { build: || #make, };
    Ok(submit(function, "Stat", "StatEntry", &fields))
}

/// The parameter of the entry's `build`, which takes settings in any case.
fn parameter(config: Option<syn::Ident>) -> TokenStream {
    match config {
        Some(config) => quote! { #config },
        None => quote! { _ },
    }
}
