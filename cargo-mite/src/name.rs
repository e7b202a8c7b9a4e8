//! Names of crates.

use crate::error::{Error, Result};

/// Names that a crate of load tests cannot have: words of the language, and crates that
/// it uses itself.
const TAKEN: [&str; 52] = [
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mite",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc_macro",
    "pub",
    "ref",
    "return",
    "self",
    "serde",
    "serde_json",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "tokio",
    "trait",
    "true",
    "try",
    "type",
    "use",
];

/// A crate's name as Rust code writes it.
///
/// # Errors
/// If it cannot be the name of a crate.
pub(crate) fn identifier(name: &str) -> Result<String> {
    let refuse = |why: &str| {
        Err(Error::new(format!("`{name}` cannot be the name of a crate: {why}; try `shop-load`")))
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if let Some(c) = name.chars().find(|c| !fits(*c)) {
        return refuse(&format!("`{c}` is none of a-z, 0-9, - and _"));
    }
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return refuse("it does not begin with a letter");
    }
    let identifier = name.replace('-', "_");
    match TAKEN.contains(&&*identifier) {
        true => refuse("that is a word of Rust, or a crate that it uses"),
        false => Ok(identifier),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_of_a_crate() {
        assert_eq!(identifier("shop-load").unwrap(), "shop_load");
        for (name, why) in [
            ("1shop", "it does not begin with a letter"),
            ("", "it does not begin with a letter"),
            ("shöp", "`ö` is none of a-z, 0-9, - and _"),
            ("mite", "that is a word of Rust, or a crate that it uses"),
            ("async", "that is a word of Rust, or a crate that it uses"),
        ] {
            let error = identifier(name).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("`{name}` cannot be the name of a crate: {why}; try `shop-load`")
            );
        }
    }
}
