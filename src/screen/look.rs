//! The characters that pictures are made of.

/// How a terminal can show things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// Whether it has more characters than ASCII.
    pub(super) unicode: bool,
    pub(super) colours: bool,
}

const SHADES: [char; 6] = [' ', '·', '░', '▒', '▓', '█'];
const ASCII_SHADES: [char; 6] = [' ', '.', ':', '+', '*', '#'];
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII_HEIGHTS: [char; 8] = ['_', '.', '-', '=', '+', '*', '%', '#'];

impl Look {
    /// What the environment says: `NO_COLOR`, and a locale without UTF-8.
    pub(super) fn of_environment(ascii: bool) -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        // The first that is set counts (POSIX).
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
        let unicode = locale.is_some_and(|locale| {
            let locale = locale.to_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        Self { unicode: unicode && !ascii, colours: set("NO_COLOR").is_none() }
    }

    /// What stands where something is cut.
    pub(super) fn more(&self) -> char {
        if self.unicode { '…' } else { '~' }
    }

    /// Darker for more: `part` is from 0 to 1, and anything above 0 is seen.
    pub(super) fn shade(&self, part: f64) -> char {
        let shades = if self.unicode { SHADES } else { ASCII_SHADES };
        let most = shades.len() - 1;
        shades[((part * most as f64).ceil() as usize).min(most)]
    }

    /// Higher for more: `part` is from 0 to 1.
    pub(super) fn height(&self, part: f64) -> char {
        let heights = if self.unicode { HEIGHTS } else { ASCII_HEIGHTS };
        heights[((part * heights.len() as f64) as usize).min(heights.len() - 1)]
    }

    /// A text in ASCII, if the terminal has no more.
    pub(super) fn text(&self, text: &str) -> String {
        if self.unicode || text.is_ascii() {
            return text.to_owned();
        }
        text.chars()
            .map(|c| match c {
                '…' => '~',
                '→' => '>',
                c if c.is_ascii() => c,
                _ => '?',
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_is_seen_and_all_is_darkest() {
        let look = |unicode| Look { unicode, colours: true };
        let parts = [0.0, 0.001, 0.3, 0.5, 0.7, 1.0];
        assert_eq!(parts.map(|part| look(true).shade(part)), [' ', '·', '░', '▒', '▓', '█']);
        assert_eq!(parts.map(|part| look(false).shade(part)), [' ', '.', ':', '+', '*', '#']);
        assert_eq!([0.0, 0.5, 1.0].map(|part| look(true).height(part)), ['▁', '▅', '█']);
        assert_eq!(look(false).text("0 → 420 商…"), "0 > 420 ?~");
    }
}
