//! InfluxDB's line protocol.

use std::fmt::Write;

/// Writes a line: a measurement with its tags, fields and time.
pub(super) fn write<'a>(
    out: &mut String,
    measurement: &str,
    tags: impl IntoIterator<Item = (&'a str, &'a str)>,
    fields: &[(&str, Field)],
    nanos: u64,
) {
    escape(out, measurement, &[',', ' ']);
    // A tag without a value is none.
    for (name, value) in tags.into_iter().filter(|(_, value)| !value.is_empty()) {
        out.push(',');
        escape(out, name, &[',', '=', ' ']);
        out.push('=');
        escape(out, value, &[',', '=', ' ']);
        if value.ends_with('\\') {
            // It would escape what comes next.
            out.push_str("\\ ");
        }
    }
    for (at, (name, value)) in fields.iter().enumerate() {
        out.push(if at == 0 { ' ' } else { ',' });
        out.push_str(name);
        // Writing to a text cannot fail.
        let _ = match value {
            Field::Whole(n) => write!(out, "={n}i"),
            Field::Float(n) => write!(out, "={n}"),
        };
    }
    let _ = writeln!(out, " {nanos}");
}

/// What a field holds; InfluxDB keeps the kind that it saw first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Field {
    Whole(u64),
    Float(f64),
}

fn escape(out: &mut String, text: &str, special: &[char]) {
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if special.contains(&c) => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_is_escaped_and_empty_tags_are_left_out() {
        let mut out = String::new();
        let tags = [("a b", "x,y=z"), ("empty", ""), ("path", "C:\\"), ("text", "one\ntwo")];
        let fields = [("value", Field::Whole(3)), ("mean", Field::Float(0.5))];
        write(&mut out, "m, n", tags, &fields, 7);
        assert_eq!(
            out,
            "m\\,\\ n,a\\ b=x\\,y\\=z,path=C:\\\\ ,text=one\\ntwo value=3i,mean=0.5 7\n"
        );
    }
}
