//! Connecting, in every way that a server may ask for, and what each refusal says.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mite_nats::{Connect, Event, Identity};
use nkeys::KeyPair;

use crate::credentials::Operator;
use crate::server::{Certificates, Nats, Scratch};

/// What a message says that goes round through the server.
async fn round_trip(connect: &Connect) -> Result<String, String> {
    use futures_util::StreamExt as _;
    let connection = connect.connect().await.map_err(|e| e.text().to_owned())?;
    let client = connection.client();
    let mut answers = client.subscribe("mite.test.echo").await.expect("it can be subscribed");
    client.publish("mite.test.echo", "hello".into()).await.expect("it can be sent");
    let answer = tokio::time::timeout(Duration::from_secs(30), answers.next());
    let answer = answer.await.expect("it comes").expect("there is one");
    connection.close().await;
    Ok(String::from_utf8(answer.payload.to_vec()).expect("it is text"))
}

/// What the refusal says, which begins with the option and the address.
async fn refused(connect: &Connect) -> String {
    let text = round_trip(connect).await.expect_err("it is refused");
    let start = format!("--nats {}: ", connect.place());
    text.strip_prefix(&start).unwrap_or_else(|| panic!("{text}")).to_owned()
}

fn user(name: &str, password: &str) -> Identity {
    Identity::User { name: name.into(), password: password.into() }
}

#[tokio::test]
async fn without_anything_on_loopback() {
    let server = Nats::start();
    assert_eq!(round_trip(&server.connect()).await.as_deref(), Ok("hello"));
}

#[tokio::test]
async fn as_a_user_with_a_password() {
    let server = Nats::with("authorization { users: [ { user: bob, password: \"p@ss/w%rd\" } ] }");
    let known = server.connect().identity(user("bob", "p@ss/w%rd"));
    assert_eq!(round_trip(&known).await.as_deref(), Ok("hello"));
    let in_url = Connect::new(&server.url_of("bob", "p%40ss%2Fw%25rd")).unwrap();
    assert_eq!(round_trip(&in_url).await.as_deref(), Ok("hello"));

    let wrong = refused(&server.connect().identity(user("bob", "guess"))).await;
    assert_eq!(
        wrong,
        "it does not accept user `bob` with this password; check --nats-user and MITE_NATS_PASSWORD"
    );
    assert_eq!(
        refused(&server.connect()).await,
        "it wants to know who this is: give --nats-creds, --nats-nkey, or --nats-user with MITE_NATS_PASSWORD"
    );
}

#[tokio::test]
async fn with_an_nkey() {
    let (known, stranger) = (KeyPair::new_user(), KeyPair::new_user());
    let server =
        Nats::with(&format!("authorization {{ users: [ {{ nkey: {} }} ] }}", known.public_key()));
    let file = |name: &str, text: &str| server.scratch.write(name, text);
    let seed = |pair: &KeyPair| format!("# for runners\n{}\n", pair.seed().unwrap());
    let with = |path: &std::path::Path| server.connect().identity(Identity::Nkey(path.to_owned()));

    let path = file("known.nk", &seed(&known));
    assert_eq!(round_trip(&with(&path)).await.as_deref(), Ok("hello"));
    let path = file("stranger.nk", &seed(&stranger));
    assert_eq!(
        refused(&with(&path)).await,
        format!(
            "it does not accept the key of --nats-nkey {}; its public half must stand under authorization.users in the server's configuration",
            path.display()
        )
    );
    let path = file("public.nk", &known.public_key());
    assert_eq!(
        round_trip(&with(&path)).await.unwrap_err(),
        format!(
            "--nats-nkey {}: there is no seed of a user in it; it begins with SU, and `nk -gen user` makes one",
            path.display()
        )
    );
}

#[tokio::test]
async fn with_a_file_of_credentials() {
    let (operator, other) = (Operator::new(), Operator::new());
    let server = Nats::with(&format!("jetstream: false\n{}", operator.config));
    let file = |name: &str, text: &str| server.scratch.write(name, text);
    let with =
        |path: &std::path::Path| server.connect().identity(Identity::Credentials(path.to_owned()));

    let path = file("runner.creds", &operator.credentials("runner"));
    assert_eq!(round_trip(&with(&path)).await.as_deref(), Ok("hello"));
    let path = file("other.creds", &other.credentials("runner"));
    assert_eq!(
        refused(&with(&path)).await,
        format!(
            "it does not accept the credentials of --nats-creds {}; is its account on this server, and are they neither revoked nor expired?",
            path.display()
        )
    );
    let path = file("no.creds", "hello");
    assert_eq!(
        round_trip(&with(&path)).await.unwrap_err(),
        format!(
            "--nats-creds {}: these are no credentials; it must be a file that `nsc generate creds` wrote",
            path.display()
        )
    );
    let missing = with("no/such.creds".as_ref());
    let text = round_trip(&missing).await.unwrap_err();
    assert!(text.starts_with("--nats-creds no/such.creds: No such file"), "{text}");
}

#[tokio::test]
async fn over_tls_with_an_authority_of_ones_own() {
    let scratch = Scratch::new("nats");
    let certificates = Certificates::write(&scratch, "own");
    let strangers = Certificates::write(&scratch, "strange");
    let server = Nats::of(&certificates.config(false), scratch);
    let trusting = server.connect().ca(&certificates.ca);
    assert_eq!(round_trip(&trusting).await.as_deref(), Ok("hello"));

    let unknown = "its certificate is signed by nobody who is trusted here; name the authority's certificate with --nats-ca";
    assert_eq!(refused(&server.connect().ca(&strangers.ca)).await, unknown);
    assert_eq!(refused(&server.connect()).await, unknown);
    let key = &certificates.server.1;
    assert_eq!(
        round_trip(&server.connect().ca(key)).await.unwrap_err(),
        format!(
            "--nats-ca {}: there is no certificate in it; it must be a PEM file",
            key.display()
        )
    );

    // One that asks for TLS gets no less.
    let plain = Nats::start();
    let text = refused(&plain.connect().ca(&certificates.ca)).await;
    assert!(text.starts_with("it does not speak TLS, and TLS is asked for by tls://"), "{text}");
}

#[tokio::test]
async fn with_a_certificate_of_the_client() {
    let scratch = Scratch::new("nats");
    let certificates = Certificates::write(&scratch, "own");
    let strangers = Certificates::write(&scratch, "strange");
    let server = Nats::of(&certificates.config(true), scratch);
    let trusting = server.connect().ca(&certificates.ca);
    let (chain, key) = &certificates.client;
    let known = trusting.clone().certificate(chain, key);
    assert_eq!(round_trip(&known).await.as_deref(), Ok("hello"));

    assert_eq!(
        refused(&trusting).await,
        "it wants a certificate of this client; give --nats-cert and --nats-key"
    );
    let (chain, key) = &strangers.client;
    let stranger = refused(&trusting.clone().certificate(chain, key)).await;
    assert!(
        stranger.starts_with("it does not accept this client's certificate (")
            && stranger
                .contains("--nats-cert must be signed by an authority that the server knows"),
        "{stranger}"
    );
    let (chain, _) = &certificates.client;
    let mixed = round_trip(&trusting.certificate(chain, key)).await.unwrap_err();
    let start = format!("--nats-cert {}: it does not go with its key", chain.display());
    assert!(mixed.starts_with(&start), "{mixed}");
}

#[tokio::test]
async fn a_server_that_is_not_there_says_what_to_do() {
    let mut server = Nats::start();
    server.kill();
    assert_eq!(
        refused(&server.connect()).await,
        "nobody listens there; start `nats-server -js`, or name another address"
    );
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let talks = std::thread::spawn(move || {
        use std::io::Write as _;
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"PONG\r\n").unwrap();
    });
    let other = Connect::new(&address.to_string()).unwrap();
    assert_eq!(refused(&other).await, "what answers there is no NATS server");
    talks.join().unwrap();
}

#[tokio::test]
async fn a_server_that_comes_late_or_again_is_waited_for() {
    let mut server = Nats::start();
    server.kill();
    let told = Arc::new(Mutex::new(Vec::new()));
    let seen = told.clone();
    let connect = server
        .connect()
        .patience(Duration::from_secs(60))
        .observer(move |_: &str, event: &Event| seen.lock().unwrap().push(event.clone()));
    let waiting = tokio::spawn(async move { connect.connect().await });
    while told.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server.go_on();
    let connection = waiting.await.unwrap().unwrap();
    assert!(
        matches!(&told.lock().unwrap()[0], Event::Waiting(why) if why.contains("nobody listens"))
    );

    // What is subscribed stays so.
    use futures_util::StreamExt as _;
    let mut subscribed = connection.client().subscribe("mite.test").await.unwrap();
    connection.client().flush().await.unwrap();
    server.kill();
    while connection.events().disconnects() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server.go_on();
    while connection.events().connects() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    connection.client().publish("mite.test", "again".into()).await.unwrap();
    assert_eq!(&subscribed.next().await.unwrap().payload[..], b"again");
    let told = told.lock().unwrap();
    assert!(told.contains(&Event::Disconnected) && told.contains(&Event::Connected), "{told:?}");
}

#[tokio::test]
async fn what_a_role_may_not_do_is_told() {
    let server = Nats::with(
        "authorization { users: [ { user: bob, password: pw, permissions: { publish: \"mite.>\", subscribe: \"mite.>\" } } ] }",
    );
    let told = Arc::new(Mutex::new(Vec::new()));
    let seen = told.clone();
    let connect = server
        .connect()
        .identity(user("bob", "pw"))
        .observer(move |_: &str, event: &Event| seen.lock().unwrap().push(event.to_string()));
    let connection = connect.connect().await.unwrap();
    connection.client().publish("other.subject", "x".into()).await.unwrap();
    while connection.events().refused() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let told = told.lock().unwrap().join("\n");
    assert!(
        told.contains("NATS refused: Permissions Violation for Publish to \"other.subject\""),
        "{told}"
    );
    assert!(told.contains("deploy/nats/permissions.conf has what each role needs"), "{told}");
}

#[tokio::test]
async fn a_consumer_that_takes_nothing_is_noticed() {
    let server = Nats::start();
    let connection = server.connect().connect().await.unwrap();
    let sender = server.connect().connect().await.unwrap();
    let _idle = connection.client().subscribe("mite.test").await.unwrap();
    connection.client().flush().await.unwrap();
    // More than the client keeps for a subscription.
    for _ in 0..70_000 {
        sender.client().publish("mite.test", "x".into()).await.unwrap();
    }
    sender.client().flush().await.unwrap();
    while connection.events().slow() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
