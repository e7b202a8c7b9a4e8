//! Names to addresses, cached for a while.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use crate::address::{AddressFamily, HostAddress};
use crate::error::{Error, Kind};
use crate::settings::Settings;

/// What is known of one name. Locked while the resolver is asked (single flight), so
/// that a thousand journeys that start at once ask once.
type Entry = Arc<tokio::sync::Mutex<Option<(Instant, Arc<[SocketAddr]>)>>>;

/// So many names are cached, and those that are being asked for.
const MOST: usize = 4096;

/// A runner's DNS cache.
pub(crate) struct Dns {
    hosts: Vec<HostAddress>,
    family: AddressFamily,
    /// The system's resolver does not say how long an answer is good for.
    ttl: Duration,
    names: Mutex<Names>,
}

#[derive(Default)]
struct Names {
    entries: HashMap<Box<str>, Entry>,
    /// How many there may be before those that are not good any more are forgotten.
    room: usize,
}

impl Names {
    fn entry(&mut self, host: &str, ttl: Duration) -> Entry {
        if let Some(entry) = self.entries.get(host) {
            return entry.clone();
        }
        let entry = Entry::default();
        self.entries.insert(host.into(), entry.clone());
        if self.entries.len() > self.room.max(MOST) {
            self.forget(ttl);
        }
        entry
    }

    /// Forgets the names whose answers are not good any more, and of the others the
    /// older half if they are too many still. Those that are being asked for stay.
    fn forget(&mut self, ttl: Duration) {
        // None of one that is being asked for, or has no answer.
        let since = |entry: &Entry| Some(entry.try_lock().ok()?.as_ref()?.0);
        let is_asked = |entry: &Entry| Arc::strong_count(entry) > 1;
        let is_good = |entry: &Entry| since(entry).is_some_and(|since| since.elapsed() < ttl);
        self.entries.retain(|_, entry| is_asked(entry) || is_good(entry));
        if self.entries.len() > MOST / 2 {
            let mut all: Vec<_> = self.entries.values().filter_map(since).collect();
            all.sort_unstable();
            if let Some(&middle) = all.get(all.len() / 2) {
                let is_young = |entry: &Entry| since(entry).is_some_and(|since| since > middle);
                self.entries.retain(|_, entry| is_asked(entry) || is_young(entry));
            }
        }
        // If all are being asked for, it is not looked again with each that comes.
        self.room = self.entries.len() + MOST / 2;
    }
}

impl Dns {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            hosts: settings.hosts.clone(),
            family: settings.address_family,
            ttl: settings.dns_ttl,
            names: Mutex::default(),
        }
    }

    /// The addresses of a host, in the order in which they should be tried.
    /// `ip` is the host itself, if that is an address.
    pub(crate) async fn resolve(
        &self,
        host: &str,
        ip: Option<IpAddr>,
        port: u16,
    ) -> Result<Vec<SocketAddr>, Error> {
        let of = |h: &&HostAddress| h.host == "*" || h.host.eq_ignore_ascii_case(host);
        let given: Vec<_> = self
            .hosts
            .iter()
            .filter(of)
            .map(|h| SocketAddr::new(h.ip, h.port.unwrap_or(port)))
            .collect();
        if !given.is_empty() {
            return self.ordered(host, given);
        }
        // Which interface a zone names, the system knows.
        if let Some(ip) = ip.filter(|_| !host.contains('%')) {
            return Ok(vec![SocketAddr::new(ip, port)]);
        }
        let known = self.look_up(host).await?;
        let with_port = |mut address: SocketAddr| {
            address.set_port(port);
            address
        };
        self.ordered(host, known.iter().copied().map(with_port).collect())
    }

    /// With port 0.
    async fn look_up(&self, host: &str) -> Result<Arc<[SocketAddr]>, Error> {
        let entry = {
            let mut names = self.names.lock().unwrap_or_else(|e| e.into_inner());
            names.entry(host, self.ttl)
        };
        let mut known = entry.lock().await;
        if let Some((since, addresses)) = &*known
            && since.elapsed() < self.ttl
        {
            return Ok(addresses.clone());
        }
        // Which interface a zone names, the system says of link-local addresses only.
        let zoned = host
            .split_once('%')
            .and_then(|(ip, zone)| Some((ip.parse::<Ipv6Addr>().ok()?, format!("fe80::1%{zone}"))));
        let asked = zoned.as_ref().map_or(host, |(_, link_local)| link_local);
        let of_zone = |mut address: SocketAddr| {
            if let (SocketAddr::V6(address), Some((ip, _))) = (&mut address, &zoned) {
                address.set_ip(*ip);
            }
            address
        };
        let mut addresses: Vec<SocketAddr> = match tokio::net::lookup_host((asked, 0)).await {
            Ok(found) => found.map(of_zone).collect(),
            Err(error) => {
                let cause = match host.split_once('%') {
                    Some((_, zone)) => format!(
                        "{host} cannot be reached: is {zone} a network interface of this machine?"
                    ),
                    None => format!("{host} cannot be resolved: {error}"),
                };
                return Err(Error { kind: Kind::Dns, cause, source: Some(Box::new(error)) });
            }
        };
        addresses.dedup();
        let addresses: Arc<[SocketAddr]> = addresses.into();
        *known = Some((Instant::now(), addresses.clone()));
        Ok(addresses)
    }

    fn ordered(
        &self,
        host: &str,
        mut addresses: Vec<SocketAddr>,
    ) -> Result<Vec<SocketAddr>, Error> {
        let family = match self.family {
            AddressFamily::Any => "",
            AddressFamily::PreferIpv4 => {
                addresses.sort_by_key(SocketAddr::is_ipv6);
                ""
            }
            AddressFamily::PreferIpv6 => {
                addresses.sort_by_key(SocketAddr::is_ipv4);
                ""
            }
            AddressFamily::Ipv4 => {
                addresses.retain(SocketAddr::is_ipv4);
                "IPv4 "
            }
            AddressFamily::Ipv6 => {
                addresses.retain(SocketAddr::is_ipv6);
                "IPv6 "
            }
        };
        if addresses.is_empty() {
            return Err(Error::new(Kind::Dns, format!("{host} has no {family}address")));
        }
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    async fn resolved(settings: &Settings, host: &str) -> Result<String, String> {
        let found = Dns::new(settings).resolve(host, None, 80).await.map_err(|f| f.cause)?;
        Ok(found.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    }

    #[tokio::test]
    async fn given_hosts_are_not_looked_up_and_families_are_ordered() {
        let host = |host: &str, ip: IpAddr, port| HostAddress { host: host.into(), ip, port };
        let hosts = vec![
            host("A.test", Ipv4Addr::new(10, 0, 0, 1).into(), None),
            host("a.test", Ipv6Addr::LOCALHOST.into(), Some(81)),
            host("b.test", Ipv4Addr::LOCALHOST.into(), None),
        ];
        let mut settings = Settings { hosts, ..Settings::default() };
        for (family, expected) in [
            (AddressFamily::Any, Ok("10.0.0.1:80 [::1]:81")),
            (AddressFamily::PreferIpv4, Ok("10.0.0.1:80 [::1]:81")),
            (AddressFamily::PreferIpv6, Ok("[::1]:81 10.0.0.1:80")),
            (AddressFamily::Ipv4, Ok("10.0.0.1:80")),
            (AddressFamily::Ipv6, Ok("[::1]:81")),
        ] {
            settings.address_family = family;
            let expected = expected.map(str::to_owned);
            assert_eq!(resolved(&settings, "a.test").await, expected, "{family:?}");
        }
        settings.address_family = AddressFamily::Ipv6;
        assert_eq!(
            resolved(&settings, "b.test").await,
            Err("b.test has no IPv6 address".to_owned())
        );
        let hosts = vec![host("*", Ipv4Addr::LOCALHOST.into(), Some(1))];
        let all = Settings { hosts, ..Settings::default() };
        assert_eq!(resolved(&all, "any.test").await.unwrap(), "127.0.0.1:1");
    }

    #[tokio::test(start_paused = true)]
    async fn names_are_asked_for_again_after_their_time() {
        let dns_ttl = Duration::from_secs(5);
        let dns = Dns::new(&Settings { dns_ttl, ..Settings::default() });
        let first = dns.look_up("localhost").await.unwrap();
        assert!(Arc::ptr_eq(&first, &dns.look_up("localhost").await.unwrap()));
        tokio::time::advance(Duration::from_secs(6)).await;
        assert!(!Arc::ptr_eq(&first, &dns.look_up("localhost").await.unwrap()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_visits_many_names_remembers_the_last_that_are_good() {
        let ttl = Duration::from_secs(5);
        let mut names = Names::default();
        let asked = names.entry("asked", ttl);
        let held = asked.lock().await;
        let mut most = 0;
        for n in 0..20_000 {
            let entry = names.entry(&format!("h{n}.test"), ttl);
            *entry.lock().await = Some((Instant::now(), Arc::default()));
            drop(entry);
            tokio::time::advance(Duration::from_micros(100)).await;
            most = most.max(names.entries.len());
        }
        assert_eq!(most, MOST + 1);
        assert!(names.entries.contains_key("h19999.test") && names.entries.contains_key("asked"));
        // What is not good any more goes first, and one without an answer, too.
        drop(held);
        drop(asked);
        names.room = names.entries.len();
        tokio::time::advance(ttl).await;
        let entry = names.entry("new", ttl);
        names.forget(ttl);
        assert_eq!(names.entries.keys().map(|name| &**name).collect::<Vec<_>>(), ["new"]);
        drop(entry);
    }
}
