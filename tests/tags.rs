//! Tags of requests as series, phases and single requests, against a real server.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use mite::prelude::*;
use mite_core::stats::{Exemplar, SeriesCounts};

/// Ten requests: half of them from each region, and the last to nowhere.
#[journey]
async fn browse(ctx: &Context, user: String, password: String) -> mite::Result {
    let url: String = ctx.config().require("url")?;
    ctx.transaction("look", async |ctx| {
        for n in 0..9 {
            let region = ["eu", "us"][n % 2];
            let request = ctx.http().get(format!("{url}/item?user={user}")).tag("region", region);
            request.tag("n", n.to_string()).header("x-key", &password).send().await?;
        }
        ctx.http().get(format!("{url}/missing")).send().await?;
        Ok(())
    })
    .await
}

#[datapool]
fn users() -> impl DataPool<Item = (String, String)> {
    IterableDataPool::new([("bob".to_owned(), "s3cret".to_owned())])
}

fn server() -> String {
    let app = Router::new()
        .route("/item", get(async || "an item"))
        .route("/missing", get(async || (StatusCode::NOT_FOUND, "none")));
    mite_tests::serve(app)
}

#[scenario]
fn by_region(config: &Config) -> mite::Result<Scenario> {
    config.set("url", server());
    Ok(Scenario::builder()
        .run(browse, users, 1)
        .series_by("region")
        .threshold("http count {region=eu} == 5")
        .threshold("http p99 {region=us, name='GET /item'} < 60s")
        .threshold("http count {method=GET} == 10")
        .build())
}

#[scenario]
fn by_nothing(config: &Config) -> mite::Result<Scenario> {
    config.set("url", server());
    Ok(Scenario::builder().run(browse, users, 1).build())
}

#[scenario]
fn by_mistake() -> Scenario {
    Scenario::builder().run(browse, users, 1).threshold("http count {region=eu} == 5").build()
}

fn requests(series: &[SeriesCounts]) -> Vec<(String, u64)> {
    let requests = series.iter().filter_map(|series| {
        Some((series.key.request.as_ref()?.title(), series.total.times.count()))
    });
    let mut requests: Vec<_> = requests.collect();
    requests.sort();
    requests
}

#[tokio::test]
async fn a_tag_that_is_asked_for_makes_series() {
    let run = mite::testing::scenario("tags:by_region").runners(1).run().await;
    run.assert_passed();
    let row = |name: &str, n| (name.to_owned(), n);
    let expected = [
        row("GET /item {region=\"eu\"}", 5),
        row("GET /item {region=\"us\"}", 4),
        row("GET /missing", 1),
    ];
    assert_eq!(requests(&run.summary().series), expected);
    let names: Vec<_> = run.summary().requests.iter().map(|row| row.name.clone()).collect();
    assert_eq!(names, expected.map(|(name, _)| name));
}

#[tokio::test]
async fn a_tag_that_nobody_asks_for_makes_none() {
    let run = mite::testing::scenario("tags:by_nothing").runners(1).run().await;
    let row = |name: &str, n| (name.to_owned(), n);
    assert_eq!(requests(&run.summary().series), [row("GET /item", 9), row("GET /missing", 1)]);
}

#[tokio::test]
#[should_panic = "http cannot be selected by `region`; it can by journey, transaction, name, method and status, and by a tag of requests with --series-by region"]
async fn a_limit_on_a_tag_that_is_not_told_apart_is_an_error_before_load() {
    mite::testing::scenario("tags:by_mistake").run().await;
}

#[tokio::test]
async fn requests_have_phases_and_the_slowest_and_those_that_failed_are_kept() {
    let run = mite::testing::scenario("tags:by_nothing").runners(1).run().await;
    let of = |name: &str| {
        let mut series = run.summary().series.iter();
        let series =
            series.find(|series| series.key.request.as_ref().is_some_and(|r| r.title() == name));
        let series = series.expect("it came").clone();
        (series.detail.expect("there is room"), series.total)
    };
    let (items, counted) = of("GET /item");
    let phases = items.phases.map(|times| times.count());
    assert_eq!((phases.connect, phases.first_byte, phases.body), (1, 9, 9));
    assert_eq!((phases.pool, phases.tls), (0, 0));
    let sum = items.phases.iter().map(|times| times.sum()).sum::<Duration>();
    assert!(sum <= counted.times.sum(), "{sum:?} of {:?}", counted.times.sum());
    let slowest = &items.exemplars.slowest;
    assert_eq!((slowest.len(), items.exemplars.failed.len()), (3, 0));
    assert_eq!(slowest[0].total, counted.times.max());
    let Exemplar { arguments, outcome, status, .. } = &slowest[0];
    assert_eq!(arguments.as_deref(), Some("user = \"bob\", password = \"***\""));
    assert_eq!((outcome.as_str(), *status), ("ok", Some(200)));
    let (missing, _) = of("GET /missing");
    assert_eq!(
        (missing.exemplars.failed.len(), missing.exemplars.failed[0].status),
        (1, Some(404))
    );
}
