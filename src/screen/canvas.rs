//! What stands in each place of the screen.

use std::borrow::Cow;

use crate::terminal::plain::plain;
use crate::terminal::size::Size;
use crate::terminal::style::Style;
use crate::terminal::width;

/// A place of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// What stands there; none if a wide character stands before it.
    pub(super) c: Option<char>,
    pub(super) style: Style,
}

const BLANK: Cell = Cell { c: Some(' '), style: Style::Plain };

/// All places of a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Canvas {
    pub(super) width: usize,
    pub(super) height: usize,
    cells: Vec<Cell>,
    /// What stands at the end of a line that is cut.
    more: char,
}

impl Canvas {
    /// An empty one; `more` stands at the end of a line that is cut.
    pub(super) fn new(size: Size, more: char) -> Self {
        let (width, height) = (usize::from(size.columns), usize::from(size.rows));
        Self { width, height, cells: vec![BLANK; width * height], more }
    }

    /// Nobody knows what stands there any more: all of it differs from any other.
    pub(super) fn forget(&mut self) {
        self.cells.fill(Cell { c: None, style: Style::Chosen });
    }

    /// The places of a row.
    pub(super) fn row(&self, y: usize) -> &[Cell] {
        &self.cells[y * self.width..(y + 1) * self.width]
    }

    /// Writes a line from there on, in `room` columns at most. What has no room is left
    /// out, and seen to be: half a number would be another one. Nothing stands outside.
    pub(super) fn line(&mut self, (x, y): (usize, usize), line: &Line, room: usize) {
        if y >= self.height {
            return;
        }
        let end = (x + room).min(self.width);
        let mut at = x;
        for (style, text) in &line.0 {
            for c in text.chars() {
                let columns = width::of_char(c);
                if columns == 0 {
                    // A mark that combines with the character before it has no place.
                    continue;
                }
                if at + columns > end {
                    if let Some(last) = end.checked_sub(1).filter(|last| *last >= x) {
                        self.put((last, y), Some(self.more), *style);
                        if last > at {
                            self.put((at, y), Some(' '), *style);
                        }
                    }
                    return;
                }
                self.put((at, y), Some(c), *style);
                if columns == 2 {
                    self.put((at + 1, y), None, *style);
                }
                at += columns;
            }
        }
    }

    fn put(&mut self, (x, y): (usize, usize), c: Option<char>, style: Style) {
        self.cells[y * self.width + x] = Cell { c, style };
    }

    /// The rows as text, without blanks at their ends.
    #[cfg(test)]
    pub(super) fn text(&self) -> Vec<String> {
        let row = |y| self.row(y).iter().filter_map(|cell| cell.c).collect::<String>();
        (0..self.height).map(|y| row(y).trim_end().to_owned()).collect()
    }
}

/// A line of text in several styles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line(Vec<(Style, String)>);

impl Line {
    /// A line in one style.
    pub(super) fn of(style: Style, text: impl AsRef<str>) -> Self {
        Self::default().with(style, text)
    }

    /// Adds a text, made fit for a terminal.
    pub(super) fn with(mut self, style: Style, text: impl AsRef<str>) -> Self {
        self.add(style, text);
        self
    }

    /// See [`with`](Self::with).
    pub(super) fn add(&mut self, style: Style, text: impl AsRef<str>) {
        let text = one_line(text.as_ref());
        self.0.push((style, text.into_owned()));
    }

    /// Columns of it.
    pub(super) fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| width::width(text)).sum()
    }

    /// Adds blanks until it is so wide.
    pub(super) fn pad(&mut self, to: usize) {
        let blanks = to.saturating_sub(self.width());
        if blanks > 0 {
            self.0.push((Style::Plain, " ".repeat(blanks)));
        }
    }

    /// Adds another at the right end of `width` columns, if there is room for both.
    pub(super) fn with_right(mut self, right: Self, width: usize) -> Self {
        let (own, other) = (self.width(), right.width());
        if own + other < width {
            self.pad(width - other);
            self.0.extend(right.0);
        }
        self
    }

    /// Adds another.
    pub(super) fn join(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Everything in one style.
    pub(super) fn restyled(mut self, style: Style) -> Self {
        self.0.iter_mut().for_each(|(own, _)| *own = style);
        self
    }
}

/// Without control characters, and without lines.
fn one_line(text: &str) -> Cow<'_, str> {
    match text.contains(['\n', '\t']) {
        true => plain(&text.replace(['\n', '\t'], " ")).into_owned().into(),
        false => plain(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_stands_outside_and_wide_characters_have_two_places() {
        let mut canvas = Canvas::new(Size { rows: 3, columns: 8 }, '~');
        canvas.line((0, 0), &Line::of(Style::Bad, "商品 123"), 99);
        canvas.line((5, 1), &Line::of(Style::Plain, "商品"), 99);
        canvas.line((1, 2), &Line::of(Style::Plain, "12345"), 4);
        canvas.line((0, 7), &Line::of(Style::Plain, "below"), 99);
        assert_eq!(canvas.text(), ["商品 123", "     商~", " 123~"]);
        assert_eq!(canvas.row(0)[1], Cell { c: None, style: Style::Bad });
    }

    #[test]
    fn what_moves_the_cursor_is_text() {
        let line = Line::of(Style::Plain, "a\x1b[2J\nb\u{202e}");
        assert_eq!(line.width(), r"a\u{1b}[2J b\u{202e}".len());
    }

    #[test]
    fn what_stands_right_needs_room() {
        let of = |text| Line::of(Style::Plain, text);
        assert_eq!(of("left").with_right(of("right"), 12).width(), 12);
        assert_eq!(of("left").with_right(of("right"), 9), of("left"));
    }
}
