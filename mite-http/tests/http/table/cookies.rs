//! What is set, and what is sent back.

use super::row::{Gives, Row, answer, ok, row, sends};

/// Sets these, and is asked again.
fn set<S: AsRef<[u8]>>(cookies: impl IntoIterator<Item = S>) -> [Vec<u8>; 2] {
    [ok(lines(cookies), ""), ok("", "")]
}

fn lines<S: AsRef<[u8]>>(cookies: impl IntoIterator<Item = S>) -> Vec<u8> {
    let line = |cookie: S| [b"Set-Cookie: ", cookie.as_ref(), b"\n"].concat();
    cookies.into_iter().flat_map(line).collect()
}

/// Sets this and sends on to there.
fn set_and_go(cookie: &str, to: &str) -> [Vec<u8>; 2] {
    let head = [lines([cookie]), format!("Location: {to}\n").into_bytes()].concat();
    [answer("302 Found", head, ""), ok("", "")]
}

#[rustfmt::skip] // A row is a line.
pub(super) fn rows() -> Vec<Row> {
    let none = || Gives::SendsNo("cookie");
    let a = || sends("cookie: a=1");
    const AGE: &str = "RFC 6265, section 5.4: of cookies with paths of one length, the older goes first";
    const DATE: &str = "RFC 6265, section 5.1.1";
    let until = |date: &str| set([format!("a=1; Expires={date}")]);
    vec![
        // Values.
        row("a byte that is no text in a value", set([b"a=\xe9"]), sends(b"cookie: a=\xe9")),
        row("a byte that is no text in a name", set([b"\xe9=1"]), sends(b"cookie: \xe9=1")),
        row("UTF-8 in a value", set(["a=\u{e9}"]), sends("cookie: a=\u{e9}")),
        row("a value in quotes", set(["a=\"b c\""]), sends("cookie: a=\"b c\"")),
        row("a semicolon in quotes", set(["a=\"b;c\"; Path=/"]), sends("cookie: a=\"b")),
        row("a value with =", set(["a=b=c=="]), sends("cookie: a=b=c==")),
        row("blanks around name and value", set([" a = b  c ; Path=/"]), sends("cookie: a=b  c")),
        row("a tab in a value", set(["a=b\tc"]), sends("cookie: a=b\tc")).curl(none(), "RFC 6265, section 5.2, takes it"),
        row("a comma in a value", set(["a=b,c"]), sends("cookie: a=b,c")),
        row("a cookie without =", set(["abc"]), none()),
        row("a cookie without a name", set(["=abc"]), none()),
        row("a cookie without a value", set(["a="]), sends("cookie: a=")),
        row("a name and a value of 4,095 bytes", set([format!("a={}", "x".repeat(4094))]), sends(format!("cookie: a={}", "x".repeat(4094)))),
        row("a name and a value of 4,096 bytes", set([format!("a={}", "x".repeat(4095))]), sends(format!("cookie: a={}", "x".repeat(4095)))).curl(none(), "RFC 6265, section 6.1: at least 4,096 bytes"),
        row("a name and a value of 4,097 bytes", set([format!("a={}", "x".repeat(4096))]), none()),
        // Order.
        row("the order of cookies", set(["b=1", "a=2", "c=3"]), sends("cookie: b=1; a=2; c=3")).curl(sends("cookie: c=3; a=2; b=1"), AGE),
        row("the order of paths", set(["b=1; Path=/", "a=2; Path=/x", "c=3; Path=/x/y"]), sends("cookie: c=3; a=2; b=1")).asks("http://HOST/x/y/z"),
        row("a cookie that is set again is as old as before", set(["a=1", "b=2", "a=3"]), sends("cookie: a=3; b=2")).curl(sends("cookie: b=2; a=3"), AGE),
        row("more than 50 cookies", set((0..51).map(|n| format!("c{n:02}=1"))), sends(format!("cookie: {}", (1..51).map(|n| format!("c{n:02}=1")).collect::<Vec<_>>().join("; ")))).curl(sends(format!("cookie: {}", (0..50).rev().map(|n| format!("c{n:02}=1")).collect::<Vec<_>>().join("; "))), "RFC 6265, section 6.1: the one that was used longest ago goes; curl takes no more from one response"),
        // Ages and dates.
        row("an age of zero", set(["a=1; Max-Age=0"]), none()),
        row("an age below zero", set(["a=1; Max-Age=-1"]), none()),
        row("an age beyond 64 bits", set(["a=1; Max-Age=99999999999999999999999"]), a()),
        row("an age far below zero", set(["a=1; Max-Age=-99999999999999999999999"]), none()),
        row("an age with a plus", set(["a=1; Max-Age=+5"]), a()),
        row("an age that is no number", set(["a=1; Max-Age=5x"]), a()),
        row("an age in quotes", set(["a=1; Max-Age=\"5\""]), a()),
        row("an empty age", set(["a=1; Max-Age="]), a()).curl(none(), "RFC 6265, section 5.2.2: what is no number is ignored"),
        row("an age wins over a date", set(["a=1; Max-Age=9; Expires=Thu, 01 Jan 1970 00:00:00 GMT"]), a()),
        row("an age of zero wins over a date", set(["a=1; Max-Age=0; Expires=Thu, 01 Jan 2070 00:00:00 GMT"]), none()),
        row("a date of RFC 1123", until("Thu, 01 Jan 1970 00:00:00 GMT"), none()),
        row("a date of RFC 850", until("Saturday, 01-Jan-00 00:00:00 GMT"), none()),
        row("a date of asctime", until("Thu Jan  1 00:00:00 1970"), none()),
        row("a date with dashes", until("Thu, 01-Jan-1970 00:00:00 GMT"), none()),
        row("a year of two digits from 70 on", until("Thu, 01-Jan-70 00:00:00 GMT"), none()).curl(a(), DATE),
        row("a year of two digits up to 69", until("Tue, 01-Jan-69 00:00:00 GMT"), a()),
        row("the parts of a date in another order", until("Jan-1-1970,0:0:0"), none()),
        row("the last date", until("Fri, 31 Dec 9999 23:59:59 GMT"), a()),
        row("the first date", until("Mon, 01 Jan 1601 00:00:00 GMT"), none()).curl(a(), DATE),
        row("a month that is written out", until("01 January 2000 10:00:00"), none()).curl(a(), DATE),
        row("a day that does not exist", until("Tue, 31 Feb 2000 00:00:00 GMT"), a()).curl(none(), DATE),
        row("an hour that does not exist", until("Wed, 01 Jan 2000 24:00:00 GMT"), a()),
        row("a date without a time", until("Thu, 01 Jan 1970"), a()).curl(none(), DATE),
        row("a date without seconds", until("Sat, 01 Jan 2000 00:00"), a()).curl(none(), DATE),
        row("a date with a zone", until("Sat, 01 Jan 2000 00:00:00 +0200"), none()),
        row("a date that is a number", until("0"), a()),
        // Where they go.
        row("a domain that is the host", set_and_go("a=1; Domain=a.test; Path=/", "http://sub.a.test:PORT/"), a()).asks("http://a.test:PORT/"),
        row("a domain that is the host, with a dot", set_and_go("a=1; Domain=.A.test; Path=/", "http://sub.a.test:PORT/"), a()).asks("http://a.test:PORT/"),
        row("no domain", set_and_go("a=1; Path=/", "http://sub.a.test:PORT/"), none()).asks("http://a.test:PORT/"),
        row("an empty domain", set_and_go("a=1; Domain=; Path=/", "http://sub.a.test:PORT/"), none()).asks("http://a.test:PORT/"),
        row("a domain above the host", set_and_go("a=1; Domain=a.test; Path=/", "http://a.test:PORT/"), a()).asks("http://sub.a.test:PORT/"),
        row("the domain of another host", set_and_go("a=1; Domain=b.test; Path=/", "http://b.test:PORT/"), none()).asks("http://a.test:PORT/"),
        row("a top-level domain", set_and_go("a=1; Domain=test; Path=/", "http://a.test:PORT/"), none()).asks("http://a.test:PORT/"),
        row("a domain that is an address", set(["a=1; Domain=127.0.0.1"]), a()),
        row("two domains", set_and_go("a=1; Domain=b.test; Domain=a.test; Path=/", "http://a.test:PORT/"), a()).asks("http://a.test:PORT/").curl(none(), "RFC 6265, section 5.3: the last one counts"),
        row("a domain with a dot behind it", set_and_go("a=1; Domain=a.test.; Path=/", "http://a.test:PORT/"), none()).asks("http://a.test:PORT/"),
        row("the path where it was set", set_and_go("a=1", "/x/z"), a()).asks("http://HOST/x/y"),
        row("beside the path where it was set", set_and_go("a=1", "/xx"), none()).asks("http://HOST/x/y"),
        row("a path that is the start of another name", set_and_go("a=1; Path=/x", "/xy"), none()),
        row("a path with a slash behind it", set_and_go("a=1; Path=/x/", "/x"), none()).curl(a(), "RFC 6265, section 5.1.4: `/x` is not below `/x/`"),
        row("a path that does not begin with a slash", set(["a=1; Path=x"]), a()),
        row("a path in capitals", set_and_go("a=1; Path=/X", "/x"), none()),
        row("one name with two paths", [answer("302 Found", "Location: /x\nSet-Cookie: a=1; Path=/\nSet-Cookie: a=2; Path=/x\n", ""), ok("", "")], sends("cookie: a=2; a=1")),
        row("secure without TLS", set_and_go("a=1; Secure; Path=/", "/"), none()).asks("http://a.test:PORT/"),
        row("secure on this machine", set(["a=1; Secure"]), a()),
        row("the prefix __Secure- without Secure", set(["__Secure-a=1"]), none()),
        row("the prefix __Host- with what it asks for", set(["__Host-a=1; Secure; Path=/"]), sends("cookie: __Host-a=1")),
        row("the prefix __Host- without Secure", set(["__Host-a=1; Path=/"]), none()),
        row("attributes in any case", set(["a=1; pAtH=/; HTTPONLY; SameSite=Lax"]), a()),
    ]
}
