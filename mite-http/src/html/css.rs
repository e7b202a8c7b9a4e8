//! What a stylesheet loads.

/// A URL in a stylesheet, as it is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) url: String,
    /// Whether it is another stylesheet: `@import`.
    pub(super) is_style: bool,
}

/// All of `@import` and `url(…)`, in order. Comments are passed over; what is not closed
/// ends with the text.
pub(super) fn urls(css: &str) -> Vec<Written> {
    let (mut found, mut rest, mut imports) = (Vec::new(), css, false);
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
        } else if let Some(after) = without_case(rest, "@import") {
            (imports, rest) = (true, after);
        } else if let Some(after) = without_case(rest, "url(") {
            let after = after.trim_start();
            let (url, after) = match after.chars().next() {
                Some(quote @ ('"' | '\'')) => quoted(&after[1..], quote),
                _ => {
                    let end = after.find(')').unwrap_or(after.len());
                    (after[..end].trim_end().to_owned(), &after[end..])
                }
            };
            found.push(Written { url, is_style: std::mem::take(&mut imports) });
            rest = after;
        } else if first == '"' || first == '\'' {
            let (text, after) = quoted(&rest[1..], first);
            if std::mem::take(&mut imports) {
                found.push(Written { url: text, is_style: true });
            }
            rest = after;
        } else {
            imports &= first != ';';
            rest = &rest[first.len_utf8()..];
        }
    }
    found.retain(|written| !written.url.is_empty());
    found
}

/// What follows `start`, in whatever letters.
fn without_case<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let head = text.get(..start.len())?;
    head.eq_ignore_ascii_case(start).then(|| &text[start.len()..])
}

/// The text up to `quote`, and what follows it.
fn quoted(text: &str, quote: char) -> (String, &str) {
    let (mut out, mut chars) = (String::new(), text.char_indices());
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => out.extend(chars.next().map(|(_, c)| c).filter(|c| *c != '\n')),
            c if c == quote => return (out, &text[at + 1..]),
            '\n' => return (out, &text[at..]),
            c => out.push(c),
        }
    }
    (out, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(css: &str) -> Vec<(String, bool)> {
        urls(css).into_iter().map(|written| (written.url, written.is_style)).collect()
    }

    #[test]
    fn imports_and_urls_are_found_however_they_are_written() {
        let css = r#"
            @import "base.css"; @IMPORT url( 'print.css' ) print;
            /* url(no.png) */ a { background: URL(a.png) , url("b\"c.png") } b { content: "url(x)" }
            @font-face { src: url(f.woff2) format("woff2") }
        "#;
        let expected = [
            ("base.css", true),
            ("print.css", true),
            ("a.png", false),
            ("b\"c.png", false),
            ("f.woff2", false),
        ];
        assert_eq!(found(css), expected.map(|(url, style)| (url.to_owned(), style)));
    }

    #[test]
    fn what_is_cut_off_or_empty_is_no_panic() {
        for css in ["", "@import", "url(", "url('", "\"", "/*", "url()", "é\\", "@import é url(\"é"]
        {
            let _ = urls(css);
        }
        assert_eq!(found("url(é.png"), [("é.png".to_owned(), false)]);
    }
}
