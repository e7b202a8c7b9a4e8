//! The bar, and what others print while it stands.

use super::bar::{Bar, take_away};
use super::size::Size;

/// A terminal, and what stands in its rows that are not empty.
struct Screen(vt100::Parser);

impl Screen {
    fn new(rows: u16, columns: u16) -> Self {
        Self(vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0))
    }

    /// As a terminal gets it: the kernel returns the carriage at each line's end.
    fn write(&mut self, text: &str) {
        self.0.process(text.replace('\n', "\r\n").as_bytes());
    }

    fn rows(&self) -> Vec<String> {
        let columns = self.0.screen().size().1.get();
        self.0.screen().rows(0, columns).collect()
    }
}

const SMALL: Size = Size { rows: 4, columns: 20 };

#[test]
fn text_of_others_stands_above_the_bar_and_goes_on_where_it_was() {
    let (mut screen, mut bar) = (Screen::new(4, 20), Bar::default());
    // In the last row, in the middle of a line.
    screen.write("1\n2\n3\nhalf ");
    screen.write(&bar.show("[#---]", Some(SMALL)));
    screen.write("a line\n");
    assert_eq!(screen.rows(), ["3", "half a line", "", "[#---]"]);
    screen.write("\x1b[31mred\nand ");
    screen.write(&bar.show("[##--]", Some(SMALL)));
    screen.write("more\n");
    assert_eq!(screen.rows(), ["red", "and more", "", "[##--]"]);
    let cell = screen.0.screen().cell(3, 0).unwrap();
    assert_eq!(cell.fgcolor(), vt100::Color::Default, "colours of others are theirs");
    screen.write(&bar.show("", Some(SMALL)));
    screen.write("4\n5\n6");
    assert_eq!(screen.rows(), ["and more", "4", "5", "6"]);
    assert_eq!(take_away(), "", "it is gone");

    // A window that has become smaller or larger, with the cursor in its last row.
    for (rows, columns) in [(4, 20), (6, 30), (5, 10)] {
        screen.0.screen_mut().set_size(rows.try_into().unwrap(), columns.try_into().unwrap());
        screen.write(&format!("\x1b[{rows};1H\x1b[2J"));
        screen.write(&bar.show("[###-]", Some(Size { rows, columns })));
        screen.write("7\n8\n");
        let mut expected = vec![""; usize::from(rows)];
        let above = expected.len() - 4;
        expected[above..].copy_from_slice(&["7", "8", "", "[###-]"]);
        assert_eq!(screen.rows(), expected);
    }
    screen.write(take_away());
    assert_eq!(screen.rows().last().unwrap(), "", "a stopped process takes it away too");
}
