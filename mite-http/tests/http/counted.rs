//! Requests of an SDK that is built on reqwest.

use std::time::Duration;

use crate::support::scripted::{Act, Scripted, ok};
use crate::support::{Probe, free_port, outcomes};

type Checked = mite_core::error::Result;

#[tokio::test]
async fn requests_through_reqwest_are_counted_once_each() -> Checked {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort";
    let away = "HTTP/1.1 302 F\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n";
    let server = Scripted::start(vec![vec![
        ok("hello"),
        ok("unread"),
        Act::Answer(away.into()),
        ok("b"),
        Act::AnswerAndClose(cut.into()),
    ]])
    .await;
    let mut probe = Probe::new();
    let client = reqwest::Client::builder().no_proxy().build()?;
    let sdk = probe.http().reqwest(client);
    let r = sdk.post(server.url("/users/17")).body("12345").send().await?;
    assert_eq!((r.status().as_u16(), r.url().path()), (200, "/users/17"));
    assert!(probe.metrics().is_empty(), "its body is not read yet");
    assert_eq!(r.text().await?, "hello");
    let messages = probe.metrics();
    assert_eq!(messages.len(), 1);
    let message = &messages[0];
    assert_eq!(message.get("response_code"), Some(200));
    assert_eq!(message.get::<String>("primary_ip").unwrap(), "127.0.0.1");
    assert_eq!(message.get::<String>("method").unwrap(), "POST");
    assert_eq!(message.get::<String>("effective_url").unwrap(), server.url("/users/17"));
    assert_eq!((message.get("upload_size"), message.get("download_size")), (Some(5), Some(5)));
    let [first, total] =
        ["first_byte_time", "total_time"].map(|name| message.get::<f64>(name).unwrap());
    assert!(0.0 < first && first <= total);

    drop(sdk.get(server.url("/")).send().await?);
    assert_eq!(probe.outcomes(), outcomes(&[("ok", 200)]));
    let followed = sdk.get(server.url("/a")).send().await?;
    assert_eq!(followed.url().path(), "/b");
    drop(followed);
    assert_eq!(probe.outcomes(), outcomes(&[("ok", 200)]));
    let short = sdk.get(server.url("/")).send().await?;
    assert!(short.bytes().await.is_err());
    assert_eq!(probe.outcomes(), outcomes(&[("body", 200)]));
    Ok(())
}

#[tokio::test]
async fn what_fails_through_reqwest_has_its_kind() -> Checked {
    let silent = Scripted::always(Act::Hang).await;
    let mut probe = Probe::new();
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_millis(100));
    let sdk = probe.http().reqwest(client.build()?);
    assert!(sdk.get(silent.url("/")).send().await.is_err());
    assert!(sdk.get(format!("http://127.0.0.1:{}/", free_port())).send().await.is_err());
    let closes = Scripted::always(Act::Close).await;
    assert!(sdk.get(closes.url("/")).send().await.is_err());
    let left = tokio::time::timeout(Duration::from_millis(20), sdk.get(silent.url("/")).send());
    assert!(left.await.is_err());
    let kinds = [("timeout_total", 0), ("connect", 0), ("closed", 0), ("cancelled", 0)];
    assert_eq!(probe.outcomes(), outcomes(&kinds));
    Ok(())
}
