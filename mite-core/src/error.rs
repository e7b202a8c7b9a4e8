//! Failures of a journey: declared ones, and all others.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::panic::Location;

use serde::Serialize;

use crate::label::Label;
use crate::msgpack::Fields;

/// The result of a journey and of what it calls.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// A failure of a journey.
///
/// A *declared* failure is one that the test's author foresaw: made by
/// [`Error::new`], [`bail!`](crate::bail) or [`ensure!`](crate::ensure), with
/// fields of its own, sent as a message of type `error`. Any other error that
/// passes a `?` is an *exception*: it keeps its type's name, its text, the
/// place of that `?`, and a backtrace if `RUST_BACKTRACE` is set.
///
/// ```
/// fn port(text: &str) -> mite::Result<u16> {
///     if text.is_empty() {
///         return Err(mite::Error::new("no port given").field("text", text));
///     }
///     Ok(text.parse()?)
/// }
/// assert!(port("").unwrap_err().is_declared());
/// assert_eq!(port("x").unwrap_err().type_name(), "ParseIntError");
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    text: String,
    location: Place,
    fields: Fields,
    source: Option<Box<dyn StdError + Send + Sync>>,
    backtrace: Backtrace,
    /// Where the failure was reported, so that outer transactions do not report it again.
    reported: Option<Label>,
}

enum Kind {
    Declared,
    Exception(&'static str),
    Panic,
}

/// A place in a source file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// The file, as the compiler was given it.
    pub file: Cow<'static, str>,
    /// The line, from 1.
    pub line: u32,
}

impl Place {
    /// The place of a caller.
    pub fn of(location: &'static Location<'static>) -> Self {
        Self { file: location.file().into(), line: location.line() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Error {
    /// A declared failure.
    #[track_caller]
    pub fn new(text: impl Into<String>) -> Self {
        Self::make(Kind::Declared, text.into(), None, Place::of(Location::caller()))
    }

    /// Adds a field to what will be reported. Any error may have them.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl Serialize) -> Self {
        self.0.fields.insert(name, &value);
        self
    }

    /// The same, about another place than the one where it was made.
    #[doc(hidden)]
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.0.location = place;
        self
    }

    /// A panic, caught.
    pub(crate) fn panic(text: String, location: Place, backtrace: Backtrace) -> Self {
        let mut error = Self::make(Kind::Panic, text, None, location);
        error.0.backtrace = backtrace;
        error
    }

    #[track_caller]
    pub(crate) fn exception(name: &'static str, source: Box<dyn StdError + Send + Sync>) -> Self {
        let place = Place::of(Location::caller());
        let mut error = Self::make(Kind::Exception(name), source.to_string(), Some(source), place);
        error.0.backtrace = Backtrace::capture();
        error
    }

    fn make(
        kind: Kind,
        text: String,
        source: Option<Box<dyn StdError + Send + Sync>>,
        location: Place,
    ) -> Self {
        Self(Box::new(Inner {
            kind,
            text,
            location,
            fields: Fields::new(),
            source,
            backtrace: Backtrace::disabled(),
            reported: None,
        }))
    }

    /// Whether the test's author foresaw it.
    pub fn is_declared(&self) -> bool {
        matches!(self.0.kind, Kind::Declared)
    }

    /// The failure in words, without its type.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// `<type>: <text>`, as messages carry it.
    pub fn message(&self) -> String {
        match self.0.kind {
            Kind::Declared => format!("mite::Error: {}", self.0.text),
            Kind::Exception(name) => format!("{name}: {}", self.0.text),
            Kind::Panic => format!("panic: {}", self.0.text),
        }
    }

    /// The failure for people: its text, behind what sort of error it is unless the test's
    /// author foresaw it. What they see has no paths of types.
    ///
    /// ```
    /// assert_eq!(mite::Error::new("no stock").shown(), "no stock");
    /// let error = mite::Error::from("x".parse::<u8>().unwrap_err());
    /// assert_eq!(error.shown(), "ParseIntError: invalid digit found in string");
    /// let error = mite::Error::from(std::io::Error::other("no disk"));
    /// assert_eq!(error.shown(), "io error: no disk");
    /// ```
    pub fn shown(&self) -> String {
        let text = &self.0.text;
        match self.0.kind {
            Kind::Declared => text.clone(),
            Kind::Panic => format!("panic: {text}"),
            Kind::Exception(name) => match sort(name) {
                Some(sort) => format!("{sort}: {text}"),
                None => text.clone(),
            },
        }
    }

    /// The bare name of the failure's type.
    pub fn type_name(&self) -> &str {
        match self.0.kind {
            Kind::Declared => "Error",
            Kind::Exception(name) => bare(name),
            Kind::Panic => "panic",
        }
    }

    /// Where it was made, passed the first `?`, or panicked.
    pub fn location(&self) -> &Place {
        &self.0.location
    }

    /// The fields that were added.
    pub fn fields(&self) -> &Fields {
        &self.0.fields
    }

    /// The texts of the errors that caused this one, nearest first.
    pub fn causes(&self) -> Vec<String> {
        let mut causes = Vec::new();
        let mut next = self.0.source.as_ref().and_then(|e| e.source());
        while let Some(cause) = next {
            causes.push(cause.to_string());
            next = cause.source();
        }
        causes
    }

    /// What to show of how it came about: causes, and the backtrace if there is one.
    pub fn stacktrace(&self) -> String {
        self.traced(self.message())
    }

    /// The same for people.
    #[doc(hidden)]
    pub fn shown_stacktrace(&self) -> String {
        self.traced(self.shown())
    }

    fn traced(&self, what: String) -> String {
        let mut text = format!("{what}\n  at {}", self.0.location);
        for cause in self.causes() {
            text.push_str("\n  caused by: ");
            text.push_str(&cause);
        }
        if self.0.backtrace.status() == BacktraceStatus::Captured {
            text.push_str(&format!("\n{}", self.0.backtrace));
        }
        text
    }

    /// The error that this was made of, if it is of type `E`.
    ///
    /// ```
    /// let error = mite::Error::from("x".parse::<u8>().unwrap_err());
    /// assert!(error.downcast_ref::<std::num::ParseIntError>().is_some());
    /// ```
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        self.0.source.as_deref().and_then(|e| e.downcast_ref())
    }

    /// The full name of the transaction that reported it, once one has.
    #[doc(hidden)]
    pub fn reported_in(&self) -> Option<&Label> {
        self.0.reported.as_ref()
    }

    pub(crate) fn set_reported_in(&mut self, transaction: Label) {
        self.0.reported = Some(transaction);
    }
}

/// The last part of a type's path, without its generic arguments.
fn bare(name: &str) -> &str {
    let name = name.split('<').next().unwrap_or(name);
    name.rsplit("::").next().unwrap_or(name)
}

/// What sort of error a type is, for people: its bare name, or what it is the error of if
/// that is `Error`; nothing for types of any error.
fn sort(name: &str) -> Option<String> {
    let path = name.split('<').next().unwrap_or(name);
    let last = bare(name);
    if last != "Error" {
        let says_something = last.starts_with(char::is_alphabetic);
        return (says_something && !["String", "Box"].contains(&last)).then(|| last.to_owned());
    }
    let mut of = path.split("::").filter(|part| !["std", "core", "alloc"].contains(part));
    let of = of.next().filter(|of| !["Error", "mite", "anyhow", "eyre"].contains(of))?;
    Some(format!("{} error", of.strip_prefix("mite_").unwrap_or(of)))
}

/// A text that begins with the type of its error, as messages carry it, for people.
pub(crate) fn without_path(message: &str) -> Cow<'_, str> {
    match message.split_once(": ") {
        Some((path, text)) if path.contains("::") && !path.contains(char::is_whitespace) => {
            match sort(path) {
                Some(sort) => format!("{sort}: {text}").into(),
                None => text.into(),
            }
        }
        _ => message.into(),
    }
}

/// What `?` makes an [`Error`] of: every error that owns what it holds.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`?` makes no `mite::Error` of `{Self}`",
    label = "write `.or_error()?` for text, boxed errors and `anyhow::Error`"
)]
pub trait Exception: StdError + Send + Sync + 'static {}

// Otherwise the compiler would say what `std::error::Error` lacks, and no remedy.
#[diagnostic::do_not_recommend]
impl<E: StdError + Send + Sync + 'static> Exception for E {}

impl<E: Exception> From<E> for Error {
    #[track_caller]
    fn from(error: E) -> Self {
        Self::exception(std::any::type_name::<E>(), Box::new(error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

/// Shown when a test that returns [`Result`] fails, so it says all there is.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown_stacktrace())?;
        for (name, value) in self.0.fields.iter() {
            let name = crate::msgpack::text(name).unwrap_or("?");
            write!(f, "\n  {name}: {}", crate::msgpack::show(value, 200))?;
        }
        Ok(())
    }
}

/// Turns errors that `?` does not take (text, boxed errors, `anyhow::Error`)
/// into an [`Error`].
pub trait OrError<T> {
    /// The value, or an exception made of the error.
    ///
    /// ```
    /// use mite::prelude::*;
    /// fn half(n: u32) -> std::result::Result<u32, String> {
    ///     if n % 2 == 0 { Ok(n / 2) } else { Err(format!("{n} is odd")) }
    /// }
    /// fn quarter(n: u32) -> mite::Result<u32> {
    ///     Ok(half(half(n).or_error()?).or_error()?)
    /// }
    /// assert_eq!(quarter(6).unwrap_err().text(), "3 is odd");
    /// ```
    fn or_error(self) -> Result<T>;
}

impl<T, E: Into<Box<dyn StdError + Send + Sync>>> OrError<T> for std::result::Result<T, E> {
    #[track_caller]
    fn or_error(self) -> Result<T> {
        match self {
            Ok(value) => Ok(value),
            Err(error) => Err(Error::exception(std::any::type_name::<E>(), error.into())),
        }
    }
}

/// Ends the journey with a declared failure: `bail!("no stock for {id}", item: id)`.
///
/// ```
/// # use mite::bail;
/// fn buy(id: u32) -> mite::Result {
///     bail!("no stock for {id}", item: id, shelf: 3);
/// }
/// let error = buy(7).unwrap_err();
/// assert_eq!(error.text(), "no stock for 7");
/// assert_eq!(error.fields().get::<u32>("item"), Some(7));
/// ```
#[macro_export]
macro_rules! bail {
    ($($text:tt)+) => {
        return ::core::result::Result::Err($crate::__failure!($($text)+))
    };
}

/// Ends the journey with a declared failure unless the condition holds:
/// `ensure!(cond, "text {} {x}", y, field: value)`.
///
/// ```
/// # use mite::ensure;
/// fn check(status: u16) -> mite::Result {
///     ensure!(status < 400, "status {}", status, code: status);
///     Ok(())
/// }
/// assert!(check(200).is_ok());
/// assert_eq!(check(500).unwrap_err().fields().get::<u16>("code"), Some(500));
/// ```
#[macro_export]
macro_rules! ensure {
    ($condition:expr $(,)?) => {
        if !$condition {
            return ::core::result::Result::Err($crate::error::Error::new(
                concat!("not true: ", stringify!($condition)),
            ));
        }
    };
    ($condition:expr, $($text:tt)+) => {
        if !$condition {
            return ::core::result::Result::Err($crate::__failure!($($text)+));
        }
    };
}

/// Sorts format arguments from fields.
#[doc(hidden)]
#[macro_export]
macro_rules! __failure {
    ($text:literal $($rest:tt)*) => { $crate::__failure!(@args [$text] [] $($rest)*) };
    (@args [$($a:tt)*] [$($f:tt)*] $(,)?) => {
        $crate::error::Error::new(::std::format!($($a)*)) $($f)*
    };
    (@args [$($a:tt)*] [$($f:tt)*] , $name:ident : $value:expr $(, $($rest:tt)*)?) => {
        $crate::__failure!(@args [$($a)*] [$($f)* .field(stringify!($name), &$value)] $(, $($rest)*)?)
    };
    (@args [$($a:tt)*] [$($f:tt)*] , $name:literal : $value:expr $(, $($rest:tt)*)?) => {
        $crate::__failure!(@args [$($a)*] [$($f)* .field($name, &$value)] $(, $($rest)*)?)
    };
    (@args [$($a:tt)*] [$($f:tt)*] , $name:ident = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__failure!(@args [$($a)*, $name = $value] [$($f)*] $(, $($rest)*)?)
    };
    (@args [$($a:tt)*] [$($f:tt)*] , $value:expr $(, $($rest:tt)*)?) => {
        $crate::__failure!(@args [$($a)*, $value] [$($f)*] $(, $($rest)*)?)
    };
}

#[cfg(test)]
mod tests;
