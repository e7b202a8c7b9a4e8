//! What all sessions of a runner share.

use std::sync::{Arc, Mutex};

use mite_core::config::Config;
use mite_net::Dialer;

use crate::held::Limits;
use crate::lines::Lines;
use crate::settings::{HttpSettings, HttpVersion};
use crate::wire::Wire;

/// Settings, and what is made once under them.
pub(crate) struct Engine {
    pub(crate) settings: HttpSettings,
    pub(crate) wire: Wire,
    pub(crate) dialer: Dialer,
    pub(crate) lines: Arc<Lines>,
}

impl Engine {
    fn new(settings: HttpSettings) -> Result<Self, String> {
        Ok(Self {
            wire: Wire::new(&settings)?,
            dialer: Dialer::new(settings.network(), alpn(settings.version))
                .map_err(|error| error.cause().to_owned())?,
            lines: Lines::shared(settings.idle_timeout),
            settings,
        })
    }
}

impl Engine {
    /// How much of bodies may be held.
    pub(crate) fn limits(&self) -> Limits {
        Limits { each: self.settings.max_body, all: self.settings.max_bodies }
    }
}

impl HttpSettings {
    /// Looks whether requests can be made under these settings, as far as this machine
    /// can tell: whether `http_proxy` is a proxy, `http_user_agent` can be sent,
    /// `http_ca`, `http_cert` and `http_key` can be read and used, and
    /// `http_local_addresses` are addresses of its own. Reading takes milliseconds.
    ///
    /// ```
    /// use mite::http::HttpSettings;
    /// let error = HttpSettings::new().ca("no/such.pem").check().unwrap_err();
    /// assert!(error.to_string().contains("`http_ca` names no/such.pem"));
    /// ```
    ///
    /// # Errors
    /// Declared, naming the key whose value cannot be used.
    pub fn check(&self) -> mite_core::error::Result<()> {
        let engine = Engine::new(self.clone()).map_err(mite_core::error::Error::new)?;
        let usable = engine.dialer.check();
        usable.map_err(|error| mite_core::error::Error::new(error.cause()))
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
