//! A server of its own thread.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::address::{Names, Place};
use super::guard;
use super::request::Request;
use super::response::Response;
use super::route::Route;
use super::token::Token;
use crate::terminal::log::{self, Level};

/// Connections at once; for one more, the one that has idled longest is closed.
const MOST_CONNECTIONS: usize = 128;

/// Bytes of a request's head, and of what is sent with one.
const MOST_HEAD: usize = 32 * 1024;
const MOST_BODY: usize = 64 * 1024;

/// How long a request's head, and what is sent with it, may take to come; a connection
/// that idles for longer is closed, and whoever comes back opens another one.
const COMING: Duration = Duration::from_secs(10);

/// How long an answer may take to go.
const GOING: Duration = Duration::from_secs(30);

/// The interval at which these limits are checked.
const POLL: Duration = Duration::from_secs(5);

/// How long to wait when no connection can be accepted: there may be no file left.
const REST: Duration = Duration::from_millis(100);

/// A server on a thread of its own; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    _until: oneshot::Sender<Infallible>,
}

/// What all its connections share.
struct Served {
    names: Names,
    routes: Vec<Arc<dyn Route>>,
    token: Token,
}

impl Server {
    /// Starts one.
    ///
    /// # Errors
    /// If its thread cannot be started.
    pub(super) fn start(
        place: Place,
        routes: Vec<Arc<dyn Route>>,
        token: Token,
    ) -> std::io::Result<Self> {
        let (listener, names) = place.into_parts();
        let address = listener.local_addr()?;
        let (until, over) = oneshot::channel();
        // Its clock is the real one, whatever that of the run is.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let served = Arc::new(Served { names, routes, token });
        std::thread::Builder::new().name("web".into()).spawn(move || {
            let serving = async {
                let listener = TcpListener::from_std(listener)?;
                tokio::select! {
                    _ = over => {}
                    () = accept(listener, served) => {}
                }
                std::io::Result::Ok(())
            };
            if let Err(e) = runtime.block_on(serving) {
                log::log(Level::Error, format_args!("nothing is served at {address}: {e}"));
            }
        })?;
        Ok(Self { address, _until: until })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Connections that are open, by their number.
#[derive(Default)]
struct Connections {
    open: Mutex<BTreeMap<u64, Connection>>,
    is_told: AtomicBool,
}

struct Connection {
    /// When it was opened, or a request came by it.
    active: Instant,
    task: AbortHandle,
}

impl Connections {
    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Connection>> {
        self.open.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Closes the one that has idled longest if there is no room for another.
    fn make_room(&self) {
        let mut open = self.open();
        if open.len() < MOST_CONNECTIONS {
            return;
        }
        let longest = open.iter().min_by_key(|(_, connection)| connection.active);
        let longest = longest.map(|(number, _)| *number);
        if let Some(connection) = longest.and_then(|number| open.remove(&number)) {
            connection.task.abort();
        }
        if !self.is_told.swap(true, Ordering::Relaxed) {
            log::log(
                Level::Warn,
                format_args!(
                    "web: more than {MOST_CONNECTIONS} connections at once; for each new one the one that has idled longest is closed"
                ),
            );
        }
    }

    fn came(&self, number: u64) {
        if let Some(connection) = self.open().get_mut(&number) {
            connection.active = Instant::now();
        }
    }

    fn is_stuck(&self, number: u64) -> bool {
        self.open().get(&number).is_some_and(|connection| connection.active.elapsed() > GOING)
    }
}

async fn accept(listener: TcpListener, served: Arc<Served>) {
    let connections = Arc::new(Connections::default());
    for number in 0.. {
        let stream = loop {
            match listener.accept().await {
                Ok((stream, _)) => break stream,
                Err(_) => tokio::time::sleep(REST).await,
            }
        };
        connections.make_room();
        let (served, own) = (served.clone(), connections.clone());
        let task = tokio::spawn(async move {
            serve(stream, served, &own, number).await;
            own.open().remove(&number);
        });
        // It begins when this task waits next.
        let connection = Connection { active: Instant::now(), task: task.abort_handle() };
        connections.open().insert(number, connection);
    }
}

async fn serve(
    stream: TcpStream,
    served: Arc<Served>,
    connections: &Arc<Connections>,
    number: u64,
) {
    let own = connections.clone();
    let service = service_fn(move |request| {
        let served = served.clone();
        own.came(number);
        async move { Ok::<_, Infallible>(served.answer(request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(COMING)
        .max_buf_size(MOST_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    loop {
        tokio::select! {
            // Whoever asked may have gone away.
            _ = &mut connection => return,
            () = tokio::time::sleep(POLL) => if connections.is_stuck(number) { return },
        }
    }
}

impl Served {
    async fn answer(&self, request: hyper::Request<Incoming>) -> hyper::Response<Full<Bytes>> {
        let with_body = *request.method() != Method::HEAD;
        let response = match guard::check_names(request.headers(), &self.names) {
            Ok(()) => self.route(request).await,
            Err(refused) => Err(refused),
        };
        response.unwrap_or_else(|refused| refused).into_http(with_body)
    }

    async fn route(&self, request: hyper::Request<Incoming>) -> Result<Response, Response> {
        let path = request.uri().path();
        let at_path: Vec<_> = self.routes.iter().filter(|route| route.path() == path).collect();
        if at_path.is_empty() {
            let paths: Vec<_> = self.routes.iter().map(|route| route.path()).collect();
            let text = format!("nothing is served at this path; there is {}", paths.join(", "));
            return Err(Response::text(StatusCode::NOT_FOUND, text));
        }
        let asked = match request.method() {
            &Method::HEAD => &Method::GET,
            method => method,
        };
        let Some(route) = at_path.iter().find(|route| route.method() == *asked) else {
            let methods: Vec<_> = at_path.iter().map(|route| route.method().to_string()).collect();
            let methods = methods.join(", ");
            let text = format!("only {methods} is served at this path");
            let refused = Response::text(StatusCode::METHOD_NOT_ALLOWED, text);
            return Err(match HeaderValue::from_str(&methods) {
                Ok(methods) => refused.with(ALLOW, methods),
                Err(_) => refused,
            });
        };
        let (head, body) = request.into_parts();
        let mut request = Request::new(head, Bytes::new());
        guard::check_token(&request, &self.token)?;
        let coming = Limited::new(body, MOST_BODY).collect();
        let body = match tokio::time::timeout(COMING, coming).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(_)) => {
                return Err(Response::text(StatusCode::PAYLOAD_TOO_LARGE, "at most 64 KiB"));
            }
            Err(_) => return Err(Response::text(StatusCode::REQUEST_TIMEOUT, "it never came")),
        };
        request.set_body(body);
        mite_core::caught(|| route.respond(&request)).map_err(|panic| {
            let path = route.path();
            log::log(Level::Error, format_args!("{path} cannot be made: {}", panic.text()));
            Response::text(StatusCode::INTERNAL_SERVER_ERROR, "this cannot be made; mite said why")
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// More than what the system's buffers hold of a connection that nobody reads.
    const LARGE: usize = 64 << 20;

    struct Answer(&'static str, usize);

    impl Route for Answer {
        fn path(&self) -> &'static str {
            self.0
        }

        fn respond(&self, _: &Request) -> Response {
            Response::new("text/plain", vec![b'x'; self.1])
        }
    }

    /// A server on the clock of the test, and where it is.
    async fn served() -> SocketAddr {
        let place = Place::take("--web-address", &"127.0.0.1:0".parse().unwrap(), &[]).unwrap();
        let (listener, names) = place.into_parts();
        let listener = TcpListener::from_std(listener).unwrap();
        let address = listener.local_addr().unwrap();
        let routes: Vec<Arc<dyn Route>> =
            vec![Arc::new(Answer("/large", LARGE)), Arc::new(Answer("/small", 3))];
        let served = Arc::new(Served { names, routes, token: Token::random() });
        tokio::spawn(accept(listener, served));
        address
    }

    async fn ask(address: SocketAddr, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    async fn read(stream: &mut TcpStream) -> Vec<u8> {
        let mut all = Vec::new();
        // What was cut off may end with a reset.
        let _ = stream.read_to_end(&mut all).await;
        all
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_read_is_cut_off_and_keeps_nobody_waiting() {
        let address = served().await;
        let mut stuck = ask(address, "/large").await;
        tokio::time::sleep(GOING / 2).await;
        let answer = read(&mut ask(address, "/small").await).await;
        assert!(answer.ends_with(b"\r\n\r\nxxx"), "others are answered meanwhile");
        tokio::time::sleep(GOING).await;
        let got = read(&mut stuck).await.len();
        assert!(got > 0 && got < LARGE, "{got}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_slowly_gets_all_within_the_limit() {
        let mut slow = ask(served().await, "/large").await;
        tokio::time::sleep(GOING / 2).await;
        let got = read(&mut slow).await;
        let body = got.windows(4).position(|end| end == b"\r\n\r\n").expect("a head") + 4;
        assert_eq!(got.len() - body, LARGE);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_asked_for_and_never_sent_is_given_up() {
        let address = served().await;
        let mut silent = TcpStream::connect(address).await.unwrap();
        silent.write_all(b"GET /small HTTP/1.1\r\nHost: loc").await.unwrap();
        tokio::time::sleep(COMING * 2).await;
        assert!(!read(&mut silent).await.ends_with(b"xxx"));
    }
}
