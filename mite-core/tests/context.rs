//! What a journey's context sends, in which order, with which fields.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use mite_core::error::{Error, Result};
use mite_core::fields;
use mite_core::journey::{Context, Host, Lanes};
use mite_core::label::Label;
use mite_core::message::{Feed, Identity, Interest, Message, Origin, Tap};
use tokio::time::Instant;

fn context() -> (Context, Feed) {
    let (tap, feed) = Tap::new(Interest::Everything, 1 << 20);
    let host = Host::new(3, Label::intern("tests:all"), Lanes::new(Some(tap)));
    let identity = Identity::new(
        Arc::new(Origin::new(Label::intern("tests:all"), 3, Label::intern("tests:one"), 2)),
        7,
        Some(41),
    );
    (Context::new(Arc::new(host), identity), feed)
}

/// Kind, transaction and `had_error` of each message.
fn shape(messages: &[Message]) -> Vec<(String, String, Option<bool>)> {
    messages
        .iter()
        .map(|m| {
            let transaction: Option<String> = m.get("transaction").unwrap();
            (m.kind().to_owned(), transaction.unwrap_or_default(), m.get("had_error"))
        })
        .collect()
}

fn entry(kind: &str, transaction: &str, had_error: Option<bool>) -> (String, String, Option<bool>) {
    (kind.to_owned(), transaction.to_owned(), had_error)
}

#[tokio::test]
async fn a_message_has_exactly_its_own_and_the_identity_fields() {
    let (ctx, feed) = context();
    ctx.transaction("xyz", async |ctx| {
        ctx.send("foo", fields! { bar: "quux" });
        Ok(())
    })
    .await
    .unwrap();
    let all = feed.drain();
    let fields: BTreeMap<String, serde_json::Value> = all[0].decode().unwrap();
    let time = fields["time"].as_f64().unwrap();
    assert!(time > 1.7e9, "{time}");
    let expected: BTreeMap<String, serde_json::Value> = [
        ("type", "foo".into()),
        ("time", time.into()),
        ("bar", "quux".into()),
        ("test", "tests:all".into()),
        ("runner_id", 3.into()),
        ("journey", "tests:one".into()),
        ("context_id", 7.into()),
        ("scenario_id", 2.into()),
        ("scenario_data_id", 41.into()),
        ("transaction", "xyz".into()),
        ("transaction_id", 1.into()),
    ]
    .map(|(k, v)| (k.to_owned(), v))
    .into();
    assert_eq!(fields, expected);
}

#[tokio::test]
async fn an_empty_transaction_is_one_txn_with_its_times() {
    let (ctx, feed) = context();
    ctx.transaction("t", async |_| Ok(())).await.unwrap();
    let all = feed.drain();
    assert_eq!(shape(&all), [entry("txn", "t", Some(false))]);
    let start: f64 = all[0].get("start_time").unwrap();
    let end: f64 = all[0].get("end_time").unwrap();
    assert!(start <= end && end - start < 60.0);
}

#[tokio::test(start_paused = true)]
async fn a_transaction_lasts_as_long_as_its_body() {
    let (ctx, feed) = context();
    ctx.transaction("t", async |ctx| {
        ctx.sleep(Duration::from_millis(1500)).await;
        Ok(())
    })
    .await
    .unwrap();
    let all = feed.drain();
    let took = all[0].get::<f64>("end_time").unwrap() - all[0].get::<f64>("start_time").unwrap();
    assert!((took - 1.5).abs() < 1e-4, "{took}");
}

#[tokio::test]
async fn nested_names_are_joined_and_numbered_in_order_of_entry() {
    let (ctx, feed) = context();
    ctx.transaction("outer", async |ctx| {
        ctx.transaction("inner", async |_| Ok(())).await?;
        ctx.transaction("inner", async |_| Ok(())).await
    })
    .await
    .unwrap();
    let seen: Vec<(String, u64)> = feed
        .drain()
        .iter()
        .map(|m| (m.get("transaction").unwrap(), m.get("transaction_id").unwrap()))
        .collect();
    assert_eq!(
        seen,
        [("outer :: inner".into(), 2), ("outer :: inner".into(), 3), ("outer".to_owned(), 1)]
    );
}

#[tokio::test]
async fn the_current_name_is_restored() {
    let (ctx, _feed) = context();
    assert_eq!(ctx.transaction_name(), None);
    ctx.transaction("A", async |ctx| {
        assert_eq!(ctx.transaction_name(), Some("A"));
        ctx.transaction("B", async |ctx| {
            assert_eq!(ctx.transaction_name(), Some("A :: B"));
            Ok(())
        })
        .await?;
        assert_eq!(ctx.transaction_name(), Some("A"));
        Ok(())
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn outside_a_transaction_its_fields_are_null() {
    let (ctx, feed) = context();
    ctx.send("foo", fields! {});
    let all = feed.drain();
    assert_eq!(all[0].get::<Option<String>>("transaction"), Some(None));
    assert_eq!(all[0].get::<Option<u64>>("transaction_id"), Some(None));
}

#[tokio::test]
async fn a_failure_is_reported_once_and_passes_all() {
    let (ctx, feed) = context();
    let line = line!() + 4;
    let result: Result = ctx
        .transaction("test", async |ctx| {
            ctx.transaction("inner", async |_| {
                "x".parse::<u8>()?;
                Ok(())
            })
            .await
        })
        .await;
    assert_eq!(result.unwrap_err().type_name(), "ParseIntError");
    let all = feed.drain();
    assert_eq!(
        shape(&all),
        [
            entry("exception", "test :: inner", None),
            entry("txn", "test :: inner", Some(true)),
            entry("txn", "test", Some(true)),
        ]
    );
    let text = "core::num::error::ParseIntError: invalid digit found in string";
    assert_eq!(all[0].get::<String>("message").unwrap(), text);
    assert_eq!(all[0].get::<String>("ex_type").unwrap(), "ParseIntError");
    assert_eq!(all[0].get::<String>("location").unwrap(), format!("{}:{line}", file!()));
    assert!(all[0].get::<String>("stacktrace").unwrap().starts_with(text));
}

#[tokio::test]
async fn a_declared_failure_carries_its_fields_and_no_stack() {
    let (ctx, feed) = context();
    let result: Result = ctx
        .transaction("t", async |_| {
            Err(Error::new("no such user").field("bar", 5).field("location", "cellar"))
        })
        .await;
    assert!(result.unwrap_err().is_declared());
    let all = feed.drain();
    assert_eq!(shape(&all), [entry("error", "t", None), entry("txn", "t", Some(true))]);
    assert_eq!(all[0].get::<String>("message").unwrap(), "mite::Error: no such user");
    assert_eq!(all[0].get::<u32>("bar"), Some(5));
    assert_eq!(all[0].get_encoded("stacktrace"), None);
    // A field with a reserved name is renamed; nothing is lost.
    assert!(all[0].get::<String>("location").unwrap().starts_with(file!()));
    assert_eq!(all[0].get::<String>("location_").unwrap(), "cellar");
}

#[tokio::test]
async fn a_failure_that_is_handled_leaves_the_outer_transaction_clean() {
    let (ctx, feed) = context();
    ctx.transaction("outer", async |ctx| {
        let inner: Result = ctx.transaction("inner", async |_| Err(Error::new("boom"))).await;
        assert!(inner.is_err());
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(
        shape(&feed.drain()),
        [
            entry("error", "outer :: inner", None),
            entry("txn", "outer :: inner", Some(true)),
            entry("txn", "outer", Some(false)),
        ]
    );
}

#[tokio::test]
async fn each_occurrence_of_a_failure_is_reported() {
    let (ctx, feed) = context();
    for _ in 0..2 {
        let _: Result = ctx.transaction("t", async |_| Err(Error::new("the same"))).await;
    }
    let errors = feed.drain().iter().filter(|m| m.kind() == "error").count();
    assert_eq!(errors, 2);
}

#[tokio::test]
async fn concurrent_transactions_are_independent() {
    let (ctx, feed) = context();
    ctx.transaction("root", async |ctx| {
        let one = ctx.transaction("A", async |ctx| {
            tokio::task::yield_now().await;
            ctx.send("in", fields! { wanted: "root :: A" });
            Ok(())
        });
        let two = ctx.transaction("B", async |ctx| {
            ctx.send("in", fields! { wanted: "root :: B" });
            tokio::task::yield_now().await;
            ctx.send("in", fields! { wanted: "root :: B" });
            Ok(())
        });
        let (one, two) = tokio::join!(one, two);
        one.and(two)
    })
    .await
    .unwrap();
    let inside: Vec<_> = feed.drain().into_iter().filter(|m| m.kind() == "in").collect();
    assert_eq!(inside.len(), 3);
    for m in inside {
        assert_eq!(m.get::<String>("transaction"), m.get::<String>("wanted"));
    }
}

#[tokio::test(start_paused = true)]
async fn cancellation_ends_a_transaction_without_an_error() {
    let (ctx, feed) = context();
    let endless = ctx.transaction("t", async |ctx| {
        ctx.sleep(Duration::from_secs(3600)).await;
        Ok(())
    });
    assert!(tokio::time::timeout(Duration::from_secs(1), endless).await.is_err());
    assert_eq!(shape(&feed.drain()), [entry("txn", "t", Some(false))]);
}

#[tokio::test]
async fn the_name_is_read_at_the_call() {
    let (ctx, feed) = context();
    let future = ctx.transaction(&format!("user {}", 5), async |_| Ok(()));
    future.await.unwrap();
    assert_eq!(shape(&feed.drain()), [entry("txn", "user 5", Some(false))]);
}

#[tokio::test]
async fn recording_sends_data_created() {
    let (ctx, feed) = context();
    ctx.record("users", &("bob", 5)).unwrap();
    let all = feed.drain();
    assert_eq!(all[0].kind(), "data_created");
    assert_eq!(all[0].get::<String>("name").unwrap(), "users");
    assert_eq!(all[0].get::<(String, u8)>("data").unwrap(), ("bob".to_owned(), 5));
}

#[tokio::test]
async fn extensions_live_as_long_as_the_execution() {
    let (ctx, _feed) = context();
    let first = ctx.extension(|| String::from("made once"));
    let again = ctx
        .transaction("t", async |ctx| Ok(ctx.extension(|| String::from("made twice"))))
        .await
        .unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    let runner = ctx.runner_extension(|| String::from("the runner's"));
    assert_eq!(*runner, "the runner's");
}

#[tokio::test(start_paused = true)]
async fn separation_lasts_at_least_so_long_also_after_a_failure() {
    let (ctx, _feed) = context();
    let second = Duration::from_secs(1);
    let start = Instant::now();
    let failed: Result = ctx.fixed_separation(second * 2, async { Err(Error::new("x")) }).await;
    assert!(failed.is_err());
    assert_eq!(start.elapsed(), second * 2);
    let start = Instant::now();
    let long = async {
        tokio::time::sleep(second * 5).await;
        Ok(3)
    };
    assert_eq!(ctx.fixed_separation(second, long).await.unwrap(), 3);
    assert_eq!(start.elapsed(), second * 5);
}

#[tokio::test(start_paused = true)]
async fn average_separation_stays_within_its_bounds_and_its_mean() {
    let (ctx, _feed) = context();
    let mut total = Duration::ZERO;
    for _ in 0..400 {
        let start = Instant::now();
        ctx.average_separation(Duration::from_secs(4), Duration::from_secs(1), async { Ok(()) })
            .await
            .unwrap();
        let took = start.elapsed();
        assert!(took >= Duration::from_secs(3) && took <= Duration::from_millis(5001), "{took:?}");
        total += took;
    }
    let mean = total.as_secs_f64() / 400.0;
    assert!((mean - 4.0).abs() < 0.1, "{mean}");
}

#[tokio::test(start_paused = true)]
async fn a_record_that_cannot_be_made_fails_at_the_line_that_asked_for_it() {
    struct Bad;
    impl serde::Serialize for Bad {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no can do"))
        }
    }
    let ctx = Context::for_test();
    let name = ctx.record(" ", &1).unwrap_err();
    let value = ctx.record("users", &Bad).unwrap_err();
    let here = line!();
    assert!(name.text().starts_with("\" \" cannot be the name of a record"), "{name}");
    assert_eq!(value.text(), "the value for record `users` cannot be serialized: no can do");
    for (error, line) in [(name, here - 2), (value, here - 1)] {
        assert_eq!((&*error.location().file, error.location().line), (file!(), line));
    }
}

#[tokio::test(start_paused = true)]
async fn an_execution_knows_how_late_it_started() {
    let start = |intended| {
        let host = Host::new(1, Label::intern("tests:all"), Lanes::default());
        Context::intended_for(Arc::new(host), Identity::alone("tests:all", "tests:one"), intended)
    };
    let due = Instant::now();
    tokio::time::advance(Duration::from_millis(30)).await;
    let ctx = start(Some(due));
    tokio::time::advance(Duration::from_millis(500)).await;
    assert_eq!(ctx.lag(), Some(Duration::from_millis(30)));
    assert_eq!(start(None).lag(), None);
}
