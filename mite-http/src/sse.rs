//! Server-sent events, as the HTML standard defines them.

use std::time::Duration;

use bytes::BytesMut;

/// A server-sent event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Its kind; `message` if it says none.
    pub event: String,
    /// Its lines of data.
    pub data: String,
    /// Its id, if it has one.
    pub id: Option<String>,
    /// How long to wait before connecting again, if it says so.
    pub retry: Option<Duration>,
}

impl Event {
    /// Takes the first complete event off the buffer. One without data is none.
    pub(crate) fn take(buffer: &mut BytesMut) -> Option<Self> {
        loop {
            let end = end_of_event(buffer)?;
            let block = buffer.split_to(end);
            let event = Self::parse(&String::from_utf8_lossy(&block));
            if event.is_some() {
                return event;
            }
        }
    }

    fn parse(block: &str) -> Option<Self> {
        let mut event = Self::default();
        let mut data: Option<String> = None;
        let block = block.trim_start_matches('\u{feff}');
        for line in block.split(['\n', '\r']) {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match name {
                "event" => event.event = value.to_owned(),
                "data" => match &mut data {
                    Some(data) => {
                        data.push('\n');
                        data.push_str(value);
                    }
                    None => data = Some(value.to_owned()),
                },
                "id" if !value.contains('\0') => event.id = Some(value.to_owned()),
                "retry" => event.retry = value.parse().ok().map(Duration::from_millis),
                _ => {}
            }
        }
        if event.event.is_empty() {
            event.event = "message".to_owned();
        }
        data.map(|data| Self { data, ..event })
    }
}

/// Where the first event ends: behind an empty line. A lone CR at the end may
/// be the first half of a CRLF, so what follows it is waited for.
fn end_of_event(bytes: &[u8]) -> Option<usize> {
    let mut line_start = 0;
    let mut at = 0;
    while at < bytes.len() {
        let length = match bytes[at] {
            b'\n' => 1,
            b'\r' => match bytes.get(at + 1) {
                Some(b'\n') => 2,
                Some(_) => 1,
                None => return None,
            },
            _ => {
                at += 1;
                continue;
            }
        };
        let empty = at == line_start;
        at += length;
        line_start = at;
        if empty {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(pieces: &[&str]) -> Vec<(String, String)> {
        let mut buffer = BytesMut::new();
        let mut events = Vec::new();
        for piece in pieces {
            buffer.extend_from_slice(piece.as_bytes());
            while let Some(event) = Event::take(&mut buffer) {
                events.push((event.event, event.data));
            }
        }
        events
    }

    #[test]
    fn events_are_cut_out_of_whatever_pieces_come() {
        let text = ": comment\n\nevent: add\ndata: 1\ndata: 2\n\ndata:x\r\n\r\ndata\n\nid: 7\n\n";
        let expected = [("add", "1\n2"), ("message", "x"), ("message", "")]
            .map(|(event, data)| (event.to_owned(), data.to_owned()));
        assert_eq!(events(&[text]), expected);
        for cut in 0..text.len() {
            let (a, b) = text.split_at(cut);
            assert_eq!(events(&[a, b]), expected, "cut at {cut}");
        }
        let mut id = BytesMut::from("id: 7\nretry: 250\ndata: {\"a\": 1}\n\n");
        let event = Event::take(&mut id).unwrap();
        assert_eq!((event.id.as_deref(), &*event.data), (Some("7"), r#"{"a": 1}"#));
        assert_eq!(event.retry, Some(Duration::from_millis(250)));
    }
}
