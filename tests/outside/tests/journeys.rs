//! The journeys under `cargo test`, against a real server.

use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use signup_load as _;

async fn app(answer: StatusCode) -> String {
    let app = Router::new().route(
        "/users",
        post(async move |Json(new): Json<serde_json::Value>| {
            assert_eq!(new["user"], "bob");
            answer
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

#[tokio::test]
async fn creates_a_user() -> mite::Result {
    let url = app(StatusCode::CREATED).await;
    let run = mite::testing::journey("signup_load::accounts:create_user")
        .config("app_url", url)
        .args(("bob",))
        .run()
        .await;
    run.assert_passed();
    assert_eq!(run.transactions(), ["Create user"]);
    assert_eq!(run.http()[0].status, 201);
    assert_eq!(run.messages_of("data_created").len(), 1);
    Ok(())
}

#[tokio::test]
async fn says_what_the_server_answered() {
    let url = app(StatusCode::CONFLICT).await;
    let run = mite::testing::journey("signup-load.accounts.create_user")
        .config("app_url", url.clone())
        .args("bob")
        .run()
        .await;
    let error = run.error().expect("409 is not 201");
    assert!(error.is_declared());
    assert!(error.text().contains(&format!("POST {url}/users")), "{error}");
    assert!(error.text().contains("409"), "{error}");
}
