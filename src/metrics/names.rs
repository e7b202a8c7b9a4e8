//! Names that monitoring systems take.

use std::borrow::Cow;

/// A metric's name: letters, digits, `_` and `:`, no digit first.
pub(super) fn metric(name: &str) -> Cow<'_, str> {
    clean(name, |c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
}

/// A label's name: letters, digits and `_`, no digit first, and none that has a meaning.
pub(super) fn label(name: &str) -> Cow<'_, str> {
    let clean = clean(name, |c| c.is_ascii_alphanumeric() || c == '_');
    match clean.starts_with("__") || ["le", "quantile", "job", "instance"].contains(&&*clean) {
        true => format!("own_{}", clean.trim_start_matches('_')).into(),
        false => clean,
    }
}

fn clean(name: &str, is_allowed: impl Fn(char) -> bool) -> Cow<'_, str> {
    let starts_badly = name.starts_with(|c: char| c.is_ascii_digit()) || name.is_empty();
    if !starts_badly && name.chars().all(&is_allowed) {
        return name.into();
    }
    let start = if starts_badly { "_" } else { "" };
    let rest = name.chars().map(|c| if is_allowed(c) { c } else { '_' });
    start.chars().chain(rest).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_name_becomes_one() {
        let names = ["orders", "a:b", "queue depth", "3d", "größe", ""];
        assert_eq!(names.map(metric), ["orders", "a:b", "queue_depth", "_3d", "gr__e", "_"]);
        let labels = ["kind", "a:b", "le", "__name__", "1", "job"];
        assert_eq!(labels.map(label), ["kind", "a_b", "own_le", "own_name__", "_1", "own_job"]);
    }
}
