//! Names of requests with the tags that make them series of their own.
//!
//! They are parts of the name that a request is counted under, so that counting knows
//! nothing of them; whoever shows it takes them apart.

use super::series::Request;
use crate::label::Label;

/// Before each tag: a control character that no name has.
const TAG: char = '\u{1f}';

/// Between its name and its value.
const VALUE: char = '\u{1e}';

/// A request's name with tags; sorted by name they are one series in any order.
///
/// ```
/// use mite_core::label::Label;
/// use mite_core::stats::{Request, tagged};
/// let name = tagged("GET /orders", [("region", "eu")]);
/// let request = Request { protocol: "http", name };
/// assert_eq!(request.base_name(), "GET /orders");
/// assert_eq!(request.title(), "GET /orders {region=\"eu\"}");
/// ```
pub fn tagged<'a>(name: &str, tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Label {
    let mut tags: Vec<_> = tags.into_iter().collect();
    if tags.is_empty() {
        return Label::intern(name);
    }
    tags.sort_unstable();
    let mut text = plain(name).into_owned();
    for (name, value) in tags {
        text.extend([TAG]);
        text.push_str(&plain(name));
        text.extend([VALUE]);
        text.push_str(&plain(value));
    }
    Label::intern(&text)
}

/// Without the characters that have a meaning.
fn plain(text: &str) -> std::borrow::Cow<'_, str> {
    match text.contains([TAG, VALUE]) {
        true => text.replace([TAG, VALUE], " ").into(),
        false => text.into(),
    }
}

impl Request {
    /// What it is counted as, without its tags.
    pub fn base_name(&self) -> &str {
        self.name.as_str().split(TAG).next().unwrap_or_default()
    }

    /// The tags that make it a series of its own, by name.
    pub fn tags(&self) -> impl Iterator<Item = (&str, &str)> {
        let tags = self.name.as_str().split(TAG).skip(1);
        tags.map(|tag| tag.split_once(VALUE).unwrap_or((tag, "")))
    }

    /// What people call it: `GET /orders {region="eu"}`.
    pub fn title(&self) -> String {
        let tags: Vec<_> = self.tags().map(|(name, value)| format!("{name}={value:?}")).collect();
        match tags.is_empty() {
            true => self.base_name().to_owned(),
            false => format!("{} {{{}}}", self.base_name(), tags.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_come_apart_again_in_any_order() {
        let name = tagged("GET /a", [("tier", "gold"), ("region", "e\u{1f}u\u{1e}=x")]);
        assert_eq!(name, tagged("GET /a", [("region", "e u =x"), ("tier", "gold")]));
        let request = Request { protocol: "http", name };
        let tags: Vec<_> = request.tags().collect();
        assert_eq!(tags, [("region", "e u =x"), ("tier", "gold")]);
        assert_eq!(request.title(), "GET /a {region=\"e u =x\", tier=\"gold\"}");
        let plain = Request { protocol: "http", name: tagged("GET /{id}", []) };
        assert_eq!((plain.title(), plain.tags().count()), ("GET /{id}".to_owned(), 0));
    }
}
