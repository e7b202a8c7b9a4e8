//! Server-sent events.

use super::{cuts, split};
use crate::sse::Events;

/// Events are the same wherever their stream is cut, and what its lines say.
pub fn events(input: &[u8]) {
    let Some((choice, bytes)) = split(input) else { return };
    let expected = of_lines(bytes);
    for cut in cuts(choice, bytes) {
        let taken = taken(&cut);
        assert_eq!(taken, expected, "in {} pieces", cut.len());
    }
}

/// Kind, data and id.
type Said = (String, String, Option<String>);

fn taken(pieces: &[&[u8]]) -> Vec<Said> {
    let (mut reader, mut events) = (Events::default(), Vec::new());
    for piece in pieces {
        reader.push(piece);
        while let Some(event) = reader.next() {
            events.push((event.event, event.data, event.id));
        }
    }
    events
}

/// The events of a whole stream, line by line as the standard says.
fn of_lines(bytes: &[u8]) -> Vec<Said> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<&str> = text.split('\n').collect();
    // The last one has no end.
    lines.pop();
    let mut events = Vec::new();
    for event in lines.split_inclusive(|line| line.is_empty()) {
        let Some((&"", fields)) = event.split_last() else { continue };
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|line| line.split_once(':').unwrap_or((line, "")))
            .map(|(name, value)| (name, value.strip_prefix(' ').unwrap_or(value)))
            .collect();
        let of = |name| fields.iter().filter(move |(n, _)| *n == name).map(|(_, value)| *value);
        if of("data").next().is_none() {
            continue;
        }
        let kind = of("event").next_back().filter(|kind| !kind.is_empty()).unwrap_or("message");
        let id = of("id").rfind(|id| !id.contains('\0'));
        let data: Vec<_> = of("data").collect();
        events.push((kind.to_owned(), data.join("\n"), id.map(str::to_owned)));
    }
    events
}
