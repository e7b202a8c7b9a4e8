//! Text in columns.

use mite_core::units;

/// The longest cell, in characters.
const MOST: usize = 120;

/// Rows of cells, as wide as they need to be. The first column is names, and
/// the last may be words; all between are numbers.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    words_last: bool,
}

impl Table {
    /// A table of these columns; with `words_last`, the last is not a number.
    pub(crate) fn new(header: &[&str], words_last: bool) -> Self {
        Self { rows: vec![header.iter().map(|cell| (*cell).to_owned()).collect()], words_last }
    }

    /// Adds a row; one that is shorter than the header ends early. Names may be of any
    /// length and have lines: they are cut, and stay in their row.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        let cells = cells.into_iter().map(|cell| {
            if cell.chars().nth(MOST).is_none() && !cell.contains('\n') {
                return cell;
            }
            units::cut(&cell.replace('\n', "\\n"), MOST).into_owned()
        });
        self.rows.push(cells.collect());
    }

    /// The lines, without spaces at their ends.
    pub(crate) fn lines(&self) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            // A name alone in its row (a heading) need not fit its column.
            let cells = self.rows.iter().filter(|row| row.len() > 1);
            cells.filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
        };
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
        let line = |row: &Vec<String>| {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let width = widths[column];
                let words = column == 0 || (self.words_last && column + 1 == columns);
                if column > 0 {
                    line.push_str("  ");
                }
                line.push_str(&if words {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                });
            }
            line.trim_end().to_owned()
        };
        self.rows.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_any_length_are_cut_and_stay_in_their_row() {
        let mut table = Table::new(&["name", "n"], false);
        table.row(vec!["x".repeat(70_000), "1".into()]);
        table.row(vec!["two\nlines".into(), "2".into()]);
        let lines = table.lines();
        assert_eq!(lines[1], format!("{}…  1", "x".repeat(120)));
        assert_eq!(lines[2], format!("two\\nlines{}  2", " ".repeat(111)));
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn names_stand_left_and_numbers_right() {
        let mut table = Table::new(&["name", "n", "why"], true);
        table.row(vec!["a heading that is long".into()]);
        table.row(vec!["über".into(), "100".into(), "so".into()]);
        table.row(vec!["b".into(), "1".into(), "long".into()]);
        assert_eq!(
            table.lines(),
            ["name    n  why", "a heading that is long", "über  100  so", "b       1  long"]
        );
    }
}
