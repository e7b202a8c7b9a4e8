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

/// A stream of events on its way in. Each byte is looked at once, however large an
/// event is and however small the pieces are that it comes in.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// What has come and not been read: lines.
    unread: BytesMut,
    /// How much of it is known to have no end of a line.
    searched: usize,
    /// Whether a LF that follows belongs to the line before it.
    after_cr: bool,
    /// Whether the first line has been read: a byte order mark may be before it.
    begun: bool,
    /// The event whose lines are being read, and whether it has data.
    event: Event,
    has_data: bool,
}

impl Events {
    /// Takes a piece of the stream.
    pub(crate) fn push(&mut self, piece: &[u8]) {
        self.unread.extend_from_slice(piece);
    }

    /// How many bytes it holds.
    pub(crate) fn held(&self) -> usize {
        self.unread.len() + self.event.data.len()
    }

    /// The next event that is complete. One without data is none.
    pub(crate) fn next(&mut self) -> Option<Event> {
        while let Some(line) = self.next_line() {
            if !line.is_empty() {
                self.field(&line);
                continue;
            }
            let mut event = std::mem::take(&mut self.event);
            if !std::mem::take(&mut self.has_data) {
                continue;
            }
            // Each line of data ends with one, and the last is none of the data.
            event.data.pop();
            if event.event.is_empty() {
                event.event = "message".to_owned();
            }
            return Some(event);
        }
        None
    }

    /// The next line that is complete, without its end: LF, CR or both.
    fn next_line(&mut self) -> Option<BytesMut> {
        if self.after_cr && !self.unread.is_empty() {
            self.after_cr = false;
            if self.unread[0] == b'\n' {
                let _ = self.unread.split_to(1);
            }
        }
        let new = &self.unread[self.searched..];
        let Some(end) = new.iter().position(|b| matches!(b, b'\n' | b'\r')) else {
            self.searched = self.unread.len();
            return None;
        };
        let mut line = self.unread.split_to(self.searched + end + 1);
        self.searched = 0;
        self.after_cr = line.ends_with(b"\r");
        line.truncate(line.len() - 1);
        if !std::mem::replace(&mut self.begun, true) && line.starts_with("\u{feff}".as_bytes()) {
            let _ = line.split_to('\u{feff}'.len_utf8());
        }
        Some(line)
    }

    fn field(&mut self, line: &[u8]) {
        let colon = line.iter().position(|b| *b == b':').unwrap_or(line.len());
        let (name, value) = (&line[..colon], line.get(colon + 1..).unwrap_or_default());
        let value = String::from_utf8_lossy(value.strip_prefix(b" ").unwrap_or(value));
        let event = &mut self.event;
        match name {
            b"event" => event.event = value.into_owned(),
            b"data" => {
                self.has_data = true;
                event.data.push_str(&value);
                event.data.push('\n');
            }
            b"id" if !value.contains('\0') => event.id = Some(value.into_owned()),
            b"retry" if value.bytes().all(|b| b.is_ascii_digit()) => {
                if let Ok(milliseconds) = value.parse() {
                    event.retry = Some(Duration::from_millis(milliseconds));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(pieces: &[&str]) -> Vec<(String, String)> {
        let (mut reader, mut events) = (Events::default(), Vec::new());
        for piece in pieces {
            reader.push(piece.as_bytes());
            while let Some(event) = reader.next() {
                events.push((event.event, event.data));
            }
        }
        events
    }

    #[test]
    fn events_are_cut_out_of_whatever_pieces_come() {
        let text = ": comment\n\nevent: add\ndata: 1\ndata: 2\n\ndata:x\r\n\r\ndata\n\nid: 7\n\n\
                    data:\rdata:\r\rdata:  y\r\r\n\n";
        let expected = [("add", "1\n2"), ("message", "x"), ("message", ""), ("message", "\n")]
            .map(|(event, data)| (event.to_owned(), data.to_owned()))
            .into_iter()
            .chain([("message".to_owned(), " y".to_owned())])
            .collect::<Vec<_>>();
        assert_eq!(events(&[text]), expected);
        for cut in 0..text.len() {
            let (a, b) = text.split_at(cut);
            assert_eq!(events(&[a, b]), expected, "cut at {cut}");
        }
        let mut reader = Events::default();
        reader.push(b"\xef\xbb\xbfid: 7\nretry: 250\nretry: +1\ndata: {\"a\": 1}\n\n");
        let event = reader.next().unwrap();
        assert_eq!((event.id.as_deref(), &*event.data), (Some("7"), r#"{"a": 1}"#));
        assert_eq!(event.retry, Some(Duration::from_millis(250)));
    }

    #[test]
    fn an_event_is_there_with_the_end_of_its_empty_line() {
        // Not only when it is known that no LF follows the CR.
        assert_eq!(events(&["data: x\r\r"]), [("message".to_owned(), "x".to_owned())]);
        assert_eq!(events(&["data: x\r\n\r"]), [("message".to_owned(), "x".to_owned())]);
    }

    #[test]
    fn a_huge_event_in_small_pieces_is_read_in_one_pass() {
        // To look at all that has come with each piece would take 300 times 16 GB.
        let (mut reader, piece) = (Events::default(), [b'x'; 1000]);
        reader.push(b"data: ");
        for _ in 0..20_000 {
            reader.push(&piece);
            assert_eq!(reader.next(), None);
        }
        assert_eq!(reader.held(), 20_000_006);
        reader.push(b"\n\n");
        assert_eq!(reader.next().unwrap().data.len(), 20_000_000);
        assert_eq!(reader.held(), 0);
    }
}
