//! Rows that do not fit, in words.

use std::borrow::Cow;

use crate::msgpack::DecodeError;

/// What is wrong with a row: where in it, what was expected and what was found.
/// `names` are those of its values, if they have any; `columns` says whether they
/// are columns.
pub(super) fn described(error: &DecodeError, names: Option<&[&str]>, columns: bool) -> String {
    let (path, text) = (error.path(), error.text());
    let named = names.unwrap_or_default();
    match (path, column(path, named)) {
        ("", _) => {
            let mut text = text.to_owned();
            if let Some(names) = names {
                let are = if columns { "the columns are" } else { "it has" };
                text.push_str(&format!("; {are} {}", listed(names)));
            }
            text + &separators(named, columns)
        }
        (_, Some((column, path))) if columns => {
            format!("column {} (`{path}`): {text}", column + 1)
        }
        _ => format!("field `{path}`: {text}"),
    }
}

/// Which column a path begins with, and the path by its name.
fn column<'a>(path: &'a str, names: &[&'a str]) -> Option<(usize, Cow<'a, str>)> {
    // Columns that were asked for in order.
    let in_order = path.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    if let Some((number, rest)) = in_order {
        let column: usize = number.parse().ok()?;
        return Some((column, format!("{}{rest}", names.get(column)?).into()));
    }
    let begins = |name: &&str| {
        let rest = path.strip_prefix(*name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    // A name may have points of its own.
    let (column, _) =
        names.iter().enumerate().filter(|(_, n)| begins(n)).max_by_key(|(_, n)| n.len())?;
    Some((column, path.into()))
}

/// Names for an error, in words; a long list is cut.
pub(super) fn listed(names: &[&str]) -> String {
    const MOST: usize = 12;
    match names {
        [] => "no named fields".to_owned(),
        names => {
            let shown: Vec<_> = names.iter().take(MOST).map(|n| format!("`{n}`")).collect();
            let more = match names.len().checked_sub(MOST) {
                Some(more @ 1..) => format!(" and {more} more"),
                _ => String::new(),
            };
            shown.join(", ") + &more
        }
    }
}

/// What to say of a single column that holds all of them.
pub(super) fn separators(names: &[&str], columns: bool) -> String {
    let found = match names {
        [one] if columns => [';', '\t', '|'].into_iter().find(|c| one.contains(*c)),
        _ => None,
    };
    found.map_or_else(String::new, |c| {
        format!(
            "; the columns seem to be separated by {c:?}, and mite reads those separated by commas"
        )
    })
}
