//! The way of messages out of a process of a fleet.

use std::sync::Arc;

use mite_core::error::Result;
use mite_core::stats::{ConnectionHealth, Finding, Strays};
use mite_core::units;
use mite_nats::{Connect, Handler, Net, RawSource, RunName, Watch, keep_records};
use tokio::time::Instant;

use super::connection::told;
use super::raw::RawLane;
use super::records::RecordLane;
use crate::listener::Listener;
use crate::terminal::log::{self, Level};

/// The way of messages out of this process. It has a connection of its own, so that
/// however many there are, they hold up nothing else.
#[derive(Debug)]
pub(crate) struct MessageLanes {
    net: Arc<Net>,
    run: RunName,
    watch: Option<Watch>,
}

impl MessageLanes {
    /// Connects for messages of `run`.
    ///
    /// # Errors
    /// If the server cannot be had.
    pub(crate) async fn open(connect: Connect, run: &RunName) -> Result<Self> {
        let net = Net::connect(told(connect, "messages")).await?;
        Ok(Self { net: Arc::new(net), run: run.clone(), watch: None })
    }

    /// Learns who listens, and has the server keep records: what the one does who leads.
    ///
    /// # Errors
    /// If the connection is closed.
    pub(crate) async fn lead(mut self) -> Result<Self> {
        let (net, run) = (self.net.clone(), self.run.clone());
        let led = self.net.handle().spawn(async move {
            let watch = Watch::start(net.connection(), &run).await;
            (watch, keep_records(net.connection(), &run).await)
        });
        let (watch, kept) = led.await?;
        if let Err(why) = kept {
            log::log(Level::Warn, format_args!("what journeys record would be lost: {why}"));
        }
        self.watch = Some(watch?);
        Ok(self)
    }

    /// Who sends messages to those who listen, and, if it is asked for, records to the server.
    ///
    /// # Errors
    /// If the connection is closed.
    pub(crate) async fn listeners(&self, records: bool) -> Result<Vec<Box<dyn Listener>>> {
        // Another number for each process.
        let process = mite_core::ids::random();
        let (net, run) = (self.net.clone(), self.run.clone());
        let started = self
            .net
            .handle()
            .spawn(async move { RawSource::start(net.connection(), &run, process).await });
        let source = started.await??;
        let mut listeners: Vec<Box<dyn Listener>> =
            vec![Box::new(RawLane::new(self.net.clone(), source))];
        if records {
            listeners.push(Box::new(RecordLane::new(self.net.clone(), &self.run, process)));
        }
        Ok(listeners)
    }

    /// What is to be said of those who listened.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let consumers = self.watch.iter().flat_map(Watch::consumers);
        let faults = consumers.filter_map(|consumer| {
            let name = &consumer.name;
            let what = match (consumer.lost, consumer.silent) {
                (0, false) => return None,
                (0, true) => format!("{name} was not heard any more: what it missed is not known"),
                (lost, _) => format!(
                    "{name} missed {}: it takes them more slowly than they come",
                    units::count(lost, "message")
                ),
            };
            Some(Finding::Fault { what, times: 1 })
        });
        let unreached = self.watch.iter().flat_map(Watch::missing);
        let unreached =
            unreached.map(|(group, messages)| Finding::MessagesUnreached { group, messages });
        faults.chain(unreached).collect()
    }

    /// How its connection has fared in a test that began at `start`.
    pub(crate) fn network(&self, start: Instant) -> ConnectionHealth {
        self.net.connection().events().health(start)
    }

    /// The same, with what is not told yet.
    pub(crate) fn network_lately(&self, start: Instant) -> ConnectionHealth {
        self.net.connection().events().health_lately(start)
    }

    /// What came to the one who leads and said nothing.
    pub(crate) fn strays(&self) -> Strays {
        let unreadable = self.watch.as_ref().map_or(0, Watch::unreadable);
        Strays { unreadable, ..Strays::default() }
    }

    /// Who sends metrics to those who export them.
    ///
    /// # Errors
    /// If the connection is closed.
    #[cfg(feature = "web")]
    pub(crate) async fn metrics(&self) -> Result<mite_nats::MetricSource> {
        let (net, run) = (self.net.clone(), self.run.clone());
        let started = self
            .net
            .handle()
            .spawn(async move { mite_nats::MetricSource::start(net.connection(), &run).await });
        started.await?
    }

    /// Has what is asked of the run answered.
    ///
    /// # Errors
    /// If the connection is closed.
    pub(crate) async fn answer(&self, handler: Handler) -> Result {
        let (net, run) = (self.net.clone(), self.run.clone());
        let answers = self
            .net
            .handle()
            .spawn(async move { mite_nats::answer(net.connection(), &run, handler).await });
        answers.await?
    }

    /// Tells those who listen that the run is over, and hears what has reached them.
    pub(crate) async fn over(&self) {
        if let Some(watch) = &self.watch {
            watch.over().await;
            watch.settled().await;
        }
    }
}
