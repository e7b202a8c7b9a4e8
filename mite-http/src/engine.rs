//! What all sessions of a runner share.

use std::sync::{Arc, Mutex};

use http::HeaderValue;
use mite_core::config::Config;
use tokio::sync::OnceCell;

use crate::connect::Locals;
use crate::connect::dns::Dns;
use crate::connect::proxy::Proxies;
use crate::connect::tls::Tls;
use crate::error::{Failure, Kind};
use crate::h1;
use crate::hop::standard_headers;
use crate::hosts::Hosts;
use crate::pool::Pool;
use crate::settings::HttpSettings;

/// Settings, and what is made once under them: connections, names, TLS.
pub(crate) struct Engine {
    pub(crate) settings: HttpSettings,
    pub(crate) user_agent: HeaderValue,
    /// The headers that every request has, as they are written.
    pub(crate) standard_headers: Box<[u8]>,
    pub(crate) pool: Pool,
    pub(crate) hosts: Hosts,
    pub(crate) dns: Dns,
    pub(crate) proxies: Proxies,
    pub(crate) locals: Locals,
    tls: OnceCell<Result<Tls, String>>,
}

impl Engine {
    fn new(settings: HttpSettings) -> Result<Self, String> {
        let user_agent = HeaderValue::from_str(&settings.user_agent).map_err(|_| {
            format!(
                "config `http_user_agent` is {:?}, which no header can hold",
                settings.user_agent
            )
        })?;
        let mut standard = Vec::new();
        for (name, value) in standard_headers(&user_agent) {
            h1::line(&mut standard, &name, value);
        }
        Ok(Self {
            dns: Dns::new(&settings),
            proxies: Proxies::new(&settings)?,
            locals: Locals::new(&settings.local_addresses),
            pool: Pool::new(settings.idle_timeout),
            hosts: Hosts::default(),
            settings,
            user_agent,
            standard_headers: standard.into(),
            tls: OnceCell::new(),
        })
    }

    /// TLS, made at the first need.
    pub(crate) async fn tls(&self) -> Result<&Tls, Failure> {
        let make = || async {
            let settings = self.settings.clone();
            // Reading the platform's roots takes long enough to disturb the load.
            match tokio::task::spawn_blocking(move || Tls::new(&settings)).await {
                Ok(made) => made,
                Err(error) => Err(error.to_string()),
            }
        };
        let tls = self.tls.get_or_init(make).await;
        tls.as_ref().map_err(|why| Failure::new(Kind::Tls, why.clone()))
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
        assert_eq!(engines.current(&config).unwrap().user_agent, "probe");
    }
}
