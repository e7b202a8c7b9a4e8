//! Markdown as GitHub and GitLab show it.

/// Text in a cell of a table, whatever is in it.
pub(crate) fn cell(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '#' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // A mention would notify whoever has that name.
            '@' => escaped.push_str("@\u{200b}"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A row of a table, of cells that are escaped already.
pub(crate) fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// The head of a table; the first columns, so many, hold text.
pub(crate) fn head(names: &[&str], texts: usize) -> String {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let line = (0..names.len()).map(|n| if n < texts { "---" } else { "---:" }.to_owned());
    row(&names) + &row(&line.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_cannot_break_out() {
        assert_eq!(cell("a|b\n<img> `x` @me"), "a\\|b &lt;img&gt; \\`x\\` @\u{200b}me");
    }

    #[test]
    fn heads_say_how_columns_are_aligned() {
        assert_eq!(head(&["name", "n"], 1), "| name | n |\n| --- | ---: |\n");
    }
}
