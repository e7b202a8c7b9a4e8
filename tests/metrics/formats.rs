//! Strict readers of what is served: two formats of text, and protobuf.

use std::collections::BTreeMap;

/// Every sample by its name and labels, as the text format names it.
pub(crate) type Samples = BTreeMap<String, f64>;

fn is_name(text: &str, more: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || more.contains(c))
}

/// Reads Prometheus' text, or OpenMetrics. Whatever the rules forbid fails the test.
#[track_caller]
pub(crate) fn text(body: &str, open: bool) -> Samples {
    assert!(body.ends_with('\n'), "the last line has no end");
    let body = match open {
        true => body.strip_suffix("# EOF\n").expect("it ends with # EOF"),
        false => body,
    };
    let mut samples = Samples::new();
    let mut seen = Vec::new();
    let mut family: Option<(String, String)> = None;
    let mut lines = body.lines();
    while let Some(line) = lines.next() {
        if line.is_empty() {
            assert!(!open, "OpenMetrics has no empty lines");
        } else if let Some(help) = line.strip_prefix("# HELP ") {
            let name = help.split(' ').next().expect("it has a name").to_owned();
            let kind = lines.next().and_then(|line| line.strip_prefix("# TYPE "));
            let (of, kind) = kind.and_then(|kind| kind.split_once(' ')).expect("a type follows");
            assert_eq!(of, name, "the type is of the same");
            let kinds: &[&str] = match open {
                true => &["counter", "gauge", "histogram", "unknown"],
                false => &["counter", "gauge", "histogram"],
            };
            assert!(kinds.contains(&kind) && is_name(&name, ":"), "{line}");
            assert!(!seen.contains(&name), "{name} comes twice");
            seen.push(name.clone());
            family = Some((name, kind.to_owned()));
        } else {
            let (name, labels, value) = sample(line);
            let (of, kind) = family.as_ref().expect("a sample has a family");
            let parts: &[&str] = match kind.as_str() {
                "histogram" => &["_bucket", "_sum", "_count"],
                "counter" if open => &["_total"],
                _ => &[""],
            };
            let part = name.strip_prefix(of.as_str()).expect("it is of its family");
            assert!(parts.contains(&part), "{name} is no sample of a {kind} {of}");
            assert_eq!(part == "_bucket", labels.contains_key("le"), "{line}");
            assert!(kind != "counter" || value >= 0.0, "{line}");
            let known = samples.insert(key(&name, &labels), value);
            assert_eq!(known, None, "it comes twice: {line}");
        }
    }
    samples
}

/// A name, its labels and its value.
#[track_caller]
fn sample(line: &str) -> (String, BTreeMap<String, String>, f64) {
    let end = line.find(['{', ' ']).expect("a name ends");
    let (name, mut rest) = line.split_at(end);
    assert!(is_name(name, ":"), "{line}");
    let mut labels = BTreeMap::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        loop {
            let (label, after) = rest.split_once("=\"").expect("a label has a value");
            assert!(is_name(label, ""), "{label} in {line}");
            let mut value = String::new();
            let mut chars = after.char_indices();
            let end = loop {
                match chars.next().expect("a value ends") {
                    (at, '"') => break at,
                    (_, '\\') => match chars.next().expect("something is escaped").1 {
                        'n' => value.push('\n'),
                        c @ ('\\' | '"') => value.push(c),
                        c => panic!("\\{c} is no escape: {line}"),
                    },
                    (_, c) => value.push(c),
                }
            };
            assert_eq!(labels.insert(label.to_owned(), value), None, "{label} twice in {line}");
            rest = &after[end + 1..];
            match rest.strip_prefix(',') {
                Some(more) => rest = more,
                None => break,
            }
        }
        rest = rest.strip_prefix('}').expect("labels end");
    }
    let value = rest.strip_prefix(' ').expect("a value follows");
    let value = match value {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        "NaN" => f64::NAN,
        value => {
            assert!(!value.contains(|c: char| c.is_alphabetic()), "{line}");
            value.parse().unwrap_or_else(|_| panic!("no number: {line}"))
        }
    };
    (name.to_owned(), labels, value)
}

/// Labels in one order, bounds as numbers.
fn key(name: &str, labels: &BTreeMap<String, String>) -> String {
    let shown = labels.iter().map(|(label, value)| match label.as_str() {
        "le" if value != "+Inf" => {
            format!("le={}", value.parse::<f64>().expect("a bound is a number"))
        }
        _ => format!("{label}={value:?}"),
    });
    format!("{name}{{{}}}", shown.collect::<Vec<_>>().join(","))
}

/// A message of protobuf: its fields, in order.
#[derive(Debug)]
enum Field<'a> {
    Varint(u64),
    Fixed(f64),
    Bytes(&'a [u8]),
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut n = 0;
    for at in 0.. {
        let (byte, rest) = bytes.split_first().expect("a number ends");
        *bytes = rest;
        n |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return n;
        }
    }
    unreachable!("the loop has no end")
}

fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let field = match key & 7 {
            0 => Field::Varint(varint(&mut bytes)),
            1 => {
                let (float, rest) = bytes.split_first_chunk().expect("eight bytes");
                bytes = rest;
                Field::Fixed(f64::from_le_bytes(*float))
            }
            2 => {
                let length = varint(&mut bytes) as usize;
                let (inner, rest) = bytes.split_at(length);
                bytes = rest;
                Field::Bytes(inner)
            }
            kind => panic!("no kind of field is {kind}"),
        };
        fields.push((key >> 3, field));
    }
    fields
}

fn signed(n: u64) -> i64 {
    (n >> 1) as i64 ^ -((n & 1) as i64)
}

/// Exponential buckets of a histogram.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Native {
    pub(crate) schema: i64,
    pub(crate) zero_threshold: f64,
    pub(crate) zero: u64,
    /// By number.
    pub(crate) positive: BTreeMap<i64, i64>,
    pub(crate) negative: BTreeMap<i64, i64>,
}

/// Reads delimited `MetricFamily`s: samples as the text format has them, and the
/// exponential buckets by the name and labels of their histogram.
#[track_caller]
pub(crate) fn protobuf(mut body: &[u8]) -> (Samples, BTreeMap<String, Native>) {
    let (mut samples, mut natives) = (Samples::new(), BTreeMap::new());
    while !body.is_empty() {
        let length = varint(&mut body) as usize;
        let (message, rest) = body.split_at(length);
        body = rest;
        let mut name = String::new();
        for (tag, field) in fields(message) {
            match (tag, field) {
                (1, Field::Bytes(text)) => name = String::from_utf8(text.to_vec()).expect("text"),
                (2, Field::Bytes(_)) | (3, Field::Varint(0 | 1 | 4)) => {}
                (4, Field::Bytes(metric)) => read(&name, metric, &mut samples, &mut natives),
                other => panic!("a family has no {other:?}"),
            }
        }
    }
    (samples, natives)
}

fn read(name: &str, metric: &[u8], samples: &mut Samples, natives: &mut BTreeMap<String, Native>) {
    let mut labels = BTreeMap::new();
    for (tag, field) in fields(metric) {
        let Field::Bytes(inner) = field else { panic!("a metric has only messages") };
        let inner = fields(inner);
        match (tag, &inner[..]) {
            (1, [(1, Field::Bytes(label)), (2, Field::Bytes(value))]) => {
                let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
                labels.insert(text(label), text(value));
            }
            (2 | 3, [(1, Field::Fixed(value))]) => {
                samples.insert(key(name, &labels), *value);
            }
            (7, _) => {
                if let Some(native) = histogram(name, &labels, inner, samples) {
                    natives.insert(key(name, &labels), native);
                }
            }
            other => panic!("a metric has no {other:?}"),
        }
    }
}

fn histogram(
    name: &str,
    labels: &BTreeMap<String, String>,
    inner: Vec<(u64, Field<'_>)>,
    samples: &mut Samples,
) -> Option<Native> {
    let mut native = Native::default();
    let mut is_native = false;
    let (mut spans, mut deltas) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for (tag, field) in inner {
        match (tag, field) {
            (1, Field::Varint(n)) => {
                samples.insert(key(&format!("{name}_count"), labels), n as f64);
            }
            (2, Field::Fixed(sum)) => {
                samples.insert(key(&format!("{name}_sum"), labels), sum);
            }
            (3, Field::Bytes(bucket)) => match &fields(bucket)[..] {
                [(1, Field::Varint(n)), (2, Field::Fixed(bound))] => {
                    let mut labels = labels.clone();
                    let le = if bound.is_infinite() { "+Inf".into() } else { bound.to_string() };
                    labels.insert("le".into(), le);
                    samples.insert(key(&format!("{name}_bucket"), &labels), *n as f64);
                }
                other => panic!("a bucket has no {other:?}"),
            },
            (5, Field::Varint(schema)) => (native.schema, is_native) = (signed(schema), true),
            (6, Field::Fixed(threshold)) => native.zero_threshold = threshold,
            (7, Field::Varint(n)) => native.zero = n,
            (9 | 12, Field::Bytes(span)) => match &fields(span)[..] {
                [(1, Field::Varint(offset)), (2, Field::Varint(length))] => {
                    spans[usize::from(tag == 12)].push((signed(*offset), *length));
                }
                other => panic!("a span has no {other:?}"),
            },
            (10 | 13, Field::Varint(delta)) => {
                deltas[usize::from(tag == 13)].push(signed(delta));
            }
            other => panic!("a histogram has no {other:?}"),
        }
    }
    let [negative, positive] = [0, 1].map(|side| {
        let (mut at, mut n) = (0, 0);
        let mut deltas = deltas[side].iter();
        let mut buckets = BTreeMap::new();
        for (offset, length) in &spans[side] {
            at += offset;
            for _ in 0..*length {
                n += deltas.next().expect("each bucket has a count");
                buckets.insert(at, n);
                at += 1;
            }
        }
        assert_eq!(deltas.next(), None, "more counts than buckets");
        buckets
    });
    (native.negative, native.positive) = (negative, positive);
    is_native.then_some(native)
}
