//! What a run is called among those of one server.

use std::fmt::{self, Display};
use std::str::FromStr;

/// Most characters of a name.
const MOST: usize = 64;

/// The name of a run: a part of every subject, so letters, digits, `-` and `_` alone.
///
/// ```
/// use mite_nats::RunName;
///
/// let name: RunName = "rush-hour_2".parse().unwrap();
/// assert_eq!(name.as_str(), "rush-hour_2");
/// assert!("rush.hour".parse::<RunName>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RunName(String);

impl RunName {
    /// The name that a run has if none is given.
    pub const DEFAULT: &'static str = "mite";

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for RunName {
    fn default() -> Self {
        Self(Self::DEFAULT.to_owned())
    }
}

impl Display for RunName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RunName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        match text.chars().find(|c| !fits(*c)) {
            Some(c) => Err(format!(
                "`{text}` cannot be the name of a run: it is a part of subjects, so {c:?} is not allowed; use letters, digits, - and _"
            )),
            None if text.is_empty() => Err("a run needs a name".to_owned()),
            None if text.len() > MOST => Err(format!(
                "`{text}` is too long for the name of a run; give {MOST} characters at most"
            )),
            None => Ok(Self(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_a_subject_is_no_name() {
        for text in ["a.b", "*", ">", "a b", "", "é", &"a".repeat(MOST + 1)] {
            assert!(text.parse::<RunName>().is_err(), "{text}");
        }
        assert!("a".repeat(MOST).parse::<RunName>().is_ok());
    }
}
