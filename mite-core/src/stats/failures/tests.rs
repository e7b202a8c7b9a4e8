use super::*;

fn counts(table: &FailureTable) -> Vec<(&str, u64)> {
    table.iter().map(|(failure, n)| (failure.text.as_str(), *n)).collect()
}

fn declared(text: String) -> Error {
    Error::new(text)
}

#[test]
fn few_texts_are_kept_apart_even_if_they_differ_in_a_number_only() {
    let mut table = FailureTable::new(100);
    let journey = Label::intern("j");
    for status in [404, 500, 404] {
        table.record(&journey, None, &declared(format!("status {status}")));
    }
    assert_eq!(counts(&table), [("status 404", 2), ("status 500", 1)]);
}

#[test]
fn many_texts_that_differ_in_numbers_become_one() {
    let mut table = FailureTable::new(100);
    let journey = Label::intern("j");
    for user in 0..1_000 {
        table.record(&journey, None, &declared(format!("no user u-{user}, sorry")));
    }
    let counted = counts(&table);
    assert_eq!(counted.len(), TEXTS_PER_PLACE as usize + 1);
    assert_eq!(counted[20], ("no user u-20, sorry", 980));
    assert!(table.iter().nth(20).unwrap().0.folded);
    table.record(&journey, None, &declared("no user u-3, sorry".into()));
    assert_eq!(counts(&table)[3].1, 2);
}

#[test]
fn what_finds_the_table_full_is_counted_as_overflow() {
    let mut table = FailureTable::new(3);
    let journey = Label::intern("j");
    for letter in 'a'..='j' {
        table.record(&journey, None, &declared(letter.to_string()));
    }
    assert_eq!(counts(&table), [("a", 1), ("b", 1), ("c", 1), (OVERFLOW, 7)]);
}

#[test]
fn texts_of_any_length_cost_little_and_are_one() {
    let mut table = FailureTable::new(100);
    let journey = Label::intern("j");
    for page in ["a", "b", "b"] {
        let text = format!("{page}{}", "ü".repeat(100_000));
        table.record(&journey, None, &declared(text.clone()).field("body", &text));
    }
    let counted: Vec<_> = table.iter().map(|(f, n)| (f.text.len(), *n)).collect();
    assert_eq!(counted, [(4_095, 1), (4_095, 2)]);
    let (failure, _) = table.iter().next().unwrap();
    assert!(failure.message.len() <= 4_096 && failure.fields[0].1.len() <= 4_096);
}

#[test]
fn of_very_many_fields_the_first_are_kept_and_the_others_counted() {
    let mut table = FailureTable::new(100);
    let mut error = declared("x".into());
    for n in 0..1_000 {
        error = error.field(&format!("field {n}"), "v".repeat(991));
    }
    table.record(&Label::intern("j"), None, &error);
    let (failure, _) = table.iter().next().unwrap();
    // 998 bytes each, then 999, of 16,384.
    assert_eq!(failure.fields.len(), 17);
    assert_eq!(failure.fields[15].0, "field 15");
    assert_eq!(failure.fields[16], ("…".to_owned(), "984 more".to_owned()));
}

#[test]
fn place_transaction_journey_and_type_tell_failures_apart() {
    let mut table = FailureTable::new(100);
    let (a, b) = (Label::intern("a"), Label::intern("b"));
    table.record(&a, None, &declared("x".into()));
    table.record(&b, None, &declared("x".into()));
    table.record(&a, Some(&b), &declared("x".into()));
    table.record(&a, None, &Error::new("x"));
    assert_eq!(table.iter().count(), 4);
}

#[test]
fn taking_leaves_the_examples_and_totals_are_sums() {
    let journey = Label::intern("j");
    let mut runners = [FailureTable::new(100), FailureTable::new(100)];
    let mut all = FailureTable::new(100);
    for round in 0..30u64 {
        for (i, runner) in runners.iter_mut().enumerate() {
            let text = format!("item {} is gone", round * 2 + i as u64);
            runner.record(&journey, None, &declared(text));
            runner.record(&journey, None, &declared("plain".into()).field("n", round));
            let mut taken = Vec::new();
            runner.take(&mut taken);
            taken.iter().for_each(|(failure, n)| all.merge(failure, *n));
        }
    }
    assert_eq!(counts(&all).iter().map(|(_, n)| n).sum::<u64>(), 120);
    assert_eq!(all.iter().find(|(f, _)| f.text == "plain").unwrap().1, 60);
    assert!(all.iter().count() <= 22, "{:?}", counts(&all));
    let (example, _) = all.iter().find(|(f, _)| f.text == "plain").unwrap();
    assert_eq!(example.fields, [("n".to_owned(), "0".to_owned())]);
}

#[test]
fn texts_whose_urls_differ_in_their_query_are_one_and_the_first_is_shown() {
    let mut table = FailureTable::new(100);
    let journey = Label::intern("j");
    let texts = |n: u32| {
        [
            format!("GET http://h/a?n={n} failed: connect"),
            format!("GET http://h/b?n={n} failed: connect"),
            format!("no item at \"http://h/a?n={n}\", really? {}", n % 2),
        ]
    };
    for n in 6..8 {
        texts(n).iter().for_each(|text| table.record(&journey, None, &declared(text.clone())));
    }
    table.record(&journey, None, &declared("GET http://h/a failed: connect".into()));
    assert_eq!(
        counts(&table),
        [
            ("GET http://h/a?n=6 failed: connect", 2),
            ("GET http://h/b?n=6 failed: connect", 2),
            ("no item at \"http://h/a?n=6\", really? 0", 1),
            ("no item at \"http://h/a?n=7\", really? 1", 1),
            ("GET http://h/a failed: connect", 1),
        ]
    );
    let queries = |table: &FailureTable| table.iter().map(|(f, _)| f.queries).collect::<Vec<_>>();
    assert_eq!(queries(&table), [true, true, false, false, false]);
    // Also on its way to others.
    let (mut taken, mut all) = (Vec::new(), FailureTable::new(100));
    table.take(&mut taken);
    taken.iter().for_each(|(failure, n)| all.merge(failure, *n));
    assert_eq!(queries(&all), [true, true, false, false, false]);
    for n in 0..2 {
        let mut one = FailureTable::new(100);
        one.record(&journey, None, &declared(format!("PUT http://h/c?n={n} failed")));
        let mut taken = Vec::new();
        one.take(&mut taken);
        all.merge(&taken[0].0, taken[0].1);
    }
    assert!(all.iter().last().unwrap().0.queries);
}

#[test]
fn what_is_no_query_tells_texts_apart() {
    for (text, parts) in [
        ("what? http://h/a and /b?c", vec!["what? http://h/a and /b?c"]),
        ("at http://h/a?b#c: x", vec!["at http://h/a?", " x"]),
        ("(http://h/?q) https://h/?é x", vec!["(http://h/?", ") https://h/?", " x"]),
        ("http://h/?", vec!["http://h/?"]),
        ("", vec![]),
    ] {
        assert_eq!(without_queries(text).collect::<Vec<_>>(), parts, "{text}");
    }
}
