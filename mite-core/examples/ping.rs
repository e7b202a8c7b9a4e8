use std::time::Duration;

use mite_core::extend::{Begun, Context, Error, Exchange, Label, Outcome, Result, key, put_floats};
use mite_net::{Deadline, Dialer, Endpoint, Kind, Settings, Stream, Timings};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::time::Instant;

/// Puts `ping()` on the context.
pub trait PingContext {
    /// Sends `PING` on a line of its own and waits for a line in answer: the answer.
    #[allow(async_fn_in_trait, reason = "journeys need not be `Send`")]
    async fn ping(&self, host: &str, port: u16) -> Result<String>;
}

/// How long one ping may take.
const LIMIT: Duration = Duration::from_secs(5);

impl PingContext for Context {
    async fn ping(&self, host: &str, port: u16) -> Result<String> {
        // One for the runner: it remembers names and TLS sessions.
        let dialer = self.runner_extension(|| dialer(self));
        let dialer = Result::as_ref(&dialer).map_err(Error::new)?;
        let mut attempt = Attempt::start(self, format!("PING {host}:{port}"));
        let pong = attempt.run(dialer, Endpoint::new(host, port)).await;
        attempt.outcome = match &pong {
            Ok(_) => Outcome::Ok,
            Err(error) => Outcome::Failed(error.kind().as_str()),
        };
        attempt.error = pong.as_ref().err().map(|error| error.cause().to_owned());
        drop(attempt);
        Ok(pong?)
    }
}

/// The dialer, or why there is none: then no journey can ping.
fn dialer(ctx: &Context) -> Result<Dialer, String> {
    let settings = Settings::from_config(ctx.config()).map_err(|e| e.text().to_owned())?;
    Dialer::new(settings, &[]).map_err(|e| e.cause().to_owned())
}

/// One ping: counted when it is dropped, however it ended.
struct Attempt<'a> {
    ctx: &'a Context,
    name: String,
    begun: Begun,
    timings: Timings,
    outcome: Outcome,
    error: Option<String>,
    received: u64,
}

impl<'a> Attempt<'a> {
    fn start(ctx: &'a Context, name: String) -> Self {
        // What it is if its journey is cancelled meanwhile.
        let outcome = Outcome::Cancelled;
        let now = Instant::now();
        let (begun, timings) = (ctx.begin(now), Timings::start(now));
        Self { ctx, name, begun, timings, outcome, error: None, received: 0 }
    }

    async fn run(&mut self, dialer: &Dialer, to: Endpoint<'_>) -> Result<String, mite_net::Error> {
        let _hold = self.ctx.hold_clock(LIMIT);
        let until = Deadline::after(self.timings.start, LIMIT);
        let talk = async {
            let dialed = dialer.dial_noting(to, &mut self.timings, &mut None).await?;
            let mut stream: BufReader<Stream> = BufReader::new(dialed.stream);
            self.timings.transfer_start = self.timings.so_far();
            let mut pong = String::new();
            let sent = stream.write_all(b"PING\n").await;
            sent.map_err(|e| mite_net::Error::of(Kind::Connect, e))?;
            let read = stream.read_line(&mut pong).await;
            self.received = read.map_err(|e| mite_net::Error::of(Kind::Connect, e))? as u64;
            self.timings.first_byte = self.timings.so_far();
            Ok(pong.trim_end().to_owned())
        };
        until.limit(talk).await
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        self.timings.total = self.timings.so_far();
        let Timings { start, dns, connect, first_byte, total, .. } = self.timings;
        let exchange = Exchange {
            protocol: "ping",
            name: Label::intern(&self.name),
            status: None,
            outcome: self.outcome,
            took: self.begun.took(total),
            received: self.received,
            sent: 5,
        };
        self.ctx.exchange("ping_metrics", &exchange, |out| {
            put_floats!(
                out,
                "start_time": self.ctx.wall_time(start),
                "dns_time": dns.as_secs_f64(),
                "connect_time": connect.as_secs_f64(),
                "first_byte_time": first_byte.as_secs_f64(),
                "total_time": total.as_secs_f64(),
            );
            out.put(key!("outcome"), self.outcome.as_str());
            out.put(key!("error"), self.error.as_deref());
        });
    }
}

/// A journey that uses it.
async fn journey(ctx: &Context, port: u16) -> Result {
    ctx.transaction("say hello", async |ctx| {
        let pong = ctx.ping("127.0.0.1", port).await?;
        mite_core::ensure!(pong == "PONG", "it answered {pong:?}");
        Ok(())
    })
    .await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result {
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let port = server.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((client, _)) = server.accept().await {
            let mut client = BufReader::new(client);
            let mut line = String::new();
            client.read_line(&mut line).await?;
            client.write_all(b"PONG\n").await?;
        }
        std::io::Result::Ok(())
    });
    journey(&Context::for_test(), port).await
}
