//! Recipes: how something common is done, each tried by the tests.
//!
//! # GraphQL
//!
//! A request of GraphQL is a `POST` of JSON, and a response with status 200 may say that it
//! failed. All have the same path, so that a name tells them apart in tables and limits:
//!
//! ```
//! use mite::prelude::*;
//! use mite::{bail, ensure};
//! use serde_json::Value;
//!
//! /// Asks a server of GraphQL; an error in its answer is an error.
//! async fn graphql(ctx: &Context, name: &str, query: &str, variables: Value) -> mite::Result<Value> {
//!     let url: String = ctx.config().require("graphql_url")?;
//!     let question = json!({ "operationName": name, "query": query, "variables": variables });
//!     let request = ctx.http().post(url).json(&question).tag("name", name);
//!     let mut answer: Value = request.send().await?.expect_status(200)?.json()?;
//!     if let Some(error) = answer["errors"].get(0) {
//!         bail!("{name}: {}", error["message"].as_str().unwrap_or("failed"), code: error["extensions"]["code"]);
//!     }
//!     Ok(answer["data"].take())
//! }
//!
//! async fn look(ctx: &Context, id: u64) -> mite::Result {
//!     const PRICE: &str = "query Price($id: ID!) { item(id: $id) { price } }";
//!     let item = graphql(ctx, "Price", PRICE, json!({ "id": id })).await?;
//!     ensure!(item["item"]["price"].as_f64() == Some(17.5), "no price", item: item);
//!     Ok(())
//! }
//! # use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> mite::Result {
//! # let server = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! # let config = Config::new();
//! # config.set("graphql_url", format!("http://{}/graphql", server.local_addr()?));
//! # tokio::spawn(async move {
//! #     for body in [r#"{"data":{"item":{"price":17.5}}}"#, r#"{"errors":[{"message":"no such item"}]}"#] {
//! #         let (mut tcp, _) = server.accept().await.unwrap();
//! #         let mut request = vec![0; 65536];
//! #         let mut n = 0;
//! #         while !String::from_utf8_lossy(&request[..n]).ends_with("}}") { n += tcp.read(&mut request[n..]).await.unwrap(); }
//! #         assert!(String::from_utf8_lossy(&request[..n]).contains(r#""variables":{"id":7}"#));
//! #         let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
//! #         tcp.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
//! #     }
//! # });
//! # let ctx = Context::for_test_with(&config);
//! # look(&ctx, 7).await?;
//! # assert_eq!(look(&ctx, 7).await.unwrap_err().text(), "Price: no such item");
//! # Ok(()) }
//! ```
//!
//! # Files
//!
//! A form with files in it is multipart. A part of bytes is sent from memory; one of a file
//! is read while it is sent, as often as it is sent, whatever its size:
//!
//! ```
//! use mite::prelude::*;
//! use mite::http::{Multipart, Part};
//!
//! async fn upload(ctx: &Context, url: &str) -> mite::Result {
//!     let picture = Part::bytes(vec![0u8; 10_000]).file_name("me.png").mime("image/png");
//!     let form = Multipart::new().text("title", "Me").part("picture", picture);
//!     ctx.http().post(url).multipart(form).send().await?.expect_status(201)?;
//!     Ok(())
//! }
//! # use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> mite::Result {
//! # let server = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! # let url = format!("http://{}/", server.local_addr()?);
//! # tokio::spawn(async move {
//! #     let (mut tcp, _) = server.accept().await.unwrap();
//! #     let (mut request, mut n) = (vec![0; 65536], 0);
//! #     while n < 10_000 || !request[..n].ends_with(b"--\r\n") { n += tcp.read(&mut request[n..]).await.unwrap(); }
//! #     let text = String::from_utf8_lossy(&request[..n]).into_owned();
//! #     assert!(text.contains("name=\"picture\"; filename=\"me.png\"\r\n"), "{text}");
//! #     tcp.write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n").await.unwrap();
//! # });
//! # upload(&Context::for_test(), &url).await
//! # }
//! ```
//!
//! # Pages
//!
//! With the feature `html` `ctx.browser()` opens pages: their links are clicked, their forms
//! filled in and sent with what is hidden in them, and what belongs to them is fetched as
//! browsers do; see `html`.
