//! Data that one test makes for the next: users are created and recorded, and
//! sign in later. It starts the server itself, on loopback.
//!
//!     cargo run --release -p mite-examples --example create -- scenario test create:users
//!     cargo run --release -p mite-examples --example create -- scenario test create:exactly
//!     cargo run --release -p mite-examples --example create -- scenario test create:signin
//!
//! The first two append to `recorder_data/users.msgpack`, which feeds the third;
//! remove it to begin anew.

use axum::{Json, Router, http::StatusCode, routing::post};
use mite::prelude::*;
use tokio::net::TcpListener;

/// What is recorded of a user.
#[derive(serde::Serialize, serde::Deserialize)]
struct User {
    username: String,
    password: String,
}

/// Creates a user and records it.
#[journey]
async fn create_user(ctx: &Context, name: String) -> mite::Result {
    ctx.transaction("Create user", async |ctx| {
        let url: String = ctx.config().require("app_url")?;
        let new = json!({ "username": name });
        let created = ctx.http().post(format!("{url}/users")).json(&new).send().await?;
        ctx.record("users", &created.expect_status(201)?.json::<User>()?)
    })
    .await
}

/// Signs in as a user that was recorded: the arguments are fields of the record.
#[journey]
async fn sign_in(ctx: &Context, username: String, password: String) -> mite::Result {
    ctx.transaction("Log in", async |ctx| {
        let url: String = ctx.config().require("app_url")?;
        let user = User { username, password };
        ctx.http().post(format!("{url}/login")).json(&user).send().await?.expect_status(200)?;
        Ok(())
    })
    .await
}

/// Twenty new users a second, for ten seconds or as long as the config says: exactly so
/// many, however long it takes to create one.
#[scenario]
async fn users(config: &Config) -> mite::Result<Scenario> {
    config.set("app_url", open_app().await?);
    let test = fastrand::u32(..);
    let names = IterableDataPool::new((0..).map(move |n| (format!("user-{test:08x}-{n}"),)));
    let seconds = secs(config.get_or("seconds", 10.0));
    Ok(Scenario::builder().run(create_user, names, PerSecond(Constant::new(20, seconds))).build())
}

/// Exactly as many users as there are names: as the config says, or 1000.
#[scenario]
async fn exactly(config: &Config) -> mite::Result<Scenario> {
    config.set("app_url", open_app().await?);
    let count = config.get_or("names", 1000u32);
    let names = IterableDataPool::new((0..count).map(|n| (format!("user-{n}"),)));
    Ok(Scenario::builder().run(create_user, names, 10).build())
}

/// A hundred recorded users at once, for ten seconds.
#[scenario]
async fn signin(config: &Config) -> mite::Result<Scenario> {
    config.set("app_url", open_app().await?);
    let recorded = MsgpackDataPool::recyclable("recorder_data/users.msgpack")?;
    Ok(Scenario::builder().run(sign_in, recorded, Constant::new(100, secs(10))).build())
}

/// The system under test, on a thread of its own; returns its address. Its
/// passwords follow from the names, so that it knows its users after a restart.
async fn open_app() -> mite::Result<String> {
    let password = |name: &str| format!("secret of {name}");
    let create = async move |Json(new): Json<serde_json::Value>| {
        let username = new["username"].as_str().unwrap_or_default().to_owned();
        (StatusCode::CREATED, Json(User { password: password(&username), username }))
    };
    let login = async move |Json(user): Json<User>| {
        let known = user.password == password(&user.username);
        if known { StatusCode::OK } else { StatusCode::UNAUTHORIZED }
    };
    let app = Router::new().route("/users", post(create)).route("/login", post(login));
    let listener = TcpListener::bind("127.0.0.1:0").await?.into_std()?;
    let url = format!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async { axum::serve(TcpListener::from_std(listener)?, app).await })
    });
    Ok(url)
}

mite::main!();
