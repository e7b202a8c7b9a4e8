//! Names of registered items: `package::module:name`.

use std::fmt;

/// A name as people write it, in one spelling for comparison.
///
/// `::`, `.` and `:` are interchangeable, `-` counts as `_`, and `r#` is dropped.
///
/// ```
/// use mite_core::spec::Spec;
/// assert_eq!(Spec::new("shop.login.signin"), Spec::new("shop::login:signin"));
/// assert_eq!(Spec::new("my-tests:r#move").to_string(), "my_tests:move");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spec(Vec<String>);

impl Spec {
    /// Reads a name. Never fails: what nobody registered is not found later.
    pub fn new(text: &str) -> Self {
        Self(
            text.split([':', '.'])
                .map(|part| part.trim())
                .filter(|part| !part.is_empty())
                .map(|part| part.strip_prefix("r#").unwrap_or(part).replace('-', "_"))
                .collect(),
        )
    }
}

/// As mite shows it: modules joined by `::`, then `:` and the item's name.
impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_last() {
            Some((name, [])) => f.write_str(name),
            Some((name, modules)) => write!(f, "{}:{name}", modules.join("::")),
            None => Ok(()),
        }
    }
}

/// Edits between two names (Levenshtein).
pub(crate) fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// The word that was probably meant, if one is near enough: a third of its letters
/// may differ.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.into_iter().map(|name| (edits(word, name), name)).min()?;
    (near.0 <= word.chars().count().div_ceil(3)).then_some(near.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_are_one() {
        let one = Spec::new("shop::login:signin");
        for spelling in [
            "shop.login.signin",
            "shop:login:signin",
            "shop::login::signin",
            " shop::login : signin",
        ] {
            assert_eq!(Spec::new(spelling), one, "{spelling}");
        }
        assert_eq!(one.to_string(), "shop::login:signin");
        assert_eq!(Spec::new("my-crate:r#type"), Spec::new("my_crate:type"));
        assert_ne!(Spec::new("shop:login"), one);
    }
}
