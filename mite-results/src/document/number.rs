//! Numbers and texts as the file may hold them.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A number that is neither NaN nor infinite, so that JSON can hold it.
///
/// ```
/// use mite_results::document::Number;
/// use std::time::Duration;
/// assert_eq!(Number::from(Duration::from_nanos(1_234_567)).get(), 0.001235);
/// assert_eq!(Number::new(0.0 / 0.0), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Number(f64);

impl Number {
    /// `value`, unless it is NaN or infinite: what has no value is null.
    pub fn new(value: f64) -> Option<Self> {
        // Minus zero would be written as "-0.0".
        value.is_finite().then_some(Self(value + 0.0))
    }

    /// Its value.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// Seconds, to the microsecond.
impl From<Duration> for Number {
    fn from(time: Duration) -> Self {
        Self((time.as_nanos() as f64 / 1e3).round() / 1e6)
    }
}

impl From<u32> for Number {
    fn from(value: u32) -> Self {
        Self(value.into())
    }
}

/// Most bytes of a text.
pub const TEXT_LIMIT: usize = 1_024;

/// A text of at most 1 KB; a longer one is cut and ends in `…`.
///
/// ```
/// use mite_results::document::Text;
/// let text = Text::from("é".repeat(1_000));
/// assert!(text.len() <= 1_024 && text.ends_with("é…"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(String);

#[cfg(test)]
impl schemars::JsonSchema for Text {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "maxLength": TEXT_LIMIT })
    }
}

impl From<String> for Text {
    fn from(mut text: String) -> Self {
        if text.len() > TEXT_LIMIT {
            text.truncate(text.floor_char_boundary(TEXT_LIMIT - '…'.len_utf8()));
            text.push('…');
        }
        Self(text)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        // What is cut off is not copied first.
        Self::from(text[..text.floor_char_boundary(TEXT_LIMIT + 4)].to_owned())
    }
}

impl std::ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_finite() {
        assert_eq!(Number::new(f64::NAN), None);
        assert_eq!(Number::new(f64::INFINITY), None);
        assert_eq!(serde_json::to_string(&Number::new(-0.0)).expect("finite"), "0.0");
        assert!(serde_json::from_str::<Number>("1e999").is_err());
    }

    #[test]
    fn texts_of_the_limit_are_whole_and_longer_ones_are_cut() {
        let whole = "x".repeat(TEXT_LIMIT);
        assert_eq!(&*Text::from(whole.as_str()), whole);
        let cut = Text::from(format!("{whole}y").as_str());
        assert_eq!((cut.len(), cut.ends_with("x…")), (TEXT_LIMIT, true));
    }
}
