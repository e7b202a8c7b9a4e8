//! Cookies: a journey's jar, and what is shown of it.
//!
//! The jar is mite's own: RFC 6265 works on bytes, on dates without a format and in
//! one order, and what there is of libraries on text, on formats and in any order.

mod date;
mod jar;
mod set_cookie;
mod shown;

#[cfg(feature = "html")]
pub(crate) use date::parse as date;
pub(crate) use jar::{Jar, Now};
pub use shown::{Cookie, Cookies};
