//! As much of TOML as says which dependencies a manifest has. Cargo has read the file
//! before, so that what is no TOML is nobody's matter here.

use std::iter::Peekable;
use std::str::Chars;

/// A key, all of its path, and its value as text; a table's header has none.
pub(crate) type Entry = (Vec<String>, String);

/// All keys of a document, those of inline tables too; `None` if it is not understood.
/// Arrays have no text.
pub(crate) fn entries(text: &str) -> Option<Vec<Entry>> {
    let mut reader = Reader { rest: text.chars().peekable(), entries: Vec::new() };
    let mut table = Vec::new();
    loop {
        reader.skip_blank();
        match reader.rest.peek() {
            None => return Some(reader.entries),
            Some('[') => {
                reader.rest.next();
                let is_array = reader.takes('[');
                table = reader.key()?;
                let closes = reader.takes(']') && (!is_array || reader.takes(']'));
                closes.then(|| reader.entries.push((table.clone(), String::new())))?;
            }
            Some(_) => reader.pair(&table)?,
        }
    }
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    entries: Vec<Entry>,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        while self.rest.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
    }

    /// Space, lines and comments.
    fn skip_blank(&mut self) {
        while let Some(c) =
            self.rest.next_if(|c| c.is_whitespace() || matches!(c, '#' | '\u{feff}'))
        {
            if c == '#' {
                while self.rest.next_if(|c| *c != '\n').is_some() {}
            }
        }
    }

    fn takes(&mut self, wanted: char) -> bool {
        self.rest.next_if_eq(&wanted).is_some()
    }

    /// `a.'b c'."d"`, and the space around it.
    fn key(&mut self) -> Option<Vec<String>> {
        let mut key = Vec::new();
        loop {
            self.skip_space();
            let part = match self.rest.peek()? {
                '"' | '\'' => self.string()?,
                _ => self.bare(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))?,
            };
            key.push(part);
            self.skip_space();
            if !self.takes('.') {
                return Some(key);
            }
        }
    }

    fn bare(&mut self, is_part: impl Fn(char) -> bool) -> Option<String> {
        let mut text = String::new();
        while let Some(c) = self.rest.next_if(|c| is_part(*c)) {
            text.push(c);
        }
        (!text.is_empty()).then_some(text)
    }

    /// A string of any of the four kinds. Escapes are not resolved: no name has one.
    fn string(&mut self) -> Option<String> {
        let quote = self.rest.next()?;
        let mut text = String::new();
        let end = match self.takes(quote) {
            true if self.takes(quote) => quote.to_string().repeat(3),
            true => return Some(text),
            false => quote.to_string(),
        };
        // A quote that is escaped is no part of the end.
        let mut escaped = 0;
        loop {
            let c = self.rest.next()?;
            text.push(c);
            if quote == '"' && c == '\\' {
                text.push(self.rest.next()?);
                escaped = text.len();
            } else if text[escaped..].ends_with(&end) {
                // Up to two quotes may stand before the three that end it.
                while end.len() == 3 && self.takes(quote) {
                    text.push(quote);
                }
                text.truncate(text.len() - end.len());
                return Some(text);
            }
        }
    }

    fn pair(&mut self, table: &[String]) -> Option<()> {
        let key = [table, &self.key()?].concat();
        self.takes('=').then_some(())?;
        self.skip_space();
        let value = self.value(&key)?;
        self.entries.push((key, value));
        Some(())
    }

    fn value(&mut self, key: &[String]) -> Option<String> {
        match self.rest.peek()? {
            '"' | '\'' => self.string(),
            '{' => {
                self.list('}', |reader| reader.pair(key))?;
                Some(String::new())
            }
            '[' => {
                let before = self.entries.len();
                self.list(']', |reader| reader.value(key).map(drop))?;
                // Tables in an array are no keys of this one.
                self.entries.truncate(before);
                Some(String::new())
            }
            _ => {
                let text = self.bare(|c| !matches!(c, ',' | ']' | '}' | '#' | '\n'))?;
                Some(text.trim_end().to_owned())
            }
        }
    }

    fn list(&mut self, end: char, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.rest.next();
        loop {
            self.skip_blank();
            if self.takes(end) {
                return Some(());
            }
            item(self)?;
            self.skip_blank();
            if !self.takes(',') {
                return self.takes(end).then_some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Vec<String>> {
        let entries = entries(text)?.into_iter();
        Some(entries.map(|(key, value)| format!("{} = {value}", key.join("|"))).collect())
    }

    #[test]
    fn every_way_to_write_a_key_and_a_value_is_read() {
        let text = "\u{feff}# a comment = 1\na = 'x' # b = 2\r\n[b . \"c d\".'e.f']\ng.h = true\n\
            [[i]]\nj = [1, # ]\n \"]\", { k = 1 }, [2],\n]\n[l]\nm = { n = \"1\", o.p = [\"}\"], \n q = { r = '2' }, }\n\
            s = \"\"\"a\\\"\"\" \n\"quoted\"\"\"\"\nt = '''\n'''\nu = \"\\\"\\\\\"\nv = \"\"\nw = 1979-05-27 07:32:00";
        let expected = [
            "a = x",
            "b|c d|e.f = ",
            "b|c d|e.f|g|h = true",
            "i = ",
            "i|j = ",
            "l = ",
            "l|m|n = 1",
            "l|m|o|p = ",
            "l|m|q|r = 2",
            "l|m|q = ",
            "l|m = ",
            "l|s = a\\\"\"\" \n\"quoted\"",
            "l|t = \n",
            "l|u = \\\"\\\\",
            "l|v = ",
            "l|w = 1979-05-27 07:32:00",
        ];
        assert_eq!(read(text).unwrap(), expected);
    }

    #[test]
    fn what_is_no_toml_is_nothing() {
        for text in
            ["[a", "[[a]\n", "a", "a = ", "a = \"", "a = [1", "a = { b = 1", "= 1", "a = 'b"]
        {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(""), Some(Vec::new()));
    }
}
