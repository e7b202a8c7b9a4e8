//! Commands and their words, as a POSIX shell splits them.

use crate::error::{Error, Result};

/// The commands of `text`, each as its words: `;`, `&` and a line that begins with `curl` end
/// one, as browsers write all requests of a page. A backslash before the end of a line joins
/// the lines.
///
/// # Errors
/// If a quote is not closed, or a command is more than words.
pub(crate) fn commands(text: &str) -> Result<Vec<Vec<String>>> {
    let mut commands = Vec::new();
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('\n') => {}
                Some('\r') if chars.peek() == Some(&'\n') => drop(chars.next()),
                Some(c) => word.get_or_insert_default().push(c),
                None => {}
            },
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some('\'') => break,
                        Some(c) => word.push(c),
                        None => return Err(unclosed('\'')),
                    }
                }
            }
            '$' if chars.peek() == Some(&'\'') => {
                chars.next();
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some('\'') => break,
                        Some('\\') => word.push(escaped(&mut chars)?),
                        Some(c) => word.push(c),
                        None => return Err(unclosed('\'')),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some('"') => break,
                        Some('\\') => match chars.next() {
                            Some('\n') => {}
                            Some(c @ ('"' | '\\' | '$' | '`')) => word.push(c),
                            Some(c) => word.extend(['\\', c]),
                            None => return Err(unclosed('"')),
                        },
                        Some(c) => word.push(c),
                        None => return Err(unclosed('"')),
                    }
                }
            }
            ';' | '&' => {
                words.extend(word.take());
                commands.push(std::mem::take(&mut words));
            }
            '|' | '<' | '>' => {
                return Err(Error::new(format!(
                    "`{c}` of the command is for a shell; give the command of curl alone, and quote what `{c}` is a part of"
                )));
            }
            c if c.is_whitespace() => {
                words.extend(word.take());
                let mut rest = chars.clone().skip_while(|c| c.is_whitespace());
                if c == '\n' && "curl ".chars().all(|c| rest.next() == Some(c)) {
                    commands.push(std::mem::take(&mut words));
                }
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    commands.push(words);
    commands.retain(|words| !words.is_empty());
    Ok(commands)
}

/// What stands behind a backslash in `$'…'`.
fn escaped(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<char> {
    let Some(c) = chars.next() else { return Err(unclosed('\'')) };
    let digits = match c {
        'n' => return Ok('\n'),
        'r' => return Ok('\r'),
        't' => return Ok('\t'),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        c => return Ok(c),
    };
    let mut code = 0;
    for _ in 0..digits {
        let Some(digit) = chars.peek().and_then(|c| c.to_digit(16)) else { break };
        code = code * 16 + digit;
        chars.next();
    }
    char::from_u32(code).ok_or_else(|| Error::new(format!("\\{c} names no character")))
}

fn unclosed(quote: char) -> Error {
    Error::new(format!(
        "a {quote} of the command is never closed; copy it whole, or give it in a file: `import curl - < FILE`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_does() {
        let text = "curl 'https://a/b?c=d&e' \\\n  -H \"x: \\\"y\\\" \\$z\" --data-raw $'it\\'s\\u0021\\n' a\\ b ''";
        assert_eq!(
            commands(text).unwrap(),
            [[
                "curl",
                "https://a/b?c=d&e",
                "-H",
                "x: \"y\" $z",
                "--data-raw",
                "it's!\n",
                "a b",
                ""
            ]]
        );
        for (text, why) in [
            ("curl 'https://a", "a ' of the command is never closed"),
            ("curl a | jq .", "`|` of the command is for a shell; give the command of curl alone"),
        ] {
            let error = commands(text).unwrap_err().to_string();
            assert!(error.starts_with(why), "{error}");
        }
    }

    #[test]
    fn commands_end_where_those_of_a_shell_do() {
        let all = "curl a \\\n -H 'b;c' ;\ncurl d &\ncurl e\ncurl f\n -H g && curl h;\n";
        let all = commands(all).unwrap();
        let all: Vec<_> = all.iter().map(|words| words.join(" ")).collect();
        assert_eq!(all, ["curl a -H b;c", "curl d", "curl e", "curl f -H g", "curl h"]);
    }
}
