//! A shop under load. It starts the shop itself: a small server on loopback.
//!
//! `cargo run --release -p mite-examples --example shop -- scenario test shop:rush_hour`

use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router, extract::Path};
use mite::prelude::*;

/// Signs up, logs in, thinks, and orders.
#[journey]
async fn customer(ctx: &Context, user: String, password: String) -> mite::Result {
    let url: String = ctx.config().require("shop_url")?;
    let http = |ctx: &Context, path| ctx.http().post(format!("{url}/{path}"));
    ctx.transaction("Sign up", async |ctx| {
        let new = json!({"user": user, "password": password});
        http(ctx, "users").json(&new).send().await?.expect_status(201)?;
        Ok(())
    })
    .await?;
    ctx.transaction("Log in", async |ctx| {
        let form = [("user", &user), ("password", &password)];
        http(ctx, "login").form(&form).send().await?.expect_status(200)?;
        Ok(())
    })
    .await?;
    ctx.sleep(Duration::from_millis(200)).await;
    ctx.transaction("Order", async |ctx| {
        let response = http(ctx, "orders").json(&json!({"item": 3})).send().await?;
        mite::ensure!(response.status() != 409, "sold out", user: user, item: 3);
        response.expect_status(201)?;
        Ok(())
    })
    .await
}

/// Looks at one item, about three times a second.
#[journey]
async fn browser(ctx: &Context, item: u32) -> mite::Result {
    let url: String = ctx.config().require("shop_url")?;
    let (mean, plus_minus) = (Duration::from_millis(300), Duration::from_millis(100));
    let look = ctx.transaction("Browse", async |ctx| {
        let found = ctx.http().get(format!("{url}/items/{item}")).send().await?;
        found.expect_status(200)?.json::<serde_json::Value>()?;
        Ok(())
    });
    ctx.average_separation(mean, plus_minus, look).await
}

#[datapool]
fn customers() -> impl DataPool<Item = (String, String)> {
    IterableDataPool::new((0..).map(|n| (format!("user-{n}"), format!("secret-{n}"))))
}

#[datapool]
fn items() -> impl DataPool<Item = u32> {
    RecyclableIterableDataPool::new(0..100)
}

/// Twenty seconds: up, at the top, down; and a few customers all the time.
#[scenario]
async fn rush_hour(config: &Config) -> mite::Result<Scenario> {
    config.set("shop_url", open_shop()?);
    let up = Ramp::over(secs(5)).from(0);
    let down = Ramp::over(secs(5)).to(0);
    Ok(Scenario::builder()
        .run(browser, items, up + Constant::new(20, secs(10)) + down)
        .run(customer, customers, Constant::new(5, secs(20)))
        .build())
}

/// The system under test, on a thread of its own; returns its address.
fn open_shop() -> mite::Result<String> {
    let cookie = [("set-cookie", "session=1; Path=/; HttpOnly")];
    // One order in twenty finds the shelf empty.
    let order = async || match fastrand::u8(..20) {
        0 => StatusCode::CONFLICT,
        _ => StatusCode::CREATED,
    };
    let app = Router::new()
        .route("/users", post(async || StatusCode::CREATED))
        .route("/login", post(async move || (cookie, "welcome")))
        .route("/items/{id}", get(async |Path(id): Path<u32>| Json(json!({"price": id * 10}))))
        .route("/orders", post(order));
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let url = format!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            axum::serve(tokio::net::TcpListener::from_std(listener)?, app).await
        })
    });
    Ok(url)
}

mite::main!();
