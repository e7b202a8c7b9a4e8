//! URLs, where redirects lead, credentials and proxies.

use super::row::{Gives, Row, answer, body, ok, row, sends, to};

/// The answer at the end of a redirect.
fn there() -> Vec<u8> {
    ok("", "there")
}

#[rustfmt::skip] // A row is a line.
pub(super) fn rows() -> Vec<Row> {
    let asks = |name, asks| move |gives| row(name, [there()], gives).asks(asks);
    let get = |target: &str| sends(format!("GET {target} HTTP/1.1"));
    let fails = Gives::Fails;
    const UPPER: &str = "RFC 3986, section 2.1: capitals for hexadecimal digits";
    const WEB: &str = "what browsers send, by the URL standard of the WHATWG";
    const BASIC: &str = "authorization: Basic dXMrZXI6cCZ3PTErMg==";
    vec![
        // Redirects.
        row("a byte that is no text in a Location", [to(b"/caf\xe9"), there()], get("/caf%E9")).curl(get("/caf%e9"), UPPER),
        row("UTF-8 in a Location", [to("/caf\u{e9}"), there()], get("/caf%C3%A9")).curl(get("/caf%c3%a9"), UPPER),
        row("%E9 in a Location", [to("/caf%E9"), there()], get("/caf%E9")),
        row("%e9 in a Location", [to("/caf%e9?%e9"), there()], get("/caf%e9?%e9")),
        row("a blank in a Location", [to("/a b"), there()], get("/a%20b")),
        row("blanks around a Location", [to("  /ab   "), there()], get("/ab")),
        row("an empty Location", [answer("302 Found", "Location:\n", "here")], Gives::Body(302, b"here".to_vec())),
        row("a Location of blanks", [answer("302 Found", "Location:   \n", "here")], Gives::Body(302, b"here".to_vec())),
        row("no Location", [answer("302 Found", "", "here")], Gives::Body(302, b"here".to_vec())),
        row("two Locations", [answer("302 Found", "Location: /one\nLocation: /two\n", ""), there()], get("/one")),
        row("a Location that is a fragment", [to("#x"), there()], get("/a/b?c")).asks("http://HOST/a/b?c").curl(get("/a/"), "RFC 3986, section 5.2.2: path and query stay"),
        row("a Location that is a query", [to("?x"), there()], get("/a/b?x")).asks("http://HOST/a/b?c"),
        row("a Location with dots", [to("../c/./d"), there()], get("/c/d")).asks("http://HOST/a/b"),
        row("a Location without a scheme", [to("//HOST/z"), there()], get("/z")),
        row("a Location to mailto", [to("mailto:bob@example.org")], fails("the redirect to mailto:bob@example.org cannot be followed: its scheme is mailto")),
        row("300 with a Location", [answer("300 Multiple Choices", "Location: /x\n", "here"), there()], Gives::Body(300, b"here".to_vec())).curl(body("there"), "RFC 9110, section 15.4.1, allows it, no more"),
        row("308 keeps the method", [answer("308 Permanent Redirect", "Location: /x\n", ""), there()], sends("POST /x HTTP/1.1")).method("POST", "b").with(&[], &["--request", "POST"]),
        row("200 with a Location", [answer("200 OK", "Location: /x\n", "here")], body("here")),
        row("too many redirects", vec![to("/"); 6], fails("more than 5 redirects")),
        // URLs.
        asks("%E9 in a URL", "http://HOST/%E9?q=%e9")(get("/%E9?q=%e9")),
        asks("UTF-8 in a URL", "http://HOST/\u{e9}")(get("/%C3%A9")).curl(get("/%c3%a9"), UPPER),
        asks("a fragment in a URL", "http://HOST/a#b")(get("/a")),
        asks("no path", "http://HOST?x=1")(get("/?x=1")),
        asks("an empty query", "http://HOST/a?")(get("/a?")),
        asks("two slashes", "http://HOST//a//b")(get("//a//b")),
        asks("dots in a URL", "http://HOST/a/../b/./c")(get("/b/c")),
        asks("dots that are percent-encoded", "http://HOST/a/%2e%2e/b")(get("/b")).curl(get("/a/%2e%2e/b"), "RFC 3986, section 6.2.2: `%2e` is a dot; what browsers send"),
        asks("a blank in a URL", "http://HOST/a b")(get("/a%20b")).curl(fails("(3)"), WEB),
        asks("quotes and braces in a path", "http://HOST/a'b\"c<d>{e}|f^g`h")(get("/a'b%22c%3Cd%3E%7Be%7D|f^g%60h")).curl(get("/a'b\"c<d>{e}|f^g`h"), "RFC 3986 does not allow them as they are"),
        asks("a quote in a query", "http://HOST/?$filter=a eq 'b'")(get("/?$filter=a%20eq%20%27b%27")).curl(fails("(3)"), WEB),
        asks("a scheme in capitals", "HTTP://HOST/x")(get("/x")),
        asks("an address in octal", "http://0177.0.0.1:PORT/x")(get("/x")),
        asks("a port with zeros", "http://127.0.0.1:0PORT/x")(get("/x")),
        asks("a port beyond 65,535", "http://127.0.0.1:99999/x")(fails("invalid port number")),
        asks("no scheme", "localhost:PORT/x")(fails("it has no scheme; write http://localhost:")).curl(get("/x"), "a test is not to guess"),
        asks("an address without a scheme", "127.0.0.1:PORT/x")(fails("it has no scheme; write http://127.0.0.1:")).curl(get("/x"), "a test is not to guess"),
        asks("mailto", "mailto:bob@example.org")(fails("GET mailto:bob@example.org was not sent: its scheme is mailto")),
        // Credentials.
        asks("&, + and = in credentials", "http://us+er:p&w=1+2@HOST/")(sends(BASIC)),
        asks("credentials that are percent-encoded", "http://us%2Ber:p%26w%3D1%2B2@HOST/")(sends(BASIC)),
        asks("a byte that is no text in credentials", "http://us%E9er:p%2Bw%2F@HOST/")(sends("authorization: Basic dXPpZXI6cCt3Lw==")),
        asks("a colon in a password", "http://user:a:b@HOST/")(sends("authorization: Basic dXNlcjphOmI=")),
        asks("a user without a password", "http://user@HOST/")(sends("authorization: Basic dXNlcjo=")),
        asks("a password without a user", "http://:pw@HOST/")(sends("authorization: Basic OnB3")),
        asks("a slash in a password", "http://user:pa/ss@HOST/")(fails("GET http://***@127.0.0.1:")),
        asks("an @ in a password", "http://user:p@w@HOST/")(sends("authorization: Basic dXNlcjpwQHc=")).curl(fails("(3)"), WEB),
        // Proxies.
        asks("&, + and = in the credentials of a proxy", "http://a.test/x")(sends(format!("proxy-{BASIC}"))).with(&[("http_proxy", "http://us+er:p&w=1%2B2@HOST")], &["--proxy", "http://us+er:p&w=1%2B2@HOST"]),
        row("&, + and = in the credentials for CONNECT", [answer("407 No", "", "")], sends(format!("proxy-{BASIC}"))).asks("https://a.test/x").with(&[("http_proxy", "http://us+er:p&w=1%2B2@HOST")], &["--proxy", "http://us+er:p&w=1%2B2@HOST"]),
        asks("a slash in the password of a proxy", "http://a.test/x")(fails("http_proxy`: http://127.0.0.1:")).with(&[("http_proxy", "http://user:pa/ss@HOST")], &["--proxy", "http://user:pa/ss@HOST"]),
        asks("blanks between the exceptions of a proxy", "http://HOST/x")(get("/x")).with(&[("http_proxy", "http://127.0.0.1:1"), ("http_no_proxy", "a.test 127.0.0.1\tb.test")], &["--proxy", "http://127.0.0.1:1", "--noproxy", "a.test 127.0.0.1\tb.test"]),
    ]
}
