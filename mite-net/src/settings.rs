//! How a runner reaches hosts.

use mite_core::config::Config;
use mite_core::error::{Error, Result};

with_network_settings! { settings {
    /// How a runner reaches hosts, whatever it speaks with them. Read from the
    /// settings of the test.
    table
    /// The proxy variables of the environment are not read unless `http_proxy` is
    /// `environment`: a load test that goes through a forgotten proxy measures it.
    /// They are `http_proxy` and `https_proxy`, by whether TLS is spoken, else
    /// `all_proxy`; and `no_proxy`, unless `http_no_proxy` is set. Each may be in
    /// capitals; small letters win.
    ///
    /// ```
    /// use mite_core::config::Config;
    /// use mite_net::Settings;
    ///
    /// let config = Config::new();
    /// config.set("http_hosts", "shop.test=127.0.0.1");
    /// assert_eq!(Settings::from_config(&config).unwrap().hosts[0].host, "shop.test");
    /// ```
    pub struct Settings
} }

impl Settings {
    /// The settings under the `http_*` keys of a config.
    ///
    /// # Errors
    /// Declared, naming the key whose value makes no sense.
    pub fn from_config(config: &Config) -> Result<Self> {
        let settings = Self::read(config)?;
        settings.check()?;
        Ok(settings)
    }

    /// Looks at what no single setting can tell.
    ///
    /// # Errors
    /// Declared, naming the key.
    pub fn check(&self) -> Result<()> {
        if self.cert.is_none() && (self.key.is_some() || self.key_password.is_some()) {
            return Err(Error::new(
                "config `http_key` is set without `http_cert`, the certificate that it belongs to",
            ));
        }
        Ok(())
    }
}
