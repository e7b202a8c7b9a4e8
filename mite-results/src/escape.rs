//! Text inside of HTML and of scripts, whatever is in it.

/// As text, or as the value of an attribute in quotes.
pub(crate) fn text(of: &str) -> String {
    let mut escaped = String::with_capacity(of.len());
    for c in of.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // HTML has no place for these.
            c if c.is_control() && c != '\n' => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A name that may be written from right to left, apart from what is around it.
pub(crate) fn name(of: &str) -> String {
    format!("<bdi>{}</bdi>", text(of))
}

/// JSON inside of a script: `<` is only in its strings, and ends no script there.
pub(crate) fn json(of: &str) -> String {
    of.replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_what_it_is_in() {
        assert_eq!(text("<b a=\"'\">&\u{7}"), "&lt;b a=&quot;&#39;&quot;&gt;&amp; ");
        let json = json(r#"["</script><!--"]"#);
        assert_eq!(json, r#"["\u003c/script>\u003c!--"]"#);
        let read: Vec<String> = serde_json::from_str(&json).expect("still JSON");
        assert_eq!(read, ["</script><!--"]);
    }
}
