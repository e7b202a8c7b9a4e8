//! Which line of a head is to blame.

use crate::head;

/// Most bytes that are shown of a line.
const SHOWN: usize = 100;

/// What is wrong with the syntax of a head, with its first line that is.
pub(super) fn syntax(bytes: &[u8], error: httparse::Error) -> String {
    let mut lines = lines(bytes);
    let first = lines.next().unwrap_or_default();
    if error == httparse::Error::Status || !is_head(&[first, b"\n\r\n"].concat()) {
        return match bytes {
            // An alert of TLS.
            [0x15, 3, ..] => "it is TLS; is it https:// there?".to_owned(),
            // The settings of HTTP/2.
            [0, 0, _, 4, ..] => "it is HTTP/2; set http_version=2".to_owned(),
            _ => format!("it begins with {}", shown(first)),
        };
    }
    let mut before: &[u8] = b"HTTP/1.1 200 OK\r\n";
    let wrong = lines.find(|line| {
        let line = line.trim_ascii_end();
        let is_right = is_head(&[before, line, b"\r\n\r\n"].concat());
        // A folded line goes on with the one before it.
        before = b"HTTP/1.1 200 OK\r\nA:\r\n";
        !line.is_empty() && !is_right
    });
    match wrong {
        Some(line) => format!("{error}: {}", shown(line)),
        None => error.to_string(),
    }
}

fn is_head(bytes: &[u8]) -> bool {
    let mut headers = [httparse::EMPTY_HEADER; 2];
    let mut response = httparse::Response::new(&mut headers);
    head::parser().parse_response(&mut response, bytes).is_ok()
}

/// The lines of headers of these names.
pub(super) fn lines_of(bytes: &[u8], names: &[&str]) -> String {
    let is_one = |line: &&[u8]| {
        let name = line.split(|b| *b == b':').next().unwrap_or_default();
        names.iter().any(|n| name.trim_ascii().eq_ignore_ascii_case(n.as_bytes()))
    };
    let lines: Vec<_> = lines(bytes).filter(is_one).map(shown).collect();
    lines.join(" and ")
}

/// The lines of a head, as far as it has come.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|b| *b == b'\n').take_while(|line| !line.trim_ascii().is_empty())
}

fn shown(line: &[u8]) -> String {
    let line = line.trim_ascii();
    match line.len() {
        0..=SHOWN => format!("`{}`", line.escape_ascii()),
        _ => format!("`{}…`", line[..SHOWN].escape_ascii()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::head::{Asked, parse};

    fn cause(head: &[u8]) -> String {
        match parse(head, Asked::Other) {
            Err(failure) => failure.cause,
            Ok(_) => panic!("{} is fine", head.escape_ascii()),
        }
    }

    #[test]
    fn the_line_that_is_to_blame_is_shown() {
        for (head, shown) in [
            (&b"SSH-2.0-OpenSSH_9\r\n"[..], "it begins with `SSH-2.0-OpenSSH_9`"),
            (b"\x15\x03\x01\0\x02\x02\x46", "it is TLS; is it https:// there?"),
            (b"\0\0\x06\x04\0\0\0\0\0", "it is HTTP/2; set http_version=2"),
            (b"HTTP/1.1 200 OK\r\nA: b\r\nno colon\r\n\r\n", "`no colon`"),
            (b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length : 5\r\n\r\n", "`Content-Length : 5`"),
            (b"HTTP/1.1 200 OK\r\nA: \x1b[2J\r\n\r\n", r"`A: \x1b[2J`"),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: b\r\ncontent-length:5\r\n\r\n",
                "`Transfer-Encoding: chunked` and `content-length:5`",
            ),
            (b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n", "`Content-Length: +5`"),
            (b"HTTP/1.0 200 OK\r\nTransfer-Encoding: x\r\n\r\n", "`Transfer-Encoding: x`"),
        ] {
            assert!(cause(head).ends_with(shown), "{}", cause(head));
        }
        let long = [b"HTTP/1.1 200 OK\r\n", &[b' '; 1][..], &[b'x'; 1000], b"\r\n\r\n"].concat();
        assert!(cause(&long).ends_with(&format!("{}…`", "x".repeat(100))), "{}", cause(&long));
    }
}
