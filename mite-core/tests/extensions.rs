//! What protocol crates attach to a context: how it is made, and how it ends.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mite_core::error::Result;
use mite_core::journey::{Context, Host, JourneyEntry, Lanes, execute};
use mite_core::label::Label;
use mite_core::message::{Feed, Identity, Interest, Tap};
use mite_core::meta::{LocalFuture, Meta, TypeOf};

/// What has happened, in order.
type Log = Arc<Mutex<Vec<&'static str>>>;

struct Http(Log);
struct Browser(Arc<Http>);
struct Database(Log);

fn http(ctx: &Context) -> Arc<Http> {
    let log = ctx.runner_extension(Log::default).as_ref().clone();
    ctx.extension_with_end(
        || Http(log),
        |http| async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            http.0.lock().unwrap().push("http ended");
        },
    )
}

fn browser(ctx: &Context) -> Arc<Browser> {
    ctx.extension_with_end(
        || Browser(http(ctx)),
        |browser| async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            browser.0.0.lock().unwrap().push("browser ended");
        },
    )
}

fn context() -> (Context, Feed, Log) {
    let (tap, feed) = Tap::new(Interest::Everything, 1 << 20);
    let host = Host::new(1, Label::intern("tests:all"), Lanes::new([tap]));
    let ctx = Context::new(Arc::new(host), Identity::alone("tests:all", "tests:one"));
    let log = ctx.runner_extension(Log::default).as_ref().clone();
    (ctx, feed, log)
}

/// What `#[journey]` makes of a function.
type Start = fn(Context, &[u8]) -> Result<LocalFuture<'static, Result>>;

fn journey(start: Start) -> JourneyEntry {
    let meta = Meta { module: "tests", name: "one", file: file!(), line: line!(), doc: "" };
    JourneyEntry {
        meta,
        parameters: &[],
        arguments: TypeOf::of::<()>,
        function: || mite_core::meta::function_id(execute_nothing),
        start,
    }
}

fn execute_nothing() {}

const NO_ARGUMENTS: &[u8] = &[0x90];

#[tokio::test]
async fn an_extension_may_use_another_one() {
    let (ctx, _feed, _log) = context();
    assert!(Arc::ptr_eq(&browser(&ctx).0, &http(&ctx)));
}

#[tokio::test]
async fn one_that_asks_for_itself_is_told_so_and_can_be_made_later() {
    let (ctx, _feed, _log) = context();
    let inner = ctx.clone();
    let error = mite_core::caught(|| ctx.extension(|| *inner.extension(|| 5_u8))).unwrap_err();
    assert_eq!(error.text(), "extension `u8` asks for itself while it is being made");
    assert_eq!(*ctx.extension(|| 7_u8), 7);
}

#[tokio::test(start_paused = true)]
async fn extensions_end_with_their_execution_the_last_one_first() {
    let bodies: [Start; 3] = [
        |ctx, _| {
            Ok(Box::pin(async move {
                browser(&ctx);
                Ok(())
            }))
        },
        |ctx, _| {
            Ok(Box::pin(async move {
                browser(&ctx);
                mite_core::bail!("no")
            }))
        },
        |ctx, _| {
            Ok(Box::pin(async move {
                browser(&ctx);
                panic!("no")
            }))
        },
    ];
    for (body, passes) in bodies.into_iter().zip([true, false, false]) {
        let (ctx, _feed, log) = context();
        let before = tokio::time::Instant::now();
        let result = execute(&ctx, &journey(body), NO_ARGUMENTS).await;
        assert_eq!(result.is_ok(), passes, "{result:?}");
        assert_eq!(*log.lock().unwrap(), ["browser ended", "http ended"]);
        assert_eq!(before.elapsed(), Duration::from_secs(2));
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_cancelled_execution_used_ends_before_its_runner_does() {
    let (ctx, _feed, log) = context();
    let body = journey(|ctx, _| {
        Ok(Box::pin(async move {
            // It ends at once.
            let log = http(&ctx).0.clone();
            ctx.extension_with_end(
                || Database(log),
                |database| async move { database.0.lock().unwrap().push("database ended") },
            );
            std::future::pending().await
        }))
    });
    let running = execute(&ctx, &body, NO_ARGUMENTS);
    assert!(tokio::time::timeout(Duration::from_secs(9), running).await.is_err());
    let shared = log.clone();
    ctx.runner_extension_with_end(
        || Database(shared),
        |database| async move { database.0.lock().unwrap().push("runner's ended") },
    );
    ctx.runner_host().end().await;
    assert_eq!(*log.lock().unwrap(), ["database ended", "http ended", "runner's ended"]);
    assert_eq!(ctx.runner_host().faults.take(), []);
}

#[tokio::test(start_paused = true)]
async fn an_execution_that_is_cancelled_while_it_ends_still_ends() {
    let (ctx, _feed, log) = context();
    let body = journey(|ctx, _| {
        Ok(Box::pin(async move {
            browser(&ctx);
            Ok(())
        }))
    });
    let running = execute(&ctx, &body, NO_ARGUMENTS);
    assert!(tokio::time::timeout(Duration::from_millis(1_500), running).await.is_err());
    assert_eq!(*log.lock().unwrap(), ["browser ended"]);
    ctx.runner_host().end().await;
    assert_eq!(*log.lock().unwrap(), ["browser ended", "http ended"]);
}

#[tokio::test(start_paused = true)]
async fn an_end_that_panics_or_takes_too_long_is_a_failure_of_the_journey() {
    struct Slow;
    struct Clumsy;
    let (ctx, feed, _log) = context();
    let body = journey(|ctx, _| {
        Ok(Box::pin(async move {
            ctx.extension_with_end(|| Slow, |_| std::future::pending());
            ctx.extension_with_end(|| Clumsy, |_| async { panic!("no way out") });
            Ok(())
        }))
    });
    let before = tokio::time::Instant::now();
    let error = execute(&ctx, &body, NO_ARGUMENTS).await.unwrap_err();
    assert_eq!(error.text(), "no way out");
    assert_eq!(before.elapsed(), Duration::from_secs(10));
    let failures: Vec<(String, String)> = feed
        .drain()
        .iter()
        .filter(|m| m.kind() != "txn")
        .map(|m| (m.kind().to_owned(), m.get("message").unwrap()))
        .collect();
    let failure = |kind: &str, text: &str| (kind.to_owned(), text.to_owned());
    assert_eq!(
        failures,
        [
            failure("exception", "panic: no way out"),
            failure("error", "mite::Error: extension `Slow` did not end within 10 s"),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_runner_waits_no_longer_than_its_run_does() {
    struct Slow;
    let (ctx, _feed, _log) = context();
    ctx.runner_extension_with_end(|| Slow, |_| std::future::pending());
    let before = tokio::time::Instant::now();
    ctx.runner_host().end().await;
    assert_eq!(before.elapsed(), Duration::from_millis(1_500));
    assert_eq!(
        ctx.runner_host().faults.take(),
        [("at the end of runner 1: extension `Slow` did not end within 1.5 s".to_owned(), 1)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_destructor_at_cancellation_is_a_failure_of_the_journey() {
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            panic!("the guard fell over");
        }
    }
    let (ctx, feed, _log) = context();
    let body = journey(|ctx, _| {
        Ok(Box::pin(async move {
            ctx.transaction("step", async |_| {
                let _guard = Guard;
                std::future::pending().await
            })
            .await
        }))
    });
    let running = execute(&ctx, &body, NO_ARGUMENTS);
    assert!(tokio::time::timeout(Duration::from_secs(1), running).await.is_err());
    let messages = feed.drain();
    let exceptions: Vec<_> = messages.iter().filter(|m| m.kind() == "exception").collect();
    assert_eq!(exceptions.len(), 1, "{messages:?}");
    assert_eq!(exceptions[0].get::<String>("message").unwrap(), "panic: the guard fell over");
    let location: String = exceptions[0].get("location").unwrap();
    assert!(location.starts_with(file!()), "{location}");
}
