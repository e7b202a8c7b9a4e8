//! `mite::testing` against a real server on loopback.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use futures_util::StreamExt;
use mite::prelude::*;

/// A server on a thread of its own, in real time whatever the test's clock does.
fn server() -> String {
    let slow = async || {
        tokio::time::sleep(Duration::from_millis(200)).await;
        "slow"
    };
    let prices = async || {
        let price = tokio::time::sleep(Duration::from_millis(50));
        let prices =
            futures_util::stream::once(price).map(|()| Ok::<_, std::convert::Infallible>("12.50"));
        axum::body::Body::from_stream(prices.chain(futures_util::stream::pending()))
    };
    let app = Router::new()
        .route("/", get(async || "hi"))
        .route("/slow", get(slow))
        .route("/prices", get(prices))
        .route("/gone", get(async || StatusCode::GONE));
    mite_tests::serve(app)
}

/// Gets a page, a bit later another one.
#[journey]
async fn visit(ctx: &Context, path: String) -> mite::Result {
    let url: String = ctx.config().require("url")?;
    ctx.transaction("Front", async |ctx| {
        ctx.http().get(&url).send().await?.expect_status(200)?;
        Ok(())
    })
    .await?;
    ctx.sleep(Duration::from_secs(60)).await;
    ctx.transaction("Page", async |ctx| {
        ctx.http().get(format!("{url}{path}")).send().await?.expect_status(200)?;
        Ok(())
    })
    .await
}

#[scenario]
fn visits() -> Scenario {
    let pages = RecyclableIterableDataPool::new(["/slow".to_owned(), "/".to_owned()]);
    Scenario::builder().run(visit, pages, Constant::new(2, secs(150))).build()
}

#[tokio::test]
async fn virtual_time_stands_still_while_a_socket_is_awaited() {
    let run = mite::testing::scenario("testing:visits")
        .config("url", server())
        // Over at once if the clock jumped while the slow page is awaited.
        .config("http_timeout", 5)
        .graceful_stop(secs(120))
        .virtual_time()
        .run()
        .await;
    run.assert_passed();
    // Two at once, a minute each and a moment, for two minutes and a half.
    assert_eq!(run.started(), 6);
    assert_eq!(run.http().len(), 12);
    assert!(run.http().iter().all(|r| (r.status, &*r.outcome) == (200, "ok")), "{:?}", run.http());
    assert_eq!(run.summary().totals.requests, 12);
}

#[tokio::test(start_paused = true)]
async fn a_failing_journey_says_what_it_got() {
    let url = server();
    let run = mite::testing::journey("testing:visit").config("url", &url).args("/gone").run().await;
    let error = run.error().expect("410 is not 200");
    assert_eq!(error.text(), format!("GET {url}/gone answered 410 Gone instead of 200"));
    assert_eq!(run.transactions(), ["Front", "Page"]);
    let seen: Vec<_> = run.http().iter().map(|r| (&*r.method, r.status)).collect();
    assert_eq!(seen, [("GET", 200), ("GET", 410)]);
    assert_eq!(run.messages_of("error").len(), 1);
}

#[tokio::test]
#[should_panic(expected = "no journey `testing:visitt`: the nearest are `testing:visit`")]
async fn an_unknown_journey_fails_the_test_with_the_nearest_names() {
    mite::testing::journey("testing:visitt").run().await;
}

/// Sends its arguments back.
#[journey]
async fn tags(ctx: &Context, tags: Vec<String>) -> mite::Result {
    ctx.send("tags", fields! { tags });
    Ok(())
}

#[journey]
async fn plain(_ctx: &Context) -> mite::Result {
    Ok(())
}

#[tokio::test]
async fn a_single_argument_may_be_bare_also_if_it_is_a_list() {
    let run = mite::testing::journey("testing:tags");
    let bare = run.args(vec!["bob"]).run().await;
    let tuple = mite::testing::journey("testing:tags").args((vec!["bob"],)).run().await;
    for run in [bare, tuple] {
        run.assert_passed();
        assert_eq!(run.messages_of("tags")[0].get::<Vec<String>>("tags").unwrap(), ["bob"]);
    }
    let none = mite::testing::journey("testing:tags").args(Vec::<String>::new()).run().await;
    assert_eq!(none.messages_of("tags")[0].get("tags"), Some(Vec::<String>::new()));
    mite::testing::journey("testing:plain").run().await.assert_passed();
    mite::testing::journey("testing:plain").args(()).run().await.assert_passed();
}

#[tokio::test]
async fn arguments_that_do_not_fit_fail_the_test_at_its_line() {
    let journey = mite::testing::journey;
    let failing = |run: &dyn Fn()| mite_core::caught(run).unwrap_err();
    let line = line!() + 1;
    let error = failing(&|| drop(journey("testing:visit").args((1, 2)).run()));
    assert_eq!(error.location().to_string(), format!("{}:{line}", file!()));
    assert_eq!(
        error.text(),
        "journey testing:visit takes (path: String); journey testing:visit takes 1 argument, but its data item has 2: [1,2]"
    );
    let text = |run: &dyn Fn()| failing(run).text().to_owned();
    let one = text(&|| drop(journey("testing:visit").args((1,)).run()));
    let expected = "journey testing:visit takes (path: String); argument `path: String` of journey testing:visit cannot be read from 1: ";
    assert!(one.starts_with(expected), "{one}");
    assert_eq!(
        text(&|| drop(journey("testing:tags").run())),
        "journey testing:tags takes (tags: Vec<String>); give them with .args(…)"
    );
    assert_eq!(
        text(&|| drop(journey("testing:plain").args("bob").run())),
        "journey testing:plain takes (); journey testing:plain takes 0 arguments, but its data item has 1: \"bob\""
    );
}

#[scenario]
fn crowd(config: &Config) -> mite::Result<Scenario> {
    let seconds = config.get_or("seconds", 1);
    let people: u32 = config.require("people")?;
    Ok(Scenario::builder().run(plain, NoData, Constant::new(people, secs(seconds))).build())
}

#[tokio::test]
#[should_panic(
    expected = "config `people` is not set; give it with --add-to-config people:VALUE, in the environment as MITE_CONF_people=VALUE, or in a test with .config(\"people\", VALUE)"
)]
async fn a_missing_setting_of_a_scenario_fails_the_test_with_the_remedy() {
    mite::testing::scenario("testing:crowd").run().await;
}

#[tokio::test]
#[should_panic(expected = "scenario `testing:crowd` panicked: config `seconds` is \"many\"")]
async fn a_scenario_function_that_panics_fails_the_test_with_its_text() {
    mite::testing::scenario("testing:crowd").config("seconds", "many").run().await;
}

/// The function itself, with a context of its own.
#[tokio::test(start_paused = true)]
async fn a_journey_can_be_called_as_the_function_it_is() {
    let url = server();
    let config = Config::new();
    config.set("url", &url);
    visit(&Context::for_test_with(&config), "/".into()).await.unwrap();
    assert!(visit(&Context::for_test(), "/".into()).await.is_err());
}

/// A pool that tells what it was asked.
struct Lockers(std::sync::Mutex<Vec<String>>);

#[async_trait]
impl DataPool for Lockers {
    type Item = u64;
    async fn checkout(&self, config: &Config) -> mite::Result<Checkout<u64>> {
        self.0.lock().unwrap().push("checked out".into());
        match config.get_or("lockers", 1_u64) {
            0 => Ok(Checkout::Exhausted),
            n => Ok(Checkout::Item(7, n)),
        }
    }
    async fn checkin(&self, id: ItemId) {
        self.0.lock().unwrap().push(format!("{id} checked in"));
    }
}

#[journey]
async fn opens(ctx: &Context, locker: u64) -> mite::Result {
    ctx.send("opened", fields! { locker });
    mite::ensure!(locker != 13, "locker 13 is jammed");
    Ok(())
}

#[datapool]
fn lockers(config: &Config) -> impl DataPool<Item = (u64,)> {
    let first = config.get_or("first", 3_u64);
    RecyclableIterableDataPool::new([(first,), (first + 1,)])
}

#[tokio::test]
async fn a_journey_takes_an_item_of_a_pool_and_gives_it_back() {
    for (number, passes) in [(5, true), (13, false)] {
        let pool = std::sync::Arc::new(Lockers(Default::default()));
        let run = mite::testing::journey("testing:opens")
            .config("lockers", number)
            .pool(pool.clone())
            .run()
            .await;
        assert_eq!(run.error().is_none(), passes);
        let opened = run.messages_of("opened");
        assert_eq!(opened[0].get::<u64>("locker"), Some(number));
        assert_eq!(opened[0].get::<u64>("scenario_data_id"), Some(7));
        assert_eq!(*pool.0.lock().unwrap(), ["checked out", "7 checked in"]);
    }
    let run = mite::testing::journey("testing:opens").config("first", 9).pool(lockers).run().await;
    assert_eq!(run.messages_of("opened")[0].get::<u64>("locker"), Some(9));
}

#[tokio::test]
#[should_panic(expected = "pool `Arc<Lockers>` has no items left")]
async fn a_pool_that_has_no_item_is_told() {
    let pool = std::sync::Arc::new(Lockers(Default::default()));
    mite::testing::journey("testing:opens").config("lockers", 0).pool(pool).run().await;
}

#[scenario]
fn forgets_the_pool() -> Scenario {
    Scenario::builder().journey("testing:opens", NoData, 1).build()
}

#[tokio::test]
#[should_panic(expected = "journey `testing:opens` takes arguments (")]
async fn a_journey_that_has_no_pool_for_its_arguments_is_told() {
    mite::testing::scenario("testing:forgets_the_pool").virtual_time().run().await;
}

#[tokio::test]
#[should_panic(expected = "the items of pool")]
async fn a_pool_whose_items_do_not_fit_is_told() {
    let pool = IterableDataPool::new(["text"]);
    mite::testing::journey("testing:opens").pool(pool).run().await;
}

#[journey]
async fn leaves_a_task(ctx: &Context) -> mite::Result {
    tokio::spawn(async { panic!("nobody waits for this") });
    ctx.sleep(Duration::from_millis(10)).await;
    Ok(())
}

#[tokio::test]
async fn a_panic_in_a_task_of_the_journey_is_its_failure() {
    let run = mite::testing::journey("testing:leaves_a_task").run().await;
    let error = run.error().expect("it panicked");
    assert!(error.text().ends_with(": nobody waits for this"), "{error}");
}

#[journey]
async fn logs_in(ctx: &Context, url: String) -> mite::Result {
    let form = [("user", "bob"), ("password", "pw")];
    ctx.http().post(format!("{url}/login")).bearer_auth("t0ken").form(&form).send().await?;
    ctx.http().get(format!("{url}/slow")).timeout(Duration::from_millis(20)).send().await.ok();
    Ok(())
}

#[tokio::test]
async fn requests_and_responses_are_there_with_headers_and_bodies() {
    let run = mite::testing::journey("testing:logs_in").args((server(),)).run().await;
    run.assert_passed();
    let [login, slow] = run.http() else { panic!("{:?}", run.http()) };
    assert_eq!((login.method.as_str(), login.status, login.outcome.as_str()), ("POST", 404, "ok"));
    assert_eq!(login.request.text(), "user=bob&password=pw");
    assert_eq!(login.request.header("authorization"), Some("Bearer t0ken"));
    assert_eq!(login.response.header("content-length"), Some("0"));
    assert_eq!(login.error, None);
    assert_eq!((slow.status, slow.outcome.as_str()), (0, "timeout_total"));
    assert!(slow.response.headers.is_empty() && slow.error.is_some());
}

#[journey]
async fn never_ends(ctx: &Context) -> mite::Result {
    ctx.sleep(Duration::from_secs(3_600)).await;
    Ok(())
}

#[scenario]
fn endless() -> Scenario {
    Scenario::builder().run(never_ends, NoData, Constant::new(2, secs(5))).build()
}

#[tokio::test]
#[should_panic(expected = "nothing came of 2 journeys")]
async fn a_run_whose_journeys_were_all_cancelled_does_not_pass() {
    let run = mite::testing::scenario("testing:endless").virtual_time().graceful_stop(secs(1));
    run.run().await.assert_passed();
}

#[tokio::test]
async fn a_run_of_which_nothing_came_passes_where_that_is_allowed() {
    let run = mite::testing::scenario("testing:endless").virtual_time().graceful_stop(secs(1));
    let run = run.allow_empty().run().await;
    run.assert_passed();
    assert_eq!(run.started(), 2);
}

/// Reads prices for as long as the test lasts.
#[journey]
async fn follows(ctx: &Context) -> mite::Result {
    let url: String = ctx.config().require("url")?;
    let mut prices = ctx.http().get(format!("{url}/prices")).send_streaming().await?;
    while prices.chunk().await?.is_some() {}
    Ok(())
}

#[scenario]
fn followers() -> Scenario {
    Scenario::builder().run(follows, NoData, Constant::new(2, secs(1))).build()
}

#[tokio::test]
async fn streams_that_are_read_until_the_end_are_a_run_that_passes() {
    let run = mite::testing::scenario("testing:followers").config("url", server());
    let run = run.graceful_stop(Duration::ZERO).run().await;
    run.assert_passed();
    assert_eq!((run.summary().totals.journeys.cancelled, run.started()), (2, 2));
}
