//! What has to be written for a screen to look like another.

use std::fmt::Write;

use super::canvas::{Canvas, Cell};
use crate::terminal::style::Style;

/// Puts the cursor home, clears everything.
const CLEAR: &str = "\x1b[0m\x1b[H\x1b[2J";

/// The bytes that make a screen that shows `before` show `next`: only what differs.
/// `None`, or a screen of another size, is drawn anew.
pub(super) fn difference(before: Option<&Canvas>, next: &Canvas, colours: bool) -> String {
    let before = before.filter(|b| (b.width, b.height) == (next.width, next.height));
    let mut text = String::new();
    if before.is_none() {
        text.push_str(CLEAR);
    }
    let mut style = Style::Plain;
    for y in 0..next.height {
        let row = next.row(y);
        let old = before.map(|before| before.row(y));
        let mut x = 0;
        while x < row.len() {
            let differs = |at: usize| match old {
                Some(old) => old[at] != row[at],
                None => row[at] != Cell { c: Some(' '), style: Style::Plain },
            };
            if !differs(x) {
                x += 1;
                continue;
            }
            // Both halves of a wide character, whichever differs.
            while x > 0 && row[x].c.is_none() {
                x -= 1;
            }
            let _ = write!(text, "\x1b[{};{}H", y + 1, x + 1);
            while x < row.len() && (differs(x) || row[x].c.is_none()) {
                if let Some(c) = row[x].c {
                    if row[x].style != style && colours {
                        style = row[x].style;
                        let _ = write!(text, "\x1b[{}m", style.code());
                    }
                    text.push(c);
                }
                x += 1;
            }
        }
    }
    if style != Style::Plain {
        text.push_str("\x1b[0m");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::canvas::Line;
    use crate::terminal::size::Size;

    fn canvas(size: (u16, u16), lines: &[(Style, &str)]) -> Canvas {
        let mut canvas = Canvas::new(Size { rows: size.0, columns: size.1 }, '~');
        for (y, (style, text)) in lines.iter().enumerate() {
            canvas.line((0, y), &Line::of(*style, text), 99);
        }
        canvas
    }

    #[test]
    fn only_what_differs_is_written() {
        let (a, b) = (
            canvas((2, 9), &[(Style::Plain, "1 request"), (Style::Bad, "same")]),
            canvas((2, 9), &[(Style::Plain, "2 request"), (Style::Bad, "same")]),
        );
        assert_eq!(difference(Some(&a), &b, true), "\x1b[1;1H2");
        let other = canvas((3, 9), &[]);
        assert!(difference(Some(&a), &other, true).starts_with(CLEAR));
        assert!(!difference(None, &a, false).contains("\x1b[0;1;31m"), "no colours");
    }
}
