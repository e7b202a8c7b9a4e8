//! Colours: sixteen at most, and never the only thing that says something.
//!
//! A text that is to be shown carries marks, which take no columns; whether they become
//! colours is known when it is written.

use std::io::{IsTerminal, Stdout};

use super::plain::plain;

/// What a piece of text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Style {
    #[default]
    Plain,
    /// The head of a table, the title of a section.
    Head,
    /// Something that is as it should be.
    Good,
    /// Something that needs a look.
    Warn,
    /// Something that is broken.
    Bad,
    /// What is less important than the rest.
    Dim,
    /// What is chosen.
    Chosen,
}

const ALL: [Style; 6] =
    [Style::Head, Style::Good, Style::Warn, Style::Bad, Style::Dim, Style::Chosen];

/// Begins a mark (shift out); one character that says which follows.
const BEGIN: char = '\x0e';

/// Ends what was marked (shift in).
const END: char = '\x0f';

impl Style {
    /// What the terminal needs to be told (SGR).
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Plain => "0",
            Self::Head => "0;1",
            Self::Good => "0;32",
            Self::Warn => "0;33",
            Self::Bad => "0;1;31",
            Self::Dim => "0;2",
            Self::Chosen => "0;7",
        }
    }

    fn mark(self) -> char {
        let at = ALL.iter().position(|style| *style == self).map_or(0, |at| at as u8 + 1);
        char::from(b'0' + at)
    }
}

/// A text with marks.
pub(crate) fn marked(style: Style, text: &str) -> String {
    match style {
        Style::Plain => text.to_owned(),
        style => format!("{BEGIN}{}{text}{END}", style.mark()),
    }
}

/// The title of a section.
pub(crate) fn head(title: &str) -> String {
    marked(Style::Head, title)
}

/// The characters of a text that are no marks.
pub(crate) fn without_marks(text: &str) -> impl Iterator<Item = char> {
    let mut chars = text.chars();
    std::iter::from_fn(move || {
        loop {
            match chars.next()? {
                BEGIN => drop(chars.next()),
                END => {}
                c => return Some(c),
            }
        }
    })
}

/// A text fit for a terminal, or anything else: its marks are colours or nothing, and its
/// control characters escapes.
pub(crate) fn painted(text: &str, colours: bool) -> String {
    let mut shown = String::with_capacity(text.len() + 16);
    let mut pieces = text.split([BEGIN, END]);
    shown.push_str(&plain(pieces.next().unwrap_or_default()));
    let mut at = text.find([BEGIN, END]);
    for piece in pieces {
        let begins = at.is_some_and(|at| text[at..].starts_with(BEGIN));
        at = at.and_then(|at| Some(at + 1 + text[at + 1..].find([BEGIN, END])?));
        let (style, piece) = match begins {
            false => (Style::Plain, piece),
            true => {
                let mark = piece.chars().next();
                let style = ALL.into_iter().find(|style| Some(style.mark()) == mark);
                let rest = mark.map_or(0, char::len_utf8);
                (style.unwrap_or_default(), &piece[rest..])
            }
        };
        if colours {
            shown.push_str(&format!("\x1b[{}m", style.code()));
        }
        shown.push_str(&plain(piece));
    }
    shown
}

/// Whether what is written there has colours: on a terminal that knows more than text,
/// unless `NO_COLOR` is set; anywhere if `CLICOLOR_FORCE` says so.
pub(crate) fn has_colours(out: &Stdout) -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let forced = std::env::var_os("CLICOLOR_FORCE").is_some_and(|v| !v.is_empty() && v != "0");
    match (is_set("NO_COLOR"), forced) {
        (true, _) => false,
        (false, true) => true,
        (false, false) => out.is_terminal() && super::size::moves_cursor(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_colours_or_nothing() {
        let text = format!("a {} b {}", marked(Style::Bad, "red"), marked(Style::Good, "\x1b[2J"));
        assert_eq!(painted(&text, false), r"a red b \u{1b}[2J");
        let green = "\x1b[0;32m\\u{1b}[2J\x1b[0m";
        assert_eq!(painted(&text, true), format!("a \x1b[0;1;31mred\x1b[0m b {green}"));
        assert_eq!(without_marks(&text).collect::<String>(), "a red b \x1b[2J");
    }

    #[test]
    fn marks_that_others_have_written_do_no_harm() {
        for text in ["\x0e", "\x0f", "\x0eü", "a\x0e9b", "\x0e\x0e1"] {
            let shown = painted(text, true);
            assert!(!shown.contains(['\x0e', '\x0f']), "{shown:?}");
        }
        assert_eq!(painted("a\x0e9b\x0fc", false), "abc");
    }
}
