//! Text from anywhere, made fit for a terminal.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with its control characters shown as escapes, so that it cannot move the
/// cursor, clear the screen or turn the direction of writing; lines and tabs stay.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unfit) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match is_unfit(c) {
            // A String takes all that is written.
            true => drop(write!(shown, "{}", c.escape_default())),
            false => shown.push(c),
        }
    }
    shown.into()
}

fn is_unfit(c: char) -> bool {
    let turns =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (c.is_control() && c != '\n' && c != '\t') || turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_the_cursor_is_shown_as_escapes() {
        assert_eq!(plain("a\x1b[2Jb\rc\0\x07\u{9b}1m"), r"a\u{1b}[2Jb\rc\u{0}\u{7}\u{9b}1m");
        assert_eq!(plain("\u{202e}txt.exe"), r"\u{202e}txt.exe");
        assert!(matches!(plain("über\tall\n€"), Cow::Borrowed("über\tall\n€")));
    }
}
