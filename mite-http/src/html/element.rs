//! Elements of a page.

use mite_core::error::{Error, Result};
use scraper::{ElementRef, Selector};

/// An element of a page, as it was when it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    name: String,
    text: String,
    html: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    pub(super) fn of(element: ElementRef<'_>) -> Self {
        let attributes = element.value().attrs();
        Self {
            name: element.value().name().to_owned(),
            text: text_of(element),
            html: element.html(),
            attributes: attributes.map(|(name, value)| (name.into(), value.into())).collect(),
        }
    }

    /// The name of its tag, in small letters.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its text and that of all in it, with single blanks between words.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// An attribute, whose name is in small letters.
    pub fn attr(&self, name: &str) -> Option<&str> {
        let mut all = self.attributes.iter();
        all.find(|(of, _)| of == name).map(|(_, value)| value.as_str())
    }

    /// Its HTML, with that of all in it.
    pub fn html(&self) -> &str {
        &self.html
    }
}

/// The text in an element, as people read it: with single blanks between words.
pub(super) fn text_of(element: ElementRef<'_>) -> String {
    let text: String = element.text().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A CSS selector.
///
/// # Errors
/// If it is none.
#[track_caller]
pub(super) fn selector(css: &str) -> Result<Selector> {
    Selector::parse(css).map_err(|_| Error::new(format!("`{css}` is no CSS selector")))
}

/// One that is known to be right.
pub(super) fn known(css: &'static str) -> Selector {
    Selector::parse(css).expect("it was tried")
}
