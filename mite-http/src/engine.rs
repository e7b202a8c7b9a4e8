//! What all sessions of a runner share.

use std::sync::{Arc, Mutex};

use mite_core::config::Config;
use mite_net::Dialer;

use crate::hosts::Hosts;
use crate::pool::Pool;
use crate::settings::{HttpSettings, HttpVersion};
use crate::wire::Wire;

/// Settings, and what is made once under them.
pub(crate) struct Engine {
    pub(crate) settings: HttpSettings,
    pub(crate) wire: Wire,
    pub(crate) dialer: Dialer,
    pub(crate) pool: Pool,
    pub(crate) hosts: Hosts,
}

impl Engine {
    fn new(settings: HttpSettings) -> Result<Self, String> {
        Ok(Self {
            wire: Wire::new(&settings)?,
            dialer: Dialer::new(settings.network(), alpn(settings.version))
                .map_err(|error| error.cause().to_owned())?,
            pool: Pool::new(settings.idle_timeout),
            hosts: Hosts::default(),
            settings,
        })
    }
}

/// What TLS handshakes offer.
fn alpn(version: HttpVersion) -> &'static [&'static str] {
    match version {
        HttpVersion::Auto => &["h2", "http/1.1"],
        HttpVersion::Http1 => &["http/1.1"],
        HttpVersion::Http2 => &["h2"],
    }
}

/// A runner's engine under the settings as they are now, or why there is none.
pub(crate) type Current = Result<Arc<Engine>, Arc<str>>;

/// A runner's engine; a change of its settings makes a new one, which
/// executions that start then will use.
#[derive(Default)]
pub(crate) struct Engines(Mutex<Option<(u64, Current)>>);

impl Engines {
    pub(crate) fn current(&self, config: &Config) -> Current {
        let mut slot = self.0.lock().unwrap_or_else(|e| e.into_inner());
        let version = config.version();
        if let Some((seen, current)) = &*slot
            && *seen == version
        {
            return current.clone();
        }
        let current = match (HttpSettings::from_config(config), &*slot) {
            (Ok(settings), Some((_, Ok(engine)))) if engine.settings == settings => {
                Ok(engine.clone())
            }
            (Ok(settings), _) => Engine::new(settings).map(Arc::new).map_err(Arc::from),
            (Err(error), _) => Err(error.text().into()),
        };
        *slot = Some((version, current.clone()));
        current
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_change_of_its_own_settings_makes_a_new_engine() {
        let (config, engines) = (Config::new(), Engines::default());
        let first = engines.current(&config).unwrap();
        config.set("app_url", "http://h/");
        assert!(Arc::ptr_eq(&first, &engines.current(&config).unwrap()));
        config.set("http_timeout", 5);
        let second = engines.current(&config).unwrap();
        assert_eq!(second.settings.timeout, std::time::Duration::from_secs(5));
        config.set("http_user_agent", "line\nbreak");
        assert!(engines.current(&config).err().unwrap().contains("`http_user_agent`"));
        config.set("http_user_agent", "probe");
        assert_eq!(engines.current(&config).unwrap().wire.user_agent, "probe");
    }
}
