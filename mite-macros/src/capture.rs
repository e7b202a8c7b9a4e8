//! What a data pool function's `impl Trait` captures.

use proc_macro2::Span;
use quote::ToTokens;
use syn::visit_mut::{VisitMut, visit_type_impl_trait_mut};
use syn::{FnArg, ReturnType, Type, TypeImplTrait, TypeParamBound, parse_quote_spanned};

use crate::function::Function;

/// Adds `+ use<>` to each `impl Trait` that a function with a reference
/// parameter returns: a pool outlives the settings that it was made from, but
/// the type would capture their lifetime.
pub(crate) fn nothing(function: &mut Function) {
    let borrows = function
        .signature
        .inputs
        .iter()
        .any(|input| matches!(input, FnArg::Typed(p) if matches!(*p.ty, Type::Reference(_))));
    if let (true, ReturnType::Type(_, ty)) = (borrows, &mut function.signature.output) {
        CaptureNothing.visit_type_mut(ty);
    }
}

struct CaptureNothing;

impl VisitMut for CaptureNothing {
    fn visit_type_impl_trait_mut(&mut self, ty: &mut TypeImplTrait) {
        visit_type_impl_trait_mut(self, ty);
        if !ty.bounds.iter().any(|b| matches!(b, TypeParamBound::PreciseCapture(_))) {
            // The compiler's advice about captures is put behind the last bound.
            let last = ty.to_token_stream().into_iter().last().map(|token| token.span());
            let here = Span::mixed_site().located_at(last.unwrap_or_else(Span::call_site));
            ty.bounds.push(parse_quote_spanned!(here=> use<>));
        }
    }
}
