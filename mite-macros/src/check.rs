//! What is wrong with a function, at the token that is, with the remedy.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Error, FnArg, GenericArgument, Ident, Pat, PathArguments, Result, ReturnType, Safety, Type,
};

use crate::attribute::Attribute;
use crate::function::Function;

/// The longest list of arguments that a pool's items can be.
const MOST_ARGUMENTS: usize = 12;

/// One attribute of mite is enough.
pub(crate) fn attributes(attribute: Attribute, function: &Function) -> Result<()> {
    let other = function.attributes.iter().find_map(|a| Some((a, Attribute::of(a)?)));
    let Some((second, other)) = other else { return Ok(()) };
    let name = attribute.name();
    let text = if other == attribute {
        format!("`#[{name}]` is on this function twice: remove one")
    } else {
        format!("`#[{name}]` and `#[{}]` on one function: keep one", other.name())
    };
    Err(Error::new_spanned(second, text))
}

/// What all attributes ask of a function.
pub(crate) fn signature(attribute: Attribute, function: &Function) -> Result<()> {
    let (noun, signature) = (attribute.noun(), &function.signature);
    if let Some(token) = &signature.constness {
        return Err(Error::new_spanned(token, format!("{noun} is not `const`: remove it")));
    }
    if let Safety::Unsafe(token) = &signature.safety {
        return Err(Error::new_spanned(token, format!("{noun} is not `unsafe`: remove it")));
    }
    if let Some(abi) = &signature.abi {
        return Err(Error::new_spanned(abi, format!("{noun} is not `extern`: remove it")));
    }
    let generics = &signature.generics;
    if !generics.params.is_empty() || generics.where_clause.is_some() {
        let text = format!(
            "{noun} has no generic parameters or lifetimes: mite calls it by its name alone; write the types out"
        );
        let at = if generics.params.is_empty() {
            generics.where_clause.to_token_stream()
        } else {
            generics.params.to_token_stream()
        };
        return Err(Error::new_spanned(at, text));
    }
    if let Some(FnArg::Receiver(receiver)) = signature.inputs.first() {
        let text = format!("{noun} is a free function: move it out of the `impl`, without `self`");
        return Err(Error::new_spanned(receiver, text));
    }
    match attribute {
        Attribute::Journey => asynchronous(function)?,
        Attribute::Config | Attribute::Processor | Attribute::Stat => synchronous(noun, function)?,
        Attribute::Datapool | Attribute::Scenario => {}
    }
    returns(attribute, function)
}

fn asynchronous(function: &Function) -> Result<()> {
    if function.signature.asyncness.is_some() {
        return Ok(());
    }
    let text = format!("a journey is `async`: write `async fn {}`", function.signature.ident);
    Err(Error::new_spanned(function.signature.fn_token, text))
}

fn synchronous(noun: &str, function: &Function) -> Result<()> {
    match &function.signature.asyncness {
        Some(token) => Err(Error::new_spanned(token, format!("{noun} is not `async`: remove it"))),
        None => Ok(()),
    }
}

fn returns(attribute: Attribute, function: &Function) -> Result<()> {
    if !matches!(function.signature.output, ReturnType::Default) {
        return Ok(());
    }
    let what = match attribute {
        Attribute::Journey => "`mite::Result`: write `-> mite::Result` and end with `Ok(())`",
        Attribute::Datapool => "a pool: write `-> impl DataPool<Item = (…,)>`",
        Attribute::Scenario => "a scenario: write `-> Scenario`",
        Attribute::Config => "settings: write `-> impl Serialize`",
        Attribute::Processor => "a processor: write `-> impl MessageProcessor`",
        Attribute::Stat => "a statistic: write `-> impl Stat`",
    };
    let text = format!("{} returns {what}", attribute.noun());
    Err(Error::new_spanned(&function.signature.ident, text))
}

/// A journey's arguments after the context: names and types.
pub(crate) fn arguments(function: &Function) -> Result<Vec<(&Ident, &Type)>> {
    let mut inputs = function.signature.inputs.iter();
    let context = "a journey's first parameter is `ctx: &Context`";
    match inputs.next() {
        Some(first) if is_reference_to(first, "Context") => {}
        Some(first) => return Err(Error::new_spanned(first, context)),
        None => return Err(Error::new_spanned(&function.signature.ident, context)),
    }
    let arguments = inputs.map(argument).collect::<Result<Vec<_>>>()?;
    if let Some((name, _)) = arguments.get(MOST_ARGUMENTS) {
        let text = format!(
            "a journey takes at most {MOST_ARGUMENTS} arguments after the context: put some of them into a struct"
        );
        return Err(Error::new_spanned(name, text));
    }
    Ok(arguments)
}

fn argument(input: &FnArg) -> Result<(&Ident, &Type)> {
    let FnArg::Typed(typed) = input else {
        return Err(Error::new_spanned(input, "a journey is a free function, without `self`"));
    };
    let Pat::Ident(pattern) = &*typed.pat else {
        let text = "give this argument a name, and take it apart in the body";
        return Err(Error::new_spanned(&typed.pat, text));
    };
    if pattern.by_ref.is_some() || pattern.subpat.is_some() {
        let text = format!("an argument is a name alone: write `{}`", pattern.ident);
        return Err(Error::new_spanned(pattern, text));
    }
    owned(&typed.ty)?;
    Ok((&pattern.ident, &typed.ty))
}

/// Arguments are read from encoded items: nothing can be borrowed.
fn owned(ty: &Type) -> Result<()> {
    if let Type::Reference(reference) = ty {
        let shown = source(&ty.to_token_stream());
        let own = match &*reference.elem {
            Type::Path(path) if path.path.is_ident("str") => "String".to_owned(),
            Type::Slice(slice) => format!("Vec<{}>", source(&slice.elem.to_token_stream())),
            other => source(&other.to_token_stream()),
        };
        let text = format!("arguments are owned: take `{own}` instead of `{shown}`");
        return Err(Error::new_spanned(ty, text));
    }
    if let Type::ImplTrait(_) = ty {
        let text = "an argument has one type, which is read from the pool's items: write it out instead of `impl …`";
        return Err(Error::new_spanned(ty, text));
    }
    let Some(part) = find_borrow(ty) else { return Ok(()) };
    let text = "arguments are owned, with nothing borrowed or `impl …` inside: take `String` instead of `&str`, `Vec<T>` instead of `&[T]`";
    Err(Error::new_spanned(part, text))
}

/// The first reference, lifetime or `impl` anywhere inside a type.
fn find_borrow(ty: &Type) -> Option<TokenStream> {
    match ty {
        Type::Reference(_) | Type::ImplTrait(_) => Some(ty.to_token_stream()),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(find_borrow),
        Type::Array(array) => find_borrow(&array.elem),
        Type::Paren(paren) => find_borrow(&paren.elem),
        Type::Group(group) => find_borrow(&group.elem),
        Type::Path(path) => {
            let arguments = path.path.segments.iter().filter_map(|s| match &s.arguments {
                PathArguments::AngleBracketed(angle) => Some(angle),
                _ => None,
            });
            arguments.flat_map(|angle| &angle.args).find_map(|argument| match argument {
                GenericArgument::Type(ty) => find_borrow(ty),
                GenericArgument::Lifetime(lifetime) if lifetime.ident != "static" => {
                    Some(lifetime.to_token_stream())
                }
                _ => None,
            })
        }
        _ => None,
    }
}

/// Whether a function that makes something takes the settings; it takes
/// nothing else.
pub(crate) fn takes_config(attribute: Attribute, function: &Function) -> Result<bool> {
    let noun = attribute.noun();
    let mut inputs = function.signature.inputs.iter();
    match inputs.next() {
        None => Ok(false),
        Some(first) => match inputs.next() {
            None if is_reference_to(first, "Config") => Ok(true),
            None => {
                let text = format!("{noun} takes nothing or `config: &Config`");
                Err(Error::new_spanned(first, text))
            }
            Some(second) => {
                let at = if is_reference_to(first, "Config") { second } else { first };
                let text = format!("{noun} takes nothing or `config: &Config`");
                Err(Error::new_spanned(at, text))
            }
        },
    }
}

/// Refuses parameters.
pub(crate) fn takes_nothing(attribute: Attribute, function: &Function) -> Result<()> {
    match function.signature.inputs.first() {
        Some(first) => {
            let text = format!("{} takes nothing", attribute.noun());
            Err(Error::new_spanned(first, text))
        }
        None => Ok(()),
    }
}

/// Whether a parameter's type is `&Name`, by whatever path.
fn is_reference_to(input: &FnArg, name: &str) -> bool {
    let FnArg::Typed(typed) = input else { return false };
    let Type::Reference(reference) = &*typed.ty else { return false };
    let elided = reference.lifetime.as_ref().is_none_or(|l| l.ident == "_");
    let Type::Path(path) = &*reference.elem else { return false };
    elided
        && reference.mutability.is_none()
        && path.path.segments.last().is_some_and(|s| s.ident == name)
}

/// A type as people write it: tokens are joined by spaces otherwise.
fn source(tokens: &TokenStream) -> String {
    let mut text = String::new();
    let mut word_before = false;
    for token in tokens.clone() {
        let word = matches!(token, TokenTree::Ident(_) | TokenTree::Literal(_));
        if word && word_before {
            text.push(' ');
        }
        word_before = word;
        match &token {
            TokenTree::Punct(p) if p.as_char() == ',' => text.push_str(", "),
            TokenTree::Group(group) => {
                let inner = source(&group.stream());
                text.push_str(&match group.delimiter() {
                    Delimiter::Parenthesis => format!("({inner})"),
                    Delimiter::Bracket => format!("[{inner}]"),
                    Delimiter::Brace => format!("{{{inner}}}"),
                    Delimiter::None => inner,
                });
            }
            other => text.push_str(&other.to_string()),
        }
    }
    text
}
