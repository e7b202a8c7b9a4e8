// examples/cookbook/service.rs
//! The shop that the recipes test: on loopback, on a thread of its own.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{delete, get, post};
use axum::{Form, Json, Router, extract::Path};
use futures_util::stream;
use mite::Config;
use serde_json::{Value, json};

/// Sees to it that the config has a `shop_url`: if there is none, opens a shop.
pub(crate) fn here(config: &Config) -> mite::Result {
    if config.get::<String>("shop_url").is_none() {
        config.set("shop_url", open()?);
    }
    Ok(())
}

async fn log_in(Form(user): Form<Value>) -> (StatusCode, [(&'static str, &'static str); 1]) {
    let right = user["password"].as_str().is_some_and(|p| p.starts_with("secret"));
    let status = if right { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
    (
        status,
        [("set-cookie", if right { "session=1; Path=/; HttpOnly" } else { "session=; Max-Age=0" })],
    )
}

async fn offers(headers: HeaderMap) -> StatusCode {
    let known = headers.get("cookie").is_some_and(|c| c == "session=1");
    if known { StatusCode::OK } else { StatusCode::UNAUTHORIZED }
}

/// Every item is there at once but number 7.
async fn item(Path(id): Path<u32>) -> Json<Value> {
    if id == 7 {
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    Json(json!({"id": id, "price": id * 10}))
}

async fn order(_order: Json<Value>) -> (StatusCode, Json<Value>) {
    static ORDERS: AtomicU64 = AtomicU64::new(1);
    (StatusCode::CREATED, Json(json!({"id": ORDERS.fetch_add(1, Ordering::Relaxed)})))
}

async fn graphql(Json(question): Json<Value>) -> Json<Value> {
    let id = &question["variables"]["id"];
    Json(match question["operationName"].as_str() {
        Some("Price") => json!({"data": {"item": {"price": 10}}}),
        Some("Order") => json!({"data": {"order": {"id": id}}}),
        _ => json!({"errors": [{"message": "no such operation"}]}),
    })
}

/// Five events, twenty milliseconds apart.
async fn events() -> ([(&'static str, &'static str); 1], Body) {
    let events = stream::unfold(0, async |n| {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let event = Ok::<_, Infallible>(format!("event: price\ndata: {{\"price\":{n}}}\n\n"));
        (n < 5).then_some((event, n + 1))
    });
    ([("content-type", "text/event-stream")], Body::from_stream(events))
}

fn open() -> mite::Result<String> {
    let app = Router::new()
        .route("/login", post(log_in))
        .route("/offers", get(offers))
        .route("/items/{id}", get(item))
        .route("/orders", post(order))
        .route("/orders/{id}", delete(async || StatusCode::NO_CONTENT))
        .route("/orders/{id}/payment", post(async || StatusCode::OK))
        .route("/photos", post(async |body: Bytes| Json(json!({"bytes": body.len()}))))
        .route("/graphql", post(graphql))
        .route("/events", get(events));
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
