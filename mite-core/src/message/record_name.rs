//! What a record may be called.

/// Bytes of the longest name: file systems take 255, and the ending needs some.
const LONGEST: usize = 200;

/// Characters of a wrong name that are shown.
const SHOWN: usize = 60;

/// Whether `name` can be that of a record: it is the name of a file, of 1 to 200
/// bytes and not all blank, without `/`, `\`, control characters or a leading
/// dot. No name leads out of the directory of records.
///
/// # Errors
/// If it cannot; the text says the name and the rule.
///
/// ```
/// use mite_core::message::check_name;
/// assert!(check_name("users").is_ok() && check_name("naïve name-1").is_ok());
/// assert!(check_name("../up").unwrap_err().starts_with("\"../up\" cannot be the name of a record"));
/// ```
pub fn check_name(name: &str) -> Result<(), String> {
    let plain = |c: char| !matches!(c, '/' | '\\') && !c.is_control();
    let sized = name.len() <= LONGEST && !name.trim().is_empty();
    if sized && !name.starts_with('.') && name.chars().all(plain) {
        return Ok(());
    }
    let mut shown: String = name.chars().take(SHOWN).collect();
    if shown.len() < name.len() {
        shown.push('…');
    }
    Err(format!(
        "{shown:?} cannot be the name of a record: that is the name of a file, of 1 to {LONGEST} bytes and not all blank, without `/`, `\\`, control characters or a leading dot"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_or_cannot_be_seen_are_refused() {
        let (longest, longer) = ("x".repeat(200), "é".repeat(101));
        for name in ["a", "a b", " a", "a.b", "ключ", "-", &longest] {
            assert_eq!(check_name(name), Ok(()));
        }
        for name in
            ["", " ", "\u{3000}", ".", "..", ".a", "/a", "a/b", "a\\b", "a\0", "a\n", &longer]
        {
            let why = check_name(name).unwrap_err();
            assert!(why.contains("cannot be the name of a record: that is"), "{why}");
        }
        let shown = format!("\"{}…\" cannot", "é".repeat(60));
        assert!(check_name(&longer).unwrap_err().starts_with(&shown));
        assert!(check_name("a\0").unwrap_err().starts_with("\"a\\0\" cannot"));
    }
}
