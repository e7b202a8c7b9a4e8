//! Proxies that the environment names. Each case is a process of its own: this
//! program again, which then runs [`asks`] only.

use std::process::Command;

use crate::support::Probe;
use crate::support::authority::Authority;
use crate::support::nginx::Nginx;
use crate::support::proxies::Served;

const URLS: &str = "MITE_TEST_URLS";
const SETTINGS: &str = "MITE_TEST_SETTINGS";

/// In the child: asks for each URL and says which port it was connected to, or
/// what went wrong.
#[tokio::test]
#[ignore = "it is for the other tests here, which set its environment"]
async fn asks() {
    let Ok(urls) = std::env::var(URLS) else { return };
    let settings = std::env::var(SETTINGS).expect("they come together");
    let settings: Vec<_> = settings.lines().filter_map(|line| line.split_once('=')).collect();
    let probe = Probe::with(&settings);
    for url in urls.lines() {
        match probe.http().get(url).send().await {
            Ok(response) => println!("\nvia {}", response.remote_addr().port()),
            Err(error) => println!("\nvia {error}"),
        }
    }
}

struct Servers {
    authority: Authority,
    plain: Nginx,
    tls: Nginx,
    http_proxy: Served,
    socks_proxy: Served,
}

impl Servers {
    fn start() -> Self {
        let authority = Authority::new();
        let server = authority.server(&["127.0.0.1"]);
        Self {
            plain: Nginx::start("", "location / { return 204; }"),
            tls: Nginx::start("ssl", &format!("{server} location / {{ return 204; }}")),
            authority,
            http_proxy: Served::http_proxy(),
            socks_proxy: Served::socks_proxy(),
        }
    }

    /// The URLs of the proxies, HTTP and SOCKS.
    fn proxies(&self) -> [String; 2] {
        let url = |scheme, port| format!("{scheme}://bob:s3cretword@127.0.0.1:{port}");
        [url("http", self.http_proxy.port), url("socks5", self.socks_proxy.port)]
    }

    /// Where an http:// and an https:// request go in such an environment, if
    /// the config says `settings`: "http proxy", "socks proxy", "direct", or
    /// what went wrong.
    fn ways(&self, environment: &[(&str, &str)], settings: &[(&str, &str)]) -> [String; 2] {
        let urls = [self.plain.url("/"), self.tls.url("/").replace("http://", "https://")];
        let mut lines = format!("http_ca={}\n", self.authority.ca());
        settings.iter().for_each(|(key, value)| lines.push_str(&format!("{key}={value}\n")));
        let mut child = Command::new(std::env::current_exe().expect("a test is a program"));
        for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
            child.env_remove(name).env_remove(name.to_ascii_uppercase());
        }
        let output = child
            .args(["--exact", "environment::asks", "--ignored", "--nocapture"])
            .env(URLS, urls.join("\n"))
            .env(SETTINGS, lines)
            .envs(environment.iter().copied())
            .output()
            .expect("it can be started");
        let output = String::from_utf8_lossy(&output.stdout).into_owned();
        let said: Vec<_> = output.lines().filter_map(|line| line.strip_prefix("via ")).collect();
        assert_eq!(said.len(), 2, "{output}");
        [(said[0], &self.plain), (said[1], &self.tls)].map(|(said, server)| {
            let ports = [
                (server.port, "direct"),
                (self.http_proxy.port, "http proxy"),
                (self.socks_proxy.port, "socks proxy"),
            ];
            let known = ports.iter().find(|(port, _)| port.to_string() == said);
            known.map_or(said, |(_, way)| way).to_owned()
        })
    }
}

#[test]
fn the_environment_names_proxies_if_it_is_asked() {
    let servers = Servers::start();
    let [http, socks] = servers.proxies();
    let (http, socks) = (http.as_str(), socks.as_str());
    let asked = [("http_proxy", "environment")];
    for (environment, expected) in [
        (vec![], ["direct", "direct"]),
        (vec![("http_proxy", http)], ["http proxy", "direct"]),
        (vec![("HTTPS_PROXY", http)], ["direct", "http proxy"]),
        (vec![("all_proxy", socks)], ["socks proxy", "socks proxy"]),
        (vec![("ALL_PROXY", socks), ("https_proxy", http)], ["socks proxy", "http proxy"]),
        // Small letters win, unless there is nothing in them.
        (vec![("http_proxy", socks), ("HTTP_PROXY", http)], ["socks proxy", "direct"]),
        (vec![("http_proxy", ""), ("HTTP_PROXY", http)], ["http proxy", "direct"]),
        (vec![("all_proxy", http), ("no_proxy", "127.0.0.0/8")], ["direct", "direct"]),
        (vec![("all_proxy", http), ("NO_PROXY", "shop.test, *")], ["direct", "direct"]),
        (vec![("all_proxy", http), ("no_proxy", "shop.test")], ["http proxy", "http proxy"]),
    ] {
        assert_eq!(servers.ways(&environment, &asked), expected, "{environment:?}");
    }
    let port = format!("127.0.0.1:{}", servers.plain.port);
    let environment = [("all_proxy", http), ("no_proxy", &port)];
    assert_eq!(servers.ways(&environment, &asked), ["direct", "http proxy"]);
}

#[test]
fn the_config_is_stronger_than_the_environment() {
    let servers = Servers::start();
    let [http, socks] = servers.proxies();
    let all = [("all_proxy", &*http), ("no_proxy", "*")];
    assert_eq!(servers.ways(&all[..1], &[]), ["direct", "direct"], "nobody asked for it");
    let given = servers.ways(&all, &[("http_proxy", &socks)]);
    assert_eq!(given, ["socks proxy", "socks proxy"], "not even `no_proxy` is read");
    let mixed = [("http_proxy", "environment"), ("http_no_proxy", "shop.test")];
    assert_eq!(servers.ways(&all, &mixed), ["http proxy", "http proxy"]);
}

#[test]
fn a_variable_that_names_no_proxy_is_named_without_its_password() {
    let servers = Servers::start();
    let environment = [("https_proxy", "gopher://bob:s3cretword@h")];
    for said in servers.ways(&environment, &[("http_proxy", "environment")]) {
        assert!(said.contains("https_proxy: gopher://h has the scheme gopher"), "{said}");
    }
}
