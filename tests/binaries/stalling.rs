//! A shop that stands still for a while, and names that would harm a page: for the tests of
//! the report.
//!
//! Config: `length`, how many seconds load is asked for (20); `stall_at` and `stall_for`, when
//! the shop stands still and for how long, in seconds (8 and 3).

use std::sync::OnceLock;
use std::time::Instant;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use mite::prelude::*;

/// Fills a cart, thinks, and pays.
#[journey]
async fn buy(ctx: &Context, user: String) -> mite::Result {
    let url: String = ctx.config().require("shop_url")?;
    ctx.transaction("Cart", async |ctx| {
        let item = json!({"item": 3, "user": user});
        ctx.http().post(format!("{url}/cart")).json(&item).send().await?.expect_status(201)?;
        Ok(())
    })
    .await?;
    ctx.sleep(Duration::from_millis(50)).await;
    ctx.transaction("Pay", async |ctx| {
        let order = ctx.http().post(format!("{url}/pay")).json(&json!({"user": user}));
        let response = order.timeout(Duration::from_secs(2)).send().await?;
        mite::ensure!(response.status() != 402, "card declined", user: user, item: 3);
        response.expect_status(201)?;
        Ok(())
    })
    .await
}

/// Looks at one item.
#[journey]
async fn browse(ctx: &Context, item: u32) -> mite::Result {
    let url: String = ctx.config().require("shop_url")?;
    ctx.transaction("List", async |ctx| {
        let request = ctx.http().get(format!("{url}/items/{item}")).tag("name", "GET /items/{id}");
        request.send().await?.expect_status(200)?;
        Ok(())
    })
    .await
}

/// What a page must not take for its own.
#[journey]
async fn hostile(ctx: &Context) -> mite::Result {
    let url: String = ctx.config().require("shop_url")?;
    let long = "a name of two hundred characters ".repeat(7)[..200].to_owned();
    for name in [HARM, "\u{202e}שלום עולם", &long] {
        let done = ctx.transaction(name, async |ctx| {
            let response = ctx.http().get(format!("{url}/harm")).tag("name", HARM).send().await?;
            let text = response.text().unwrap_or_default().to_string();
            Err::<(), _>(mite::Error::new(text))
        });
        let _ = done.await;
    }
    Ok(())
}

const HARM: &str = r#"</script><img src=x onerror="document.title='harmed'">&"'"#;

/// A journey of nothing but failures.
#[journey]
async fn never(ctx: &Context) -> mite::Result {
    ctx.transaction("Connect", async |ctx| {
        ctx.http().get("http://127.0.0.1:1/").send().await?;
        Ok(())
    })
    .await
}

#[datapool]
fn users() -> impl DataPool<Item = (String,)> {
    RecyclableIterableDataPool::new((0..200).map(|n| (format!("user-{n}"),)))
}

#[datapool]
fn items() -> impl DataPool<Item = u32> {
    RecyclableIterableDataPool::new(0..100)
}

/// Arrivals at a steady rate, and a few who are always there.
#[scenario]
fn rush_hour(config: &Config) -> mite::Result<Scenario> {
    let length: f64 = config.get_or("length", 20.0);
    config.set("shop_url", open_shop(config));
    let length = Duration::from_secs_f64(length);
    let rate = Ramp::over(length / 5).from(0) + Constant::new(60, length * 4 / 5);
    Ok(Scenario::builder()
        .run(browse, items, PerSecond(rate))
        .run(buy, users, Constant::new(4, length))
        .build())
}

#[scenario]
fn harm(config: &Config) -> mite::Result<Scenario> {
    config.set("shop_url", open_shop(config));
    Ok(Scenario::builder().run(hostile, NoData, 1).build())
}

#[scenario]
fn all_failed() -> Scenario {
    Scenario::builder().run(never, NoData, Constant::new(1, secs(2))).build()
}

/// The shop, on a thread of its own; returns its address.
fn open_shop(config: &Config) -> String {
    let at: f64 = config.get_or("stall_at", 8.0);
    let stall: f64 = config.get_or("stall_for", 3.0);
    let stand_still = move || {
        static OPENED: OnceLock<Instant> = OnceLock::new();
        let since = OPENED.get_or_init(Instant::now).elapsed().as_secs_f64();
        let left = if since >= at { at + stall - since } else { 0.0 };
        tokio::time::sleep(Duration::from_secs_f64(left.max(0.0)))
    };
    let work = async move |millis: u64| {
        stand_still().await;
        // From a half to three halves of it.
        let spread = fastrand::f64() + 0.5;
        tokio::time::sleep(Duration::from_secs_f64(millis as f64 * 1e-3 * spread)).await;
    };
    let (cart, pay, list) = (work, work, work);
    let app = Router::new()
        .route(
            "/cart",
            post(async move || {
                cart(12).await;
                StatusCode::CREATED
            }),
        )
        .route(
            "/pay",
            post(async move || {
                pay(40).await;
                match fastrand::u8(..50) {
                    0 => StatusCode::PAYMENT_REQUIRED,
                    1 => StatusCode::SERVICE_UNAVAILABLE,
                    _ => StatusCode::CREATED,
                }
            }),
        )
        .route(
            "/items/{id}",
            get(async move |Path(id): Path<u32>| {
                list(5).await;
                Json(json!({"price": id * 10})).into_response()
            }),
        )
        .route("/harm", get(async || HARM));
    mite_tests::serve(app)
}

mite::main!();
