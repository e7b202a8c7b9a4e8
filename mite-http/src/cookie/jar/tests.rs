//! What is kept, and what is sent where.

use super::*;

struct Test {
    jar: Jar,
    now: Now,
}

impl Test {
    fn new() -> Self {
        let now = Now { instant: Instant::now(), wall: 1_800_000_000.0 };
        Self { jar: Jar::default(), now }
    }

    fn set(&mut self, url: &str, cookies: &[impl AsRef<[u8]>]) {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            let value = http::HeaderValue::from_bytes(cookie.as_ref()).unwrap();
            headers.append(header::SET_COOKIE, value);
        }
        self.jar.keep(&url.parse().unwrap(), &headers, self.now);
    }

    fn passes(&mut self, seconds: u64) {
        self.now.instant += Duration::from_secs(seconds);
        self.now.wall += seconds as f64;
    }

    fn sent_with(&self, url: &str, own: &[(String, String)]) -> String {
        let mut out = Vec::new();
        self.jar.write(&url.parse().unwrap(), own, self.now.instant, &mut out);
        out.escape_ascii().to_string()
    }

    fn sent(&self, url: &str) -> String {
        self.sent_with(url, &[])
    }

    fn refused(&mut self, url: &str, cookie: &str) -> &'static str {
        self.jar.insert(&url.parse().unwrap(), cookie.as_bytes(), self.now).unwrap_err()
    }
}

#[test]
fn longer_paths_go_first_and_then_older_cookies() {
    let mut test = Test::new();
    test.set(
        "http://a.test/x/y/z",
        &["b=1; Path=/", "d=2; Path=/x", "c=3; Path=/x", "a=4; Path=/x/y", "e=5; Path=/"],
    );
    test.set("http://a.test/", &["b=6; Path=/"]);
    assert_eq!(test.sent("http://a.test/x/y/"), "a=4; d=2; c=3; b=6; e=5");
    assert_eq!(test.sent("http://a.test/x/"), "d=2; c=3; b=6; e=5");
    // What was removed is new when it comes again.
    test.set("http://a.test/", &["b=; Path=/; Max-Age=0", "b=7; Path=/"]);
    assert_eq!(test.sent("http://a.test/"), "e=5; b=7");
}

#[test]
fn cookies_go_to_their_host_or_to_their_domain() {
    let mut test = Test::new();
    test.set("http://a.test/", &["host=1", "own=2; Domain=a.test", "dot=3; Domain=.A.TEST"]);
    assert_eq!(test.sent("http://a.test/"), "host=1; own=2; dot=3");
    assert_eq!(test.sent("http://sub.a.test/"), "own=2; dot=3");
    assert_eq!(test.sent("http://aa.test/"), "");
    test.set("http://x.y.b.test/", &["wide=4; Domain=b.test"]);
    assert_eq!(test.sent("http://b.test/"), "wide=4");
    for (url, cookie, why) in [
        ("http://a.test/", "a=1; Domain=b.test", "not that of the host"),
        ("http://a.test/", "a=1; Domain=sub.a.test", "not that of the host"),
        ("http://a.test/", "a=1; Domain=a.test.", "not that of the host"),
        ("http://a.test/", "a=1; Domain=test", "top-level"),
        ("http://10.0.0.1/", "a=1; Domain=0.0.1", "not that of the host"),
    ] {
        assert!(test.refused(url, cookie).contains(why), "{url} {cookie}");
    }
    // The host itself is no public suffix, whatever it looks like.
    for host in ["http://localhost/", "http://10.0.0.1/", "http://[::1]/"] {
        let domain = host.trim_start_matches("http://").trim_end_matches('/');
        test.set(host, &[format!("a=1; Domain={domain}")]);
        assert_eq!(test.sent(host), "a=1");
        let url: Url = host.parse().unwrap();
        let cookies = test.jar.cookies(test.now.instant);
        assert_eq!(cookies.iter().last().unwrap().domain, None, "{url}");
    }
    assert_eq!(test.sent("http://sub.localhost/"), "");
}

#[test]
fn paths_match_by_whole_segments() {
    for (set_at, attribute, url, goes) in [
        ("/x/y", "", "/x/z", true),
        ("/x/y", "", "/x", true),
        ("/x/y", "", "/xx", false),
        ("/x", "", "/", true),
        ("/", "; Path=/x", "/x", true),
        ("/", "; Path=/x", "/x/y", true),
        ("/", "; Path=/x", "/xy", false),
        ("/", "; Path=/x", "/X", false),
        ("/", "; Path=/x/", "/x/y", true),
        ("/", "; Path=/x/", "/x", false),
        ("/x/y", "; Path=x", "/x/z", true),
        ("/x/y", "; Path=", "/z", false),
    ] {
        let mut test = Test::new();
        test.set(&format!("http://a.test{set_at}"), &[format!("a=1{attribute}")]);
        let sent = test.sent(&format!("http://a.test{url}"));
        assert_eq!(sent == "a=1", goes, "{set_at} {attribute} {url}");
    }
}

#[test]
fn what_is_secure_goes_through_tls_or_to_this_machine() {
    let mut test = Test::new();
    test.set("https://a.test/", &["safe=1; Secure", "plain=2"]);
    assert_eq!(test.sent("https://a.test/"), "safe=1; plain=2");
    assert_eq!(test.sent("http://a.test/"), "plain=2");
    assert!(test.refused("http://a.test/", "a=1; Secure").contains("TLS"));
    for host in ["localhost", "x.localhost", "127.0.0.1", "127.3.2.1", "[::1]"] {
        let url = format!("http://{host}/");
        test.set(&url, &["safe=1; Secure"]);
        assert_eq!(test.sent(&url), "safe=1", "{host}");
    }
}

#[test]
fn prefixes_of_names_are_promises() {
    let mut test = Test::new();
    for cookie in [
        "__Secure-a=1",
        "__Host-a=1; Path=/",
        "__Host-a=1; Secure",
        "__host-a=1; Secure; Path=/; Domain=a.test",
    ] {
        assert!(test.refused("https://a.test/", cookie).contains("prefix"), "{cookie}");
    }
    test.set("https://a.test/", &["__Secure-a=1; Secure", "__Host-b=2; Secure; Path=/"]);
    assert_eq!(test.sent("https://a.test/"), "__Secure-a=1; __Host-b=2");
}

#[test]
fn time_removes_cookies_and_an_age_wins_over_a_date() {
    let mut test = Test::new();
    let (past, future) =
        ("Expires=Thu, 01 Jan 1970 00:00:00 GMT", "Expires=Fri, 15-Jan-27 08:00:10");
    test.set(
        "http://a.test/",
        &[
            "stays=1".to_owned(),
            "ten=2; Max-Age=10".to_owned(),
            format!("date=3; {future}"),
            format!("gone=4; {past}"),
            format!("aged=5; {past}; Max-Age=99999999999999999999999999"),
            format!("never=6; {future}; Max-Age=-99999999999999999999999999"),
            "odd=7; Expires=tomorrow".to_owned(),
        ],
    );
    let url = "http://a.test/";
    assert_eq!(test.sent(url), "stays=1; ten=2; date=3; aged=5; odd=7");
    test.passes(9);
    assert_eq!(test.sent(url), "stays=1; ten=2; date=3; aged=5; odd=7");
    test.passes(1);
    assert_eq!(test.sent(url), "stays=1; aged=5; odd=7");
    assert_eq!(test.jar.cookies(test.now.instant).len(), 3);
    test.set(url, &[format!("aged=; {past}"), "stays=x; Max-Age=0".to_owned()]);
    assert_eq!(test.sent(url), "odd=7");
}

#[test]
fn own_cookies_win_over_those_of_their_name() {
    let mut test = Test::new();
    test.set("http://a.test/", &["a=1", "b=2"]);
    let own = [("b".to_owned(), "mine".to_owned()), ("c".to_owned(), "3".to_owned())];
    assert_eq!(test.sent_with("http://a.test/", &own), "a=1; b=mine; c=3");
    assert_eq!(test.jar.cookies(test.now.instant).get("b"), Some("2"));
    test.jar.clear();
    assert_eq!(test.sent_with("http://a.test/", &own), "b=mine; c=3");
}

#[test]
fn bytes_and_quotes_stay_what_they_are() {
    let mut test = Test::new();
    test.set("http://a.test/", &[&b"a=\xe9"[..], b"\xff=\xc3\xa9", b"q=\"b c\""]);
    assert_eq!(test.sent("http://a.test/"), r#"a=\xe9; \xff=\xc3\xa9; q=\"b c\""#);
    let cookies = test.jar.cookies(test.now.instant);
    assert_eq!((cookies.get("a"), cookies.get("q")), (Some("é"), Some("\"b c\"")));
    let bytes: Vec<_> = cookies.iter().map(Cookie::value_bytes).collect();
    assert_eq!(bytes, [&b"\xe9"[..], b"\xc3\xa9", b"\"b c\""]);
}

#[test]
fn there_are_never_more_than_may_be() {
    let mut test = Test::new();
    let one = |n: usize| [format!("c{n}=1")];
    test.set("http://a.test/", &["gone=1; Max-Age=5"]);
    for n in 0..49 {
        test.set("http://a.test/", &one(n));
    }
    test.passes(6);
    // What has expired goes first, and then what was used longest ago.
    test.set("http://a.test/", &one(49));
    assert_eq!(test.sent("http://a.test/").split("; ").count(), 50);
    test.set("http://a.test/", &["c0=again"]);
    test.set("http://a.test/", &one(50));
    let sent = test.sent("http://a.test/");
    assert_eq!(sent.split("; ").count(), 50);
    assert!(sent.starts_with("c0=again; c2=1; ") && sent.ends_with("; c50=1"), "{sent}");

    for domain in 0..60 {
        for n in 0..50 {
            test.set(&format!("http://d{domain}.test/"), &one(n));
        }
    }
    assert_eq!(test.jar.cookies.len(), 3000);
    assert_eq!(test.jar.cookies.iter().filter(|c| &*c.domain == "a.test").count(), 0);
}
