//! Response and service times, from when things were meant to start and from when they did.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use mite_core::error::Result;
use mite_core::journey::{Context, Host, Lanes};
use mite_core::label::Label;
use mite_core::message::{Feed, Identity, Interest, Tap};
use mite_core::stats::{Board, Exchange, Outcome, RunStatus, Summary};
use tokio::time::{Instant, sleep};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn host() -> (Arc<Host>, Feed) {
    let (tap, feed) = Tap::new(Interest::Everything, 1 << 20);
    (Arc::new(Host::new(1, Label::intern("times:all"), Lanes::new(Some(tap)))), feed)
}

fn context(host: &Arc<Host>, intended: Option<Instant>) -> Context {
    Context::intended_for(host.clone(), Identity::alone("times:all", "times:one"), intended)
}

/// A request that takes so long.
async fn request(ctx: &Context, name: &str, takes: Duration) -> Result {
    let begun = ctx.begin(Instant::now());
    sleep(takes).await;
    let exchange = Exchange {
        protocol: "http",
        name: Label::intern(name),
        status: Some(200),
        outcome: Outcome::Ok,
        took: begun.took(begun.start().elapsed()),
        received: 0,
        sent: 0,
    };
    ctx.exchange("http_metrics", &exchange, |_| {});
    Ok(())
}

fn summary(host: &Host) -> Summary {
    let mut board = Board::default();
    board.merge(&host.lanes.counted().take());
    board.summary(RunStatus { elapsed: ms(10_000), ..RunStatus::default() })
}

#[tokio::test(start_paused = true)]
async fn the_first_of_an_arrival_start_when_it_was_meant_to() {
    let (host, feed) = host();
    let due = Instant::now();
    sleep(ms(300)).await;
    let ctx = context(&host, Some(due));
    ctx.transaction("__root__", async |ctx| {
        // What a user thinks is not waited for.
        sleep(ms(50)).await;
        ctx.transaction("first", async |ctx| {
            ctx.transaction("inner", async |ctx| request(ctx, "GET /1", ms(10)).await).await?;
            request(ctx, "GET /2", ms(20)).await
        })
        .await?;
        ctx.transaction("second", async |ctx| request(ctx, "GET /3", ms(40)).await).await
    })
    .await
    .unwrap();
    let summary = summary(&host);
    let transactions: Vec<_> = summary
        .transactions
        .iter()
        .map(|row| (&*row.name, row.times.max.as_millis(), row.response.unwrap().max.as_millis()))
        .collect();
    assert_eq!(
        transactions,
        [("", 120, 420), ("first", 30, 330), ("first :: inner", 10, 310), ("second", 40, 40)]
    );
    let requests = summary.requests.iter();
    let requests: Vec<_> = requests
        .map(|row| (&*row.name, row.times.max.as_millis(), row.response.unwrap().max.as_millis()))
        .collect();
    assert_eq!(requests, [("GET /2", 20, 20), ("GET /1", 10, 310), ("GET /3", 40, 40)]);
    assert_eq!(summary.response_times.max(), ms(310));
    // Messages say when each was meant to start.
    let sent = feed.drain();
    let lags: Vec<_> = sent
        .iter()
        .filter(|message| message.kind() == "txn")
        .map(|m| {
            let time = |name| m.get::<f64>(name).unwrap();
            ((time("start_time") - time("intended_start_time")) * 1e3).round()
        })
        .collect();
    assert_eq!(lags, [300.0, 300.0, 0.0, 300.0]);
}

#[tokio::test(start_paused = true)]
async fn a_closed_line_has_service_times_alone() {
    let (host, feed) = host();
    let ctx = context(&host, None);
    ctx.transaction("__root__", async |ctx| request(ctx, "GET /", ms(10)).await).await.unwrap();
    let summary = summary(&host);
    assert_eq!(summary.transactions[0].response, None);
    assert_eq!((summary.requests[0].response, summary.response_times.max()), (None, ms(10)));
    assert!(summary.series.iter().all(|series| series.total.response.is_none()));
    assert_eq!(feed.drain()[1].get::<f64>("intended_start_time"), None);
}

/// A thousand arrivals a second for six seconds at a server that stands still from 2 s on
/// for a second; the generator is `late` with each.
async fn stall(late: Duration) -> Summary {
    let (host, _feed) = host();
    let start = Instant::now();
    let local = tokio::task::LocalSet::new();
    let host = Rc::new(host);
    let arrivals = (0..6_000).map(|k| {
        let host = host.clone();
        local.spawn_local(async move {
            let due = start + Duration::from_micros(k * 1_000 + 500);
            tokio::time::sleep_until(due + late).await;
            let ctx = context(&host, Some(due));
            let came = start.elapsed();
            let stands_still = (ms(2_000)..ms(3_000)).contains(&came);
            let takes = if stands_still { ms(3_000) - came } else { Duration::ZERO };
            request(&ctx, "GET /", takes + ms(1)).await.unwrap();
        })
    });
    let arrivals: Vec<_> = arrivals.collect();
    local
        .run_until(async move {
            for arrival in arrivals {
                arrival.await.unwrap();
            }
        })
        .await;
    summary(&host)
}

#[tokio::test(start_paused = true)]
async fn a_stall_of_the_server_is_in_the_times_of_all_who_came_meanwhile() {
    let figures = |spread: mite_core::stats::Spread| {
        [spread.p50, spread.p90, spread.p95, spread.p99, spread.max].map(|t| t.as_secs_f64() * 1e3)
    };
    let near = |found: [f64; 5], expected: [f64; 5]| {
        let close = |(a, b): (&f64, &f64)| (a - b).abs() <= b * 0.002 + 1.0;
        assert!(found.iter().zip(&expected).all(close), "{found:?}, not {expected:?}");
    };
    // On time, both times are what the server did.
    let row = stall(Duration::ZERO).await.requests.remove(0);
    assert_eq!(row.times.count, 6_000);
    near(figures(row.times), [1.0, 400.0, 700.0, 940.0, 1000.5]);
    near(figures(row.response.unwrap()), [1.0, 400.0, 700.0, 940.0, 1000.5]);
    // What the generator is late with is in response times, and no doing of the server's.
    let row = stall(ms(50)).await.requests.remove(0);
    near(figures(row.times), [1.0, 400.0, 700.0, 940.0, 1000.5]);
    near(figures(row.response.unwrap()), [51.0, 450.0, 750.0, 990.0, 1050.5]);
}
