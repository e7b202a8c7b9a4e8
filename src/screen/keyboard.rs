//! Keys, from what a terminal sends for them.

/// A key that was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Char(char),
    /// With Ctrl: a small letter.
    Ctrl(char),
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    Tab,
    BackTab,
    Enter,
    Escape,
    Backspace,
}

/// Bytes that have come and make no key yet.
#[derive(Debug, Default)]
pub(super) struct Keyboard {
    pending: Vec<u8>,
}

/// A sequence longer than this is none.
const LONGEST: usize = 16;

impl Keyboard {
    /// The keys that these bytes end.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Vec<Key> {
        self.pending.extend_from_slice(bytes);
        let mut keys = Vec::new();
        loop {
            match next(&self.pending) {
                Found::Key(key, used) => {
                    keys.extend(key);
                    self.pending.drain(..used);
                }
                Found::Nothing => return keys,
            }
        }
    }

    /// Nothing more has come for a while: an escape that began a sequence was the key.
    pub(super) fn rest(&mut self) -> Option<Key> {
        let began = self.pending.first() == Some(&0x1b);
        self.pending.clear();
        began.then_some(Key::Escape)
    }
}

enum Found {
    /// A key, or none that is known, and the bytes it takes.
    Key(Option<Key>, usize),
    /// It may be the beginning of one.
    Nothing,
}

fn next(bytes: &[u8]) -> Found {
    let Some(&first) = bytes.first() else { return Found::Nothing };
    match first {
        0x1b => escape(bytes),
        b'\r' | b'\n' => Found::Key(Some(Key::Enter), 1),
        b'\t' => Found::Key(Some(Key::Tab), 1),
        0x7f | 0x08 => Found::Key(Some(Key::Backspace), 1),
        1..=26 => Found::Key(Some(Key::Ctrl(char::from(first + b'a' - 1))), 1),
        0x00 | 0x1c..=0x1f => Found::Key(None, 1),
        _ => character(bytes),
    }
}

/// A character of UTF-8.
fn character(bytes: &[u8]) -> Found {
    let length = match bytes[0] {
        0x00..0x80 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..0xf8 => 4,
        _ => return Found::Key(None, 1),
    };
    let Some(whole) = bytes.get(..length) else { return Found::Nothing };
    let key = std::str::from_utf8(whole).ok().and_then(|text| text.chars().next());
    Found::Key(key.map(Key::Char), if key.is_some() { length } else { 1 })
}

/// A sequence that begins with an escape.
fn escape(bytes: &[u8]) -> Found {
    match bytes.get(1) {
        None => Found::Nothing,
        // Two escapes: the first was the key.
        Some(0x1b) => Found::Key(Some(Key::Escape), 1),
        Some(b'[' | b'O') => {
            let end = bytes[2..].iter().position(|b| (0x40..=0x7e).contains(b));
            let Some(end) = end.map(|end| end + 2) else {
                // Nothing that ends it will come.
                let is_none = bytes.len() > LONGEST;
                return if is_none { Found::Key(None, bytes.len()) } else { Found::Nothing };
            };
            let key = match (bytes[end], &bytes[2..end]) {
                (b'A', _) => Some(Key::Up),
                (b'B', _) => Some(Key::Down),
                (b'H', _) | (b'~', b"1" | b"7") => Some(Key::Home),
                (b'F', _) | (b'~', b"4" | b"8") => Some(Key::End),
                (b'Z', _) => Some(Key::BackTab),
                (b'~', b"5") => Some(Key::PageUp),
                (b'~', b"6") => Some(Key::PageDown),
                _ => None,
            };
            Found::Key(key, end + 1)
        }
        // With Alt: as if it were not.
        Some(_) => Found::Key(None, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_terminals_send_are_keys() {
        let mut keyboard = Keyboard::default();
        let keys =
            keyboard.read("q/ü\r\x7f\t\x1b[Z\x1b[A\x1bOB\x1b[5~\x1b[1;5H\x0c\x1a".as_bytes());
        let expected = [
            Key::Char('q'),
            Key::Char('/'),
            Key::Char('ü'),
            Key::Enter,
            Key::Backspace,
            Key::Tab,
            Key::BackTab,
            Key::Up,
            Key::Down,
            Key::PageUp,
            Key::Home,
            Key::Ctrl('l'),
            Key::Ctrl('z'),
        ];
        assert_eq!(keys, expected);
    }

    #[test]
    fn a_sequence_may_come_in_pieces_and_an_escape_alone() {
        let mut keyboard = Keyboard::default();
        assert_eq!(keyboard.read(b"\x1b"), []);
        assert_eq!(keyboard.read(b"["), []);
        assert_eq!(keyboard.read(b"Bx"), [Key::Down, Key::Char('x')]);
        assert_eq!(keyboard.read(b"\x1b"), []);
        assert_eq!(keyboard.rest(), Some(Key::Escape));
        assert_eq!(keyboard.rest(), None);
        assert_eq!(keyboard.read(&"ü".as_bytes()[..1]), []);
        assert_eq!(keyboard.read(&"ü".as_bytes()[1..]), [Key::Char('ü')]);
    }

    #[test]
    fn bytes_that_are_no_keys_do_no_harm() {
        let mut keyboard = Keyboard::default();
        assert_eq!(keyboard.read(b"\xff\x00\x1b[99;99;99Wa"), [Key::Char('a')]);
        assert_eq!(keyboard.read(&[b"\x1b[".as_slice(), &[b'1'; 40]].concat()), []);
        assert_eq!(keyboard.read(b"j"), [Key::Char('j')]);
    }
}
