//! How many columns text takes: none for a combining mark, two for a wide character.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

use super::style::without_marks;

/// Columns of one character; a control character takes none.
pub(crate) fn of_char(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// Columns of a text.
pub(crate) fn width(text: &str) -> usize {
    // Most names are ASCII.
    match text.bytes().all(|b| (b' '..0x7f).contains(&b)) {
        true => text.len(),
        false => without_marks(text).map(of_char).sum(),
    }
}

/// The start of a text in `most` columns; what is left out leaves a `…`.
pub(crate) fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if width(text) <= most {
        return text.into();
    }
    match most {
        0 => "".into(),
        most => format!("{}…", start(text, most - 1)).into(),
    }
}

/// A text in `most` columns: of a longer one the middle is left out, since names that
/// are alike differ at their ends.
pub(crate) fn cut_middle(text: &str, most: usize) -> Cow<'_, str> {
    if width(text) <= most {
        return text.into();
    }
    if most < 5 {
        return cut(text, most);
    }
    let end = (most - 1) / 2;
    format!("{}…{}", start(text, most - 1 - end), self::end(text, end)).into()
}

/// As much of the start as has room in `most` columns.
fn start(text: &str, most: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += of_char(c);
        if used > most {
            return &text[..at];
        }
    }
    text
}

/// As much of the end as has room in `most` columns.
fn end(text: &str, most: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices().rev() {
        used += of_char(c);
        if used > most {
            return &text[at + c.len_utf8()..];
        }
    }
    text
}

/// A line in several, none wider than `most`, broken at blanks where there are some;
/// those after the first stand two columns further right.
pub(crate) fn fold(line: &str, most: usize) -> Vec<String> {
    if width(line) <= most || most < 10 {
        return vec![line.to_owned()];
    }
    let indent = line.len() - line.trim_start_matches(' ').len();
    let hanging = " ".repeat((indent + 2).min(most / 2));
    let mut lines = Vec::new();
    let mut current = " ".repeat(indent.min(most / 2));
    let mut is_empty = true;
    let mut gap = 0;
    for word in line.trim_start_matches(' ').split(' ') {
        if word.is_empty() {
            gap += 1;
            continue;
        }
        if !is_empty && width(&current) + gap + width(word) > most {
            lines.push(std::mem::replace(&mut current, hanging.clone()));
            is_empty = true;
        }
        if !is_empty {
            current.push_str(&" ".repeat(gap));
        }
        gap = 1;
        // A word that is wider than a line, such as a URL, is broken anywhere.
        for c in word.chars() {
            if width(&current) + of_char(c) > most {
                lines.push(std::mem::replace(&mut current, hanging.clone()));
            }
            current.push(c);
        }
        is_empty = false;
    }
    lines.push(current);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_and_combining_characters_have_their_columns() {
        assert_eq!(width("GET /"), 5);
        assert_eq!(width("商品"), 4);
        assert_eq!(width("u\u{308}ber"), 4);
        assert_eq!(width("שלום"), 4);
        assert_eq!(width("\x0e1red\x0f"), 3, "a mark of a style takes none");
    }

    #[test]
    fn names_lose_their_middle_and_texts_their_end() {
        assert_eq!(cut_middle("GET /shop/items/1", 11), "GET /…ems/1");
        assert_eq!(cut_middle("商品商品商品", 8), "商品…品");
        assert_eq!(cut_middle("short", 5), "short");
        assert_eq!(cut_middle("longer", 3), "lo…");
        assert_eq!(cut("longer", 4), "lon…");
        assert_eq!(cut("商品", 3), "商…");
        assert_eq!(cut("longer", 0), "");
        for most in 0..20 {
            assert!(width(&cut_middle("aä商b品cdefghij", most)) <= most, "{most}");
        }
    }

    #[test]
    fn lines_are_broken_at_blanks_and_stand_further_right() {
        assert_eq!(fold("a line", 10), ["a line"]);
        assert_eq!(fold("- one two three", 10), ["- one two", "  three"]);
        assert_eq!(fold("  one two three", 10), ["  one two", "    three"]);
        assert_eq!(fold("aa  b   c dd", 10), ["aa  b   c", "  dd"], "gaps stay");
        assert_eq!(fold("abcdefghijklm no", 10), ["abcdefghij", "  klm no"]);
        let text = "the quick 商品商品商品商品商品 brown fox";
        assert!(fold(text, 12).iter().all(|line| width(line) <= 12), "{:?}", fold(text, 12));
    }
}
