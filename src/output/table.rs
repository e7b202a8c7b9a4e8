//! Text in columns.

use std::cell::RefCell;

use mite_core::units;

use crate::terminal::style::{Style, marked};
use crate::terminal::width::{cut, cut_middle, width};

/// The longest cell, in characters.
const MOST: usize = 120;

/// A column of names is cut to so many columns before others are left out.
const LEAST_NAME: usize = 22;

/// A last column of words likewise.
const LEAST_WORDS: usize = 12;

/// Between two columns.
const GAP: &str = "  ";

/// Columns that may be left out for want of room, the first of them first; all others
/// go after them, from the right.
const LEAST_IMPORTANT: [&str; 17] = [
    "min",
    "mean",
    "Min",
    "+/- Std Dev",
    "Std Dev",
    "p95",
    "told",
    "cancelled",
    "from",
    "p90",
    "responses",
    "values",
    "samples",
    "per second",
    "max",
    "to",
    "p50",
];

/// How much room tables have, and what found none.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// Columns of the terminal; `None` for lines of any length.
    columns: Option<usize>,
    left_out: RefCell<Vec<String>>,
}

impl Room {
    /// So many columns, or lines of any length.
    pub(crate) fn of(columns: Option<usize>) -> Self {
        Self { columns, left_out: RefCell::default() }
    }

    /// Columns of the terminal, if lines must not be longer.
    pub(crate) fn columns(&self) -> Option<usize> {
        self.columns
    }

    /// The heads of columns that were left out until now, each once.
    pub(crate) fn left_out(&self) -> Vec<String> {
        self.left_out.borrow().clone()
    }

    fn leave_out(&self, column: &str) {
        let mut left_out = self.left_out.borrow_mut();
        if !column.is_empty() && !left_out.iter().any(|known| known == column) {
            left_out.push(column.to_owned());
        }
    }
}

/// Rows of cells, as wide as they need to be. The first column is names, and
/// the last may be words; all between are numbers.
pub(crate) struct Table {
    rows: Vec<Row>,
    words_last: bool,
}

struct Row {
    style: Style,
    cells: Vec<String>,
}

impl Table {
    /// A table of these columns; with `words_last`, the last is not a number.
    pub(crate) fn new(header: &[&str], words_last: bool) -> Self {
        let cells = header.iter().map(|cell| (*cell).to_owned()).collect();
        Self { rows: vec![Row { style: Style::Head, cells }], words_last }
    }

    /// Adds a row; one that is shorter than the header ends early. Names may be of any
    /// length and have lines: they are cut, and stay in their row.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.styled(Style::Plain, cells);
    }

    /// Adds a row that looks like this.
    pub(crate) fn styled(&mut self, style: Style, cells: Vec<String>) {
        let cells = cells.into_iter().map(|cell| {
            if cell.chars().nth(MOST).is_none() && !cell.contains('\n') {
                return cell;
            }
            units::cut(&cell.replace('\n', "\\n"), MOST).into_owned()
        });
        self.rows.push(Row { style, cells: cells.collect() });
    }

    /// The lines, without spaces at their ends, none wider than there is room. Names lose
    /// their middle for it, and the less important columns are left out.
    pub(crate) fn lines(&self, room: &Room) -> Vec<String> {
        let mut widths = self.widths();
        if let Some(most) = room.columns {
            self.fit(&mut widths, most, room);
        }
        self.rows.iter().map(|row| self.line(row, &widths, room.columns)).collect()
    }

    /// The width of each column; `None` for one that is left out.
    fn widths(&self) -> Vec<Option<usize>> {
        let columns = self.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
        let width = |column: usize| {
            // A name alone in its row (a heading) need not fit its column.
            let rows = self.rows.iter().filter(|row| row.cells.len() > 1);
            rows.filter_map(|row| row.cells.get(column)).map(|cell| width(cell)).max()
        };
        (0..columns).map(|column| Some(width(column).unwrap_or(0))).collect()
    }

    fn is_words(&self, column: usize, columns: usize) -> bool {
        column == 0 || (self.words_last && column + 1 == columns)
    }

    /// Makes the columns narrow enough, leaving some out if that is not enough.
    fn fit(&self, widths: &mut [Option<usize>], most: usize, room: &Room) {
        let columns = widths.len();
        let least = |column: usize, width: usize| match column {
            0 => width.min(LEAST_NAME),
            at if self.is_words(at, columns) => width.min(LEAST_WORDS),
            _ => width,
        };
        let needed = |widths: &[Option<usize>]| {
            let there = widths.iter().enumerate();
            let each = there.filter_map(|(at, width)| Some(least(at, (*width)?) + GAP.len()));
            each.sum::<usize>().saturating_sub(GAP.len())
        };
        while needed(widths) > most {
            let Some(column) = self.least_important(widths) else { break };
            widths[column] = None;
            room.leave_out(self.rows[0].cells.get(column).map_or("", |head| head));
        }
        // What is left of the room is for the words behind, then for the names.
        let mut spare = most.saturating_sub(needed(widths));
        for column in [columns.saturating_sub(1), 0] {
            if let Some(width) = widths[column].filter(|_| self.is_words(column, columns)) {
                let least = least(column, width);
                let given = (width - least).min(spare);
                spare -= given;
                widths[column] = Some(least + given);
            }
        }
        if let [Some(only), rest @ ..] = widths
            && rest.iter().all(Option::is_none)
        {
            *only = (*only).min(most);
        }
    }

    /// The column to leave out next; none if only names are left.
    fn least_important(&self, widths: &[Option<usize>]) -> Option<usize> {
        let head = |column: usize| self.rows[0].cells.get(column).map_or("", |head| head);
        let there = || (1..widths.len()).filter(|column| widths[*column].is_some());
        let listed = LEAST_IMPORTANT.iter().find_map(|name| there().find(|c| head(*c) == *name));
        listed.or_else(|| there().next_back())
    }

    fn line(&self, row: &Row, widths: &[Option<usize>], most: Option<usize>) -> String {
        let mut line = String::new();
        if let [heading] = &row.cells[..] {
            line.push_str(&most.map_or(heading.into(), |most| cut_middle(heading, most)));
            return marked(row.style, line.trim_end());
        }
        for (column, cell) in row.cells.iter().enumerate() {
            let Some(most) = widths[column] else { continue };
            let cell = match column {
                0 => cut_middle(cell, most),
                _ => cut(cell, most),
            };
            let blanks = " ".repeat(most - width(&cell).min(most));
            if column > 0 {
                line.push_str(GAP);
            }
            let parts: [&str; 2] = match self.is_words(column, widths.len()) {
                true => [&cell, &blanks],
                false => [&blanks, &cell],
            };
            parts.iter().for_each(|part| line.push_str(part));
        }
        marked(row.style, line.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::style::painted;

    fn lines(table: &Table, columns: Option<usize>) -> Vec<String> {
        let lines = table.lines(&Room::of(columns));
        lines.iter().map(|line| painted(line, false)).collect()
    }

    #[test]
    fn cells_of_any_length_are_cut_and_stay_in_their_row() {
        let mut table = Table::new(&["name", "n"], false);
        table.row(vec!["x".repeat(70_000), "1".into()]);
        table.row(vec!["two\nlines".into(), "2".into()]);
        let lines = lines(&table, None);
        assert_eq!(lines[1], format!("{}…  1", "x".repeat(120)));
        assert_eq!(lines[2], format!("two\\nlines{}  2", " ".repeat(111)));
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn names_stand_left_and_numbers_right() {
        let mut table = Table::new(&["name", "n", "why"], true);
        table.row(vec!["a heading that is long".into()]);
        table.row(vec!["über".into(), "100".into(), "so".into()]);
        table.row(vec!["商品".into(), "1".into(), "long".into()]);
        assert_eq!(
            lines(&table, None),
            ["name    n  why", "a heading that is long", "über  100  so", "商品    1  long"]
        );
    }

    fn requests() -> Table {
        let mut table = Table::new(
            &["REQUESTS", "count", "failed", "min", "mean", "p50", "p99", "max", "responses"],
            true,
        );
        table.row(vec!["shop:buy, a transaction with a long name".into()]);
        let times = ["1.00 ms", "2.00 ms", "3.00 ms", "6.00 ms", "7.00 ms"].map(str::to_owned);
        let mut cells = vec!["  GET /shop/items/of/a/customer/1".into(), "2000".into(), "5".into()];
        cells.extend(times);
        cells.push("200: 1990, 404: 5, connect: 5".into());
        table.row(cells);
        table
    }

    #[test]
    fn in_a_narrow_terminal_names_are_cut_and_the_less_important_columns_left_out() {
        let table = requests();
        assert_eq!(
            lines(&table, Some(80)),
            [
                "REQUESTS                count  failed      p50      p99      max  responses",
                "shop:buy, a transaction with a long name",
                "  GET /shop…customer/1   2000       5  3.00 ms  6.00 ms  7.00 ms  200: 1990, 40…",
            ]
        );
        let room = Room::of(Some(80));
        table.lines(&room);
        assert_eq!(room.left_out(), ["min", "mean"]);
        assert_eq!(
            lines(&table, Some(40)),
            [
                "REQUESTS                   count  failed",
                "shop:buy, a transaction with a long name",
                "  GET /shop/…a/customer/1   2000       5",
            ]
        );
        for columns in 1..140 {
            let lines = lines(&table, Some(columns));
            assert!(lines.iter().all(|line| width(line) <= columns), "{columns}: {lines:#?}");
        }
        assert_eq!(lines(&table, Some(200)), lines(&table, None));
    }
}
