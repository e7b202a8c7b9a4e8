//! The attributes of `mite`: use them through that crate, whose prelude has
//! them.
//!
//! What each is, and its example, which has to compile, stand there; here are the rules.
//!
//! Each leaves the function as it is, so that it can be called, and registers
//! it under `<module path>:<name>` with one static entry. What is wrong with a
//! function is an error at the token that is, with the remedy.
//!
//! All take `crate = some::path`, which says where mite is if it is re-exported by
//! another crate. Under another name in Cargo.toml it is found without.

#![warn(missing_docs)]

use proc_macro::TokenStream;

mod attribute;
mod body;
mod capture;
mod check;
mod entry;
mod expand;
mod function;
mod journey;
mod makers;
mod manifest;
mod root;
mod toml;

use attribute::Attribute;
use expand::expand;

/// The arguments after the context are owned values, at most twelve, that a
/// data pool's items are: `Serialize + DeserializeOwned + Send + 'static`. The
/// future need not be `Send`.
///
/// `#[journey(crate = my_tests::mite)]`, as of all attributes, says where mite is if another
/// crate hands it on.
///
/// A result or a future that is dropped unused, such as that of a forgotten `.await`, is
/// an error in it, and not a warning, unless it says `#[allow(unused_must_use)]`.
#[proc_macro_attribute]
#[doc(alias("task", "scenario", "iteration", "vu", "default function", "exec"))]
pub fn journey(options: TokenStream, item: TokenStream) -> TokenStream {
    expand(Attribute::Journey, options.into(), item.into()).into()
}

/// It takes nothing or `config: &Config`, may be `async`, and may return a
/// `mite::Result` of the pool. Named in a scenario (`users`, not `users()`) it
/// is one pool for the whole run.
#[proc_macro_attribute]
#[doc(alias("feeder", "csv_data_set_config"))]
pub fn datapool(options: TokenStream, item: TokenStream) -> TokenStream {
    expand(Attribute::Datapool, options.into(), item.into()).into()
}

/// It takes nothing or `config: &Config`, which it may set, may be `async`,
/// and may return a `mite::Result` of the scenario.
#[proc_macro_attribute]
#[doc(alias("setUp", "options"))]
pub fn scenario(options: TokenStream, item: TokenStream) -> TokenStream {
    expand(Attribute::Scenario, options.into(), item.into()).into()
}

/// It takes nothing and returns what serializes to a map, or a `mite::Result`
/// of it. Absent optional values leave their key unset.
#[proc_macro_attribute]
#[doc(alias = "environment")]
pub fn config(options: TokenStream, item: TokenStream) -> TokenStream {
    expand(Attribute::Config, options.into(), item.into()).into()
}

/// It takes nothing and returns a `MessageProcessor` or a
/// `RawMessageProcessor`, or a `mite::Result` of one.
#[proc_macro_attribute]
pub fn processor(options: TokenStream, item: TokenStream) -> TokenStream {
    expand(Attribute::Processor, options.into(), item.into()).into()
}

/// It takes nothing and returns a `Counter`, `Gauge`, `Accumulator` or `Histogram`, or
/// another `Stat`, or a `mite::Result` of one. Every run keeps it, under the name of the
/// function.
#[proc_macro_attribute]
pub fn stat(options: TokenStream, item: TokenStream) -> TokenStream {
    expand(Attribute::Stat, options.into(), item.into()).into()
}
