//! Screens, one after the other.

use super::canvas::{Canvas, Line};
use super::painter::difference;
use crate::terminal::size::Size;
use crate::terminal::style::Style;

fn canvas(size: (u16, u16), lines: &[(Style, &str)]) -> Canvas {
    let mut canvas = Canvas::new(Size { rows: size.0, columns: size.1 }, '~');
    for (y, (style, text)) in lines.iter().enumerate() {
        canvas.line((0, y), &Line::of(*style, text), 99);
    }
    canvas
}

#[test]
fn a_terminal_shows_each_screen_after_the_other() {
    let screens = [
        canvas((3, 12), &[(Style::Head, "one 商品"), (Style::Plain, "two")]),
        canvas((3, 12), &[(Style::Head, "one 商b品"), (Style::Bad, "two"), (Style::Dim, "3")]),
        canvas((3, 12), &[(Style::Plain, "x商品y"), (Style::Plain, "")]),
        canvas((3, 12), &[(Style::Plain, "商品商品商品"), (Style::Good, "123456789012")]),
        canvas((3, 12), &[(Style::Plain, "a商品商品b")]),
    ];
    let mut terminal = vt100::Parser::new(3.try_into().unwrap(), 12.try_into().unwrap(), 0);
    let mut before = None;
    for screen in &screens {
        let text = difference(before, screen, true);
        terminal.process(text.as_bytes());
        let rows: Vec<String> = terminal.screen().rows(0, 12).collect();
        let rows: Vec<_> = rows.iter().map(|row| row.trim_end()).collect();
        assert_eq!(rows, screen.text(), "after {text:?}");
        assert_eq!(difference(Some(screen), screen, true), "", "nothing has changed");
        before = Some(screen);
    }
}

#[test]
fn what_others_have_written_is_written_over() {
    let screen = canvas((3, 12), &[(Style::Head, "one 商品"), (Style::Plain, "two")]);
    let mut terminal = vt100::Parser::new(3.try_into().unwrap(), 12.try_into().unwrap(), 0);
    terminal.process(b"\x1b[Ha journey's\r\nprintln!\r\n\x1b[31mhere");
    let mut forgotten = screen.clone();
    forgotten.forget();
    let text = difference(Some(&forgotten), &screen, true);
    assert!(!text.contains("\x1b[2J"), "it does not flicker");
    terminal.process(text.as_bytes());
    let rows: Vec<String> = terminal.screen().rows(0, 12).collect();
    let rows: Vec<_> = rows.iter().map(|row| row.trim_end()).collect();
    assert_eq!(rows, screen.text());
}
