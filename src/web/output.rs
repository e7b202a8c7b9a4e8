//! Servers as an output of a run.

use std::io;
use std::sync::{Arc, Mutex};

use mite_core::error::{Error, Result};
use mite_core::stats::{RunInfo, Snapshot, Summary};

use super::address::Place;
use super::route::{Feed, Route};
use super::server::Server;
use super::token::Token;
use crate::output::Output;
use crate::terminal::log::{self, Level};

/// What is served at one address.
pub(crate) struct Site {
    /// What people call it: `web`, `metrics`.
    pub(crate) name: &'static str,
    /// Where.
    pub(crate) place: Place,
    /// What.
    pub(crate) routes: Vec<Arc<dyn Route>>,
}

impl Site {
    fn takes_orders(&self) -> bool {
        self.routes.iter().any(|route| route.method() == hyper::Method::POST)
    }

    /// Of what is looked at there first.
    fn path(&self) -> &'static str {
        self.routes.first().map_or("/", |route| route.path())
    }
}

/// The servers of a run. They serve until this, and the output, are dropped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Web(Arc<Mutex<Vec<Server>>>);

impl Web {
    /// The addresses of all of them.
    pub(crate) fn addresses(&self) -> Vec<String> {
        let servers = self.0.lock().unwrap_or_else(|e| e.into_inner());
        servers.iter().map(|server| format!("http://{}/", server.address())).collect()
    }
}

/// Serves a run.
pub(crate) struct WebOutput {
    sites: Vec<Site>,
    feeds: Vec<Arc<dyn Feed>>,
    token: Token,
    web: Web,
}

impl WebOutput {
    /// One that will serve all these sites, made of these feeds.
    pub(crate) fn new(sites: Vec<Site>, feeds: Vec<Arc<dyn Feed>>, token: Token) -> Self {
        Self { sites, feeds, token, web: Web::default() }
    }

    /// The address of the first page that takes orders, with what it needs for them.
    pub(crate) fn page(&self) -> Option<String> {
        let site = self.sites.iter().find(|site| site.takes_orders())?;
        Some(format!("http://{}{}#{}", site.place.bound(), site.path(), self.token))
    }

    /// Its servers, to keep them longer than the run.
    pub(crate) fn web(&self) -> Web {
        self.web.clone()
    }
}

impl Output for WebOutput {
    fn name(&self) -> &'static str {
        "web server"
    }

    fn shows_series(&self) -> bool {
        self.feeds.iter().any(|feed| feed.shows_series())
    }

    fn shows_last(&self) -> bool {
        true
    }

    fn start(&mut self, info: &RunInfo) -> Result {
        self.feeds.iter().for_each(|feed| feed.start(info));
        for site in self.sites.drain(..) {
            let path = site.path();
            let token = match site.takes_orders() {
                // Behind `#` it is not sent, so that no proxy keeps it; the page reads it.
                true => format!("#{}", self.token),
                false => String::new(),
            };
            let Site { name, place, routes } = site;
            let bound = place.bound();
            let server = Server::start(place, routes, self.token.clone())
                .map_err(|e| Error::new(e.to_string()))?;
            log::log(Level::Info, format_args!("{name}: http://{bound}{path}{token}"));
            if !bound.ip().is_loopback() {
                log::log(
                    Level::Warn,
                    format_args!(
                        "{name}: whoever reaches {bound} can read it; it is not encrypted"
                    ),
                );
            }
            self.web.0.lock().unwrap_or_else(|e| e.into_inner()).push(server);
        }
        Ok(())
    }

    fn show(&mut self, snapshot: &Arc<Snapshot>) -> io::Result<()> {
        self.feeds.iter().for_each(|feed| feed.show(snapshot));
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        self.feeds.iter().for_each(|feed| feed.finish(summary));
        Ok(())
    }
}
