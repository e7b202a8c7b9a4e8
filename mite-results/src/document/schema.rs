//! The JSON Schema is made from these types, and documents are checked against it.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::*;

fn path() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/mite-run.schema.json"))
}

fn generated() -> Value {
    let generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Document>().to_value();
    schema["properties"]["format"]["const"] = json!(FORMAT);
    schema["properties"]["version"]["const"] = json!(VERSION);
    // What follows the first sentence is for those who use the type.
    let text = schema["description"].as_str().expect("it is documented");
    schema["description"] = json!(text.split("\n\n").next());
    let definitions = schema["$defs"].as_object_mut().expect("there are some");
    definitions.values_mut().for_each(open);
    without_defaults(&mut schema);
    schema
}

/// What a missing key means is not worth its length: files have all keys.
fn without_defaults(schema: &mut Value) {
    if let Value::Object(map) = schema {
        map.remove("default");
        map.values_mut().for_each(without_defaults);
    } else if let Value::Array(items) = schema {
        items.iter_mut().for_each(without_defaults);
    }
}

/// A later version may know more words than those that are listed.
fn open(definition: &mut Value) {
    let Some(Value::Array(words)) = definition.as_object_mut().and_then(|d| d.remove("oneOf"))
    else {
        return;
    };
    let known = |word: &Value| word["const"] != "unknown" && word["const"] != "other";
    let mut words: Vec<Value> = words.into_iter().filter(known).collect();
    words.push(json!({ "type": "string" }));
    definition["anyOf"] = json!(words);
}

fn published() -> Value {
    serde_json::from_str(&std::fs::read_to_string(path()).expect("it is in docs/"))
        .expect("the schema is JSON")
}

#[test]
fn the_schema_in_docs_is_that_of_the_types() {
    let generated = generated();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        let text = serde_json::to_string_pretty(&generated).expect("JSON");
        std::fs::write(path(), text + "\n").expect("it can be written");
    }
    let text = "docs/mite-run.schema.json is of other types: UPDATE_SCHEMA=1 cargo test -p \
                mite-results schema";
    assert!(published() == generated, "{text}");
}

fn validate(schema: &Value, document: &Value) -> Result<(), String> {
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.add_resource("mite-run.json", schema.clone()).expect("it is a resource");
    let index = compiler.compile("mite-run.json", &mut schemas).expect("it is a schema");
    schemas.validate(document, index).map_err(|e| format!("{e:#}"))
}

/// With every key that a file may have.
fn full() -> Document {
    let mut micros =
        hdrhistogram::Histogram::<u64>::new_with_bounds(1, 3_600_000_000, 3).expect("valid bounds");
    (1..=1_000).for_each(|n| micros.record(n * 97).expect("below an hour"));
    let mut times = Times::of(&micros).expect("it has samples");
    times.interval99 = vec![(Number::from(50), Number::new(0.047), None)];
    let text = Some(Text::from("text"));
    let second = Number::from(Duration::from_millis(1_500));
    let told = StatisticWindows { count: vec![1], sum: vec![second], last: vec![Some(second)] };
    let series = Series {
        kind: SeriesKind::Request,
        journey: text.clone(),
        transaction: text.clone(),
        name: text.clone(),
        method: text.clone(),
        tags: [("k".to_owned(), "v".into())].into(),
        count: 1_000,
        rate_per_s: Some(second),
        codes: [("200".to_owned(), 999)].into(),
        kinds: [("timeout".to_owned(), 1)].into(),
        share: Some(second),
        service: Some(times.clone()),
        response: Some(times.clone()),
        phases: Some(Phases { dns: Some(times.clone()), ..Phases::default() }),
        phases_count: Some(9),
        ..Series::default()
    };
    let windows = SeriesWindows {
        count: vec![1],
        failed: vec![0],
        sum_s: vec![second],
        max_s: vec![Some(second)],
        received_bytes: vec![1],
        hist: Hist { schema: 5, first: vec![-3], counts: vec![vec![1]] },
        failed_hist: Some(Hist { schema: 5, first: vec![0], counts: vec![vec![]] }),
        service_hist: Some(Hist { schema: 5, first: vec![-3], counts: vec![vec![1]] }),
        ..SeriesWindows::default()
    };
    Document {
        run: Run {
            planned_s: Some(second),
            labels: [("commit".to_owned(), "3f2c1".into())].into(),
            settings: [("spawn_rate".to_owned(), "10".into())].into(),
            config_keys: vec!["app_url".into()],
            ..Run::default()
        },
        verdict: Verdict {
            reasons: vec![Reason { value: Some(second), ..Reason::default() }],
            limits: vec![Limit::default()],
            ..Verdict::default()
        },
        lines: vec![Line {
            phases: vec![Phase::default()],
            pool: Some(Pool::default()),
            dropped: [("no_slot".to_owned(), 3)].into(),
            unmet_slot_s: [("no_data".to_owned(), second)].into(),
            ..Line::default()
        }],
        series: vec![series],
        windows: Windows {
            t_s: vec![second],
            length_s: vec![second],
            required: vec![second],
            dropped: [("no_slot".to_owned(), vec![1])].into(),
            cpu: vec![vec![None]],
            series: [(0, windows)].into(),
            statistics: [(0, told)].into(),
            ..Windows::default()
        },
        events: vec![Event {
            data: json!({"from": 1}).as_object().expect("it is one").clone(),
            ..Event::default()
        }],
        failures: vec![Failure { first_s: Some(second), ..Failure::default() }],
        exemplars: vec![Exemplar {
            phases: Some(Phases { tls: Some(second), ..Phases::default() }),
            trace_id: Some("4bf92f3577b34da6a3ce929d0e0e4736".into()),
            ..Exemplar::default()
        }],
        statistics: vec![Statistic {
            id: Some(0),
            p: vec![(second, second)],
            ..Statistic::default()
        }],
        generator: Generator {
            loop_lag: Some(times),
            blocked: vec![Blocked::default()],
            processes: vec![Process {
                cpu_share: Some(second),
                unobserved_from_s: Some(second),
                ..Process::default()
            }],
            ..Generator::default()
        },
        ..Document::default()
    }
}

fn value(document: &Document) -> Value {
    serde_json::to_value(document).expect("a document is JSON")
}

#[test]
fn documents_are_valid() {
    for document in [Document::default(), full()] {
        assert_eq!(document.check(), Ok(()));
        assert_eq!(validate(&published(), &value(&document)), Ok(()));
    }
}

#[test]
fn every_key_that_is_written_is_described() {
    // Unknown keys are valid; here none may be unknown.
    fn close(schema: &mut Value) {
        if let Value::Object(map) = schema {
            if map.contains_key("properties") {
                map.insert("additionalProperties".to_owned(), json!(false));
            }
            map.values_mut().for_each(close);
        } else if let Value::Array(items) = schema {
            items.iter_mut().for_each(close);
        }
    }
    let mut schema = published();
    close(&mut schema);
    assert_eq!(validate(&schema, &value(&full())), Ok(()));
}

#[test]
fn what_is_wrong_is_not_valid() {
    let schema = published();
    let wrong: [(&str, Value); 5] = [
        ("/format", json!("k6")),
        ("/version", json!(2)),
        ("/totals/requests", json!(-1)),
        ("/series/0/count", json!(1.5)),
        ("/windows/series/0/hist/counts/0", json!("x")),
    ];
    for (place, wrong) in wrong {
        let mut document = value(&full());
        *document.pointer_mut(place).expect("it is there") = wrong;
        assert!(validate(&schema, &document).is_err(), "{place}");
    }
    let mut document = value(&full());
    document.as_object_mut().expect("it is one").remove("verdict");
    assert!(validate(&schema, &document).is_err());
}

#[test]
fn unknown_keys_are_valid() {
    let mut document = value(&full());
    document["verdict"]["new_key"] = json!([1]);
    document["series"][0]["new_key"] = json!(null);
    assert_eq!(validate(&published(), &document), Ok(()));
}

#[test]
fn a_full_document_survives_the_file() {
    let text = serde_json::to_vec(&full()).expect("a document is JSON");
    let read = Document::parse(std::path::Path::new("run.json"), &text).expect("sound");
    assert_eq!(read, full());
}
