//! Declares structs of settings, each setting once.

/// Declares a struct of settings under the `http_*` keys of a config, each once:
/// its documentation, name, type, default, [form](crate::form) in a config, and
/// its row in the table of the struct's documentation. The struct has `Default`, a
/// `Debug` that shows no passwords, `apply`, and `read`, a private `from_config` for
/// what checks more.
///
/// ```
/// mite_net::settings! {
///     /// How the ping pings.
///     table
///     pub struct PingSettings {
///         /// How many pings are sent.
///         ping_count: usize = 3, mite_net::form::Count, "pings that are sent", "3";
///     }
/// }
/// # use mite_core::config::Config;
/// let config = Config::new();
/// PingSettings { ping_count: 5 }.apply(&config);
/// assert_eq!(config.get_or("http_ping_count", 0), 5);
/// assert_eq!(PingSettings::read(&config).unwrap().ping_count, 5);
/// ```
#[macro_export]
macro_rules! settings {
    (
        $(#[doc = $intro:literal])*
        table
        $(#[doc = $more:literal])*
        pub struct $Name:ident $({ $(
            $(#[doc = $doc:literal])*
            $field:ident: $T:ty = $default:expr, $form:expr, $meaning:literal, $shown:literal;
        )* })+
    ) => {
        $(#[doc = $intro])*
        ///
        /// | key | meaning | default |
        /// |---|---|---|
        $($(#[doc = concat!("| `http_", stringify!($field), "` | ", $meaning, " | ", $shown, " |")])*)+
        ///
        $(#[doc = $more])*
        #[derive(Clone, PartialEq)]
        #[non_exhaustive]
        pub struct $Name { $($(
            $(#[doc = $doc])*
            pub $field: $T,
        )*)+ }

        impl Default for $Name {
            fn default() -> Self {
                Self { $($($field: $default,)*)+ }
            }
        }

        /// Without passwords.
        impl std::fmt::Debug for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                use $crate::form::Form;
                let mut out = f.debug_struct(stringify!($Name));
                $($(out.field(stringify!($field), &format_args!("{}", ($form).shown(&self.$field)));)*)+
                out.finish()
            }
        }

        impl $Name {
            /// Key, meaning and default of each, as in the table above.
            #[doc(hidden)]
            pub const ROWS: &[[&str; 3]] =
                &[$($([concat!("http_", stringify!($field)), $meaning, $shown],)*)+];

            /// Writes the settings that differ from the defaults into a scenario's
            /// config.
            ///
            /// # Panics
            /// In a journey, whose config is read-only.
            #[track_caller]
            pub fn apply(&self, config: &$crate::form::Config) {
                use $crate::form::Form;
                let default = Self::default();
                $($(if self.$field != default.$field {
                    ($form).write(config, concat!("http_", stringify!($field)), &self.$field);
                })*)+
            }

            fn read(config: &$crate::form::Config) -> $crate::form::Result<Self> {
                use $crate::form::Form;
                let default = Self::default();
                Ok(Self { $($(
                    $field: ($form)
                        .read(config, concat!("http_", stringify!($field)))?
                        .unwrap_or(default.$field),
                )*)+ })
            }
        }
    };
}

/// Calls a macro with the declarations of the [network's settings](crate::Settings),
/// in braces behind what it is given: for a protocol's own struct of settings that
/// has them, too.
#[macro_export]
macro_rules! with_network_settings {
    ($($callback:ident)::+ { $($given:tt)* }) => {
        $($callback)::+! {
            $($given)* {
                /// For name, TCP and TLS.
                connect_timeout: std::time::Duration = std::time::Duration::from_secs(10),
                    $crate::form::SecondsAboveZero, "seconds for name, TCP and TLS", "10";
                /// A PEM file with root certificates, beside the platform's.
                ca: Option<std::path::PathBuf> = None,
                    $crate::form::Optional($crate::form::File),
                    "a PEM file with roots, beside the platform's", "";
                /// Whether any certificate is accepted.
                insecure: bool = false,
                    $crate::form::Plain, "whether any certificate is accepted", "false";
                /// A PEM file with a client certificate and its chain.
                cert: Option<std::path::PathBuf> = None,
                    $crate::form::Optional($crate::form::File),
                    "a PEM file with a client certificate, and its chain", "";
                /// A PEM file with its key, if that is not in the certificate's file.
                key: Option<std::path::PathBuf> = None,
                    $crate::form::Optional($crate::form::File),
                    "a PEM file with its key, if it is not in `http_cert`", "";
                /// The password of that key.
                key_password: Option<String> = None,
                    $crate::form::Optional($crate::form::Secret),
                    "the password of that key (needs the feature `encrypted-keys`)", "";
                /// The name that TLS asks for and verifies, instead of the URL's host.
                server_name: Option<String> = None,
                    $crate::form::Optional($crate::form::Plain),
                    "the name that TLS asks for and verifies, instead of the URL's", "";
                /// Whether TLS sessions are resumed.
                tls_resumption: bool = true,
                    $crate::form::Plain, "whether TLS sessions are resumed", "true";
                /// Addresses that the resolver is not asked for.
                hosts: Vec<$crate::HostAddress> = Vec::new(),
                    $crate::form::List("as shop.test=10.0.0.1 or shop.test=[::1]:8443"),
                    "addresses of hosts, as `shop.test=10.0.0.1, api.test=[::1]:8443`", "";
                /// Which addresses of a host are used.
                address_family: $crate::AddressFamily = $crate::AddressFamily::Any,
                    $crate::form::Word(&[
                        ("any", $crate::AddressFamily::Any),
                        ("prefer_ipv4", $crate::AddressFamily::PreferIpv4),
                        ("prefer_ipv6", $crate::AddressFamily::PreferIpv6),
                        ("ipv4", $crate::AddressFamily::Ipv4),
                        ("ipv6", $crate::AddressFamily::Ipv6),
                    ]),
                    "`any`, `prefer_ipv4`, `prefer_ipv6`, `ipv4` or `ipv6`", "`any`";
                /// How long a host's addresses are remembered.
                dns_ttl: std::time::Duration = std::time::Duration::from_secs(60),
                    $crate::form::Seconds,
                    "seconds for which a host's addresses are remembered", "60";
                /// The URL of a proxy, or `environment`.
                proxy: Option<String> = None,
                    $crate::form::Optional($crate::form::UrlWithCredentials),
                    "`http://user:password@host:port`, `socks5://…`, `socks5h://…` (the proxy resolves names), or `environment`", "";
                /// Hosts that are reached without the proxy.
                no_proxy: Option<String> = None,
                    $crate::form::Optional($crate::form::Plain),
                    "hosts without proxy: names with their subdomains, addresses, networks as `10.0.0.0/8`, or `*`", "";
                /// A Unix socket that everything is sent to.
                unix_socket: Option<std::path::PathBuf> = None,
                    $crate::form::Optional($crate::form::File),
                    "a Unix socket that everything is sent to", "";
                /// Addresses to connect from, in turn.
                local_addresses: Vec<std::net::IpAddr> = Vec::new(),
                    $crate::form::List("as 127.0.0.2"),
                    "addresses to connect from, in turn, as `127.0.0.2, 127.0.0.3`", "";
            }
        }
    };
}
