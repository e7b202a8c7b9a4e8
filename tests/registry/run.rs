//! Journeys run from their entries.

use std::future::Future;
use std::sync::Arc;

use mite::__private::{Arguments, JourneyEntry, Meta};
use mite::prelude::*;
use mite_core::journey::{Host, Lanes};
use mite_core::label::Label;
use mite_core::message::{Feed, Identity, Interest, Processor, Tap};
use mite_core::msgpack;
use serde::Serialize;

use crate::{Row, greet, no_arguments, registry};

/// A context of `journey`, and where the messages go that are sent on it.
fn context(journey: &str) -> (Context, Feed) {
    let (tap, feed) = Tap::new(Interest::Everything, 1 << 20);
    let host = Host::new(1, Label::intern("test"), Lanes::new(Some(tap)));
    let identity = Identity::alone("test", journey);
    (Context::new(Arc::new(host), identity), feed)
}

async fn start(
    entry: &JourneyEntry,
    arguments: &impl Serialize,
) -> (mite::Result, Vec<mite::Message>) {
    let (ctx, feed) = context(&entry.meta.display());
    let encoded = msgpack::encode(arguments).unwrap();
    let result = match (entry.start)(ctx, &encoded) {
        Ok(future) => future.await,
        Err(error) => Err(error),
    };
    (result, feed.drain())
}

#[tokio::test]
async fn a_journey_is_started_from_encoded_arguments() {
    let entry = registry().journey("registry:greet").unwrap();
    let row = Row { name: "ann".into(), age: Some(30) };
    let (result, messages) = start(entry, &(row, 2)).await;
    result.unwrap();
    let kinds: Vec<_> = messages.iter().map(|m| m.kind()).collect();
    assert_eq!(kinds, ["hello", "txn"]);
    assert_eq!(messages[0].get::<String>("name").unwrap(), "ann");
    assert_eq!(messages[0].get::<u8>("age"), Some(30));
    assert_eq!(messages[0].get::<u32>("times"), Some(2));
    assert_eq!(messages[0].get::<String>("journey").unwrap(), "registry:greet");

    let none = registry().journey("registry:no_arguments").unwrap();
    let (result, _) = start(none, &[0u8; 0]).await;
    let error = result.unwrap_err();
    assert_eq!((error.text(), error.fields().get("code")), ("nothing to do", Some(7)));
}

#[tokio::test(start_paused = true)]
async fn a_journey_may_keep_what_is_not_send() {
    let entry = registry().journey("registry:keeps_an_rc").unwrap();
    let (result, messages) = start(entry, &(4u8,)).await;
    result.unwrap();
    assert_eq!(messages[0].get::<u8>("n"), Some(5));
}

#[tokio::test]
async fn arguments_that_do_not_fit_are_named() {
    let entry = registry().journey("registry:greet").unwrap();
    let (result, _) = start(entry, &("ann", 2)).await;
    let text = result.unwrap_err().text().to_owned();
    let expected = "argument `row: Row` of journey registry:greet cannot be read from \"ann\": ";
    assert!(text.starts_with(expected), "{text}");

    let row = Row { name: "ann".into(), age: None };
    let (result, _) = start(entry, &(&row, -1)).await;
    let text = result.unwrap_err().text().to_owned();
    let expected = "argument `times: u32` of journey registry:greet cannot be read from -1: ";
    assert!(text.starts_with(expected), "{text}");

    let (result, _) = start(entry, &(&row,)).await;
    assert_eq!(
        result.unwrap_err().text(),
        "journey registry:greet takes 2 arguments, but its data item has 1: [{\"age\":null,\"name\":\"ann\"}]"
    );
}

#[test]
fn arguments_are_read_in_order() {
    static META: Meta = Meta { module: "a", name: "b", file: "", line: 1, doc: "" };
    let encoded = msgpack::encode(&(1u8, "two")).unwrap();
    let mut arguments = Arguments::new(&META, &encoded, 2).unwrap();
    assert_eq!(arguments.next::<u8>("one").unwrap(), 1);
    assert_eq!(arguments.next::<String>("two").unwrap(), "two");
}

#[tokio::test]
async fn the_function_stays_callable() {
    let row = Row { name: "ann".into(), age: None };
    greet(&Context::for_test(), row, 1).await.unwrap();
    assert_eq!(no_arguments(&Context::for_test()).await.unwrap_err().text(), "nothing to do");
}

#[tokio::test]
async fn processor_functions_make_processors() {
    let entry = registry().journey("registry:greet").unwrap();
    let row = Row { name: "ann".into(), age: None };
    let (_, messages) = start(entry, &(row, 1)).await;
    let build = |name: &str| (registry().processor(name).unwrap().build)().unwrap();
    let mut seen = build("registry:seen");
    assert!(matches!(seen, Processor::Decoded(_)));
    assert_eq!(seen.process(messages[0].as_ref()).unwrap_err().text(), "hello");
    let mut raw = build("registry:raw");
    assert!(matches!(raw, Processor::Raw(_)));
    let length = messages[0].bytes().len().to_string();
    assert_eq!(raw.process(messages[0].as_ref()).unwrap_err().text(), length);
}

/// A helper that a journey may spawn: mite's own futures are `Send`.
async fn nested(ctx: Context, name: String) -> mite::Result<usize> {
    ctx.transaction("outer", async |ctx| {
        ctx.transaction(&format!("inner {name}"), async |ctx| {
            ctx.fixed_separation(secs(1), async { Ok(()) }).await?;
            ctx.send("said", fields! { name: &name });
            Ok(name.len())
        })
        .await
    })
    .await
}

#[async_trait]
trait Helper {
    async fn help(&self, ctx: &Context) -> mite::Result<usize>;
}

#[async_trait]
impl Helper for String {
    async fn help(&self, ctx: &Context) -> mite::Result<usize> {
        ctx.transaction("help", async |ctx| nested(ctx.clone(), self.clone()).await).await
    }
}

fn assert_send<F: Future + Send>(future: F) -> F {
    future
}

#[tokio::test(start_paused = true)]
async fn what_mite_makes_is_send() {
    let (ctx, feed) = context("registry:greet");
    let spawned = tokio::spawn(nested(ctx.clone(), "bob".to_owned()));
    assert_eq!(spawned.await.unwrap().unwrap(), 3);
    let name = "eve".to_owned();
    assert_eq!(assert_send(name.help(&ctx)).await.unwrap(), 3);
    let mut names = Vec::new();
    for message in feed.drain() {
        if message.kind() == "txn" {
            names.push(message.get::<String>("transaction").unwrap());
        }
    }
    assert_eq!(
        names,
        ["outer :: inner bob", "outer", "help :: outer :: inner eve", "help :: outer", "help"]
    );
}
