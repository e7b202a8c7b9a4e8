//! Pages, as a browser has them: links, forms, and what belongs to them.

use mite_http::html::Page;
use mite_http::{BrowserContext, HttpContext, Part};

use crate::support::Probe;
use crate::support::log::logged;
use crate::support::nginx::Nginx;
use crate::support::scripted::Scripted;

type Checked = mite_core::error::Result;

fn html(body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

/// A server of these pages.
async fn pages(pages: &[(&str, &str)]) -> Scripted {
    let answers = pages.iter().map(|(path, body)| ((*path).to_owned(), html(body))).collect();
    Scripted::by_path(answers).await
}

const LOGIN: &str = r#"<title> Log  in </title>
<form id="login" action="/session?old=1" method="post">
  <input type="hidden" name="token" value="a&amp;b">
  <input name="user" value="nobody"> <input type="password" name="password">
  <input type="radio" name="size" value="s"> <input type="radio" name="size" value="m" checked>
  <input type="checkbox" name="gift"> <input type="checkbox" name="news" value="yes" checked>
  <select name="country"><option value="de">Germany<option value="no" selected>Norway</select>
  <select name="tags" multiple><option selected>a<option>b<option selected>c</select>
  <textarea name="note">
two
lines</textarea>
  <input name="off" value="1" disabled> <fieldset disabled><input name="of" value="2"></fieldset>
  <input type="reset" name="reset"> <input type="button" name="no" value="no">
  <button name="go" value="now">Go</button> <button name="go" value="later" formaction="/later">Wait</button>
</form>
<input form="login" name="elsewhere" value="too">
<a href="/next">Next   page</a> <a href="next/2">Next</a> <a href="mailto:x@y">Mail</a>
<a href="/item"><span class="item">An item</span></a>"#;

/// What was asked, without the address: method, path, body.
fn asked(request: &str) -> (String, String) {
    let (head, body) = request.split_once("\r\n\r\n").expect("it has a head");
    let line = head.lines().next().expect("it has a first line");
    (line.trim_end_matches(" HTTP/1.1").to_owned(), body.to_owned())
}

async fn login(server: &Scripted, probe: &Probe) -> mite_core::error::Result<Page> {
    probe.ctx.browser().get(server.url("/login")).await
}

#[tokio::test]
async fn a_form_is_sent_as_the_page_has_it_with_what_was_filled_in() -> Checked {
    let server = pages(&[("/login", LOGIN), ("/session", "hello"), ("/later", "wait")]).await;
    let probe = Probe::new();
    let page = login(&server, &probe).await?;
    assert_eq!(page.title(), "Log in");
    let form = page.form("#login")?.set("user", "bob ü").set("size", "s").check("gift", true);
    let form = form.check("news", false).set("country", "Germany").set("tags", "b");
    let form = form.remove("note").add("made", "by script");
    let next = form.submit(&probe.ctx).await?;
    assert_eq!(next.response().text()?, "hello");
    let (line, body) = asked(&server.request());
    assert_eq!(line, "POST /session?old=1");
    assert_eq!(
        body,
        "token=a%26b&user=bob+%C3%BC&password=&size=s&gift=on&country=de&tags=a&tags=b&tags=c&go=now&elsewhere=too&made=by+script"
    );
    let referer = format!("referer: {}", server.url("/login"));
    assert!(server.request().to_ascii_lowercase().contains(&referer), "{}", server.request());
    // As it is, and by another button, which leads elsewhere.
    let form = page.form("form")?.enable("off").press("Wait");
    let values = form.values();
    let value = |name: &str| values.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    assert_eq!((value("news"), value("size"), value("off")), (Some("yes"), Some("m"), Some("1")));
    assert_eq!(
        (value("note"), value("go"), value("of")),
        (Some("two\nlines"), Some("later"), None)
    );
    form.submit(&probe.ctx).await?;
    assert_eq!(asked(&server.request()).0, "POST /later");
    Ok(())
}

#[tokio::test]
async fn a_form_without_a_method_is_a_query_and_files_are_sent() -> Checked {
    let search = r#"<base href="/in/"><form name=f action="find?old=1"><input name=q><input type=image name=i></form>
        <form id=up method=post enctype="multipart/form-data"><input name=a value=1><input type=file name=f></form>"#;
    let server = pages(&[("/", search), ("/in/find", "found")]).await;
    let probe = Probe::new();
    let page = probe.ctx.browser().get(server.url("/")).await?;
    page.form("form[name=f]")?.set("q", "a b").submit(&probe.ctx).await?;
    assert_eq!(asked(&server.request()).0, "GET /in/find?q=a+b&i.x=0&i.y=0");
    let part = Part::bytes("content").file_name("x.txt").mime("text/plain");
    page.form("#up")?.file("f", part).submit(&probe.ctx).await?;
    let (line, body) = asked(&server.request());
    // To the page itself, whatever its base is.
    assert_eq!(line, "POST /");
    for expected in ["name=\"a\"\r\n\r\n1", "name=\"f\"; filename=\"x.txt\"", "\r\n\r\ncontent"] {
        assert!(body.contains(expected), "{expected}: {body}");
    }
    Ok(())
}

#[tokio::test]
async fn links_are_found_by_their_text_or_by_a_selector() -> Checked {
    let server =
        pages(&[("/login", LOGIN), ("/next", "1"), ("/next/2", "2"), ("/item", "3")]).await;
    let probe = Probe::new();
    let page = login(&server, &probe).await?;
    let text = async |page: Page| page.response().text().map(|text| text.into_owned());
    assert_eq!(text(page.click(&probe.ctx, "Next").await?).await?, "2", "all of its text");
    assert_eq!(text(page.click(&probe.ctx, "Next page").await?).await?, "1");
    assert_eq!(text(page.click(&probe.ctx, "item").await?).await?, "3", "a part of it");
    assert_eq!(text(page.click_on(&probe.ctx, ".item").await?).await?, "3", "the link around it");
    assert_eq!(page.find_all("a").len(), 4);
    assert_eq!(page.element(".item")?.text(), "An item");
    let xhr = page.xhr(&probe.ctx, "POST", "/item").form(&[("a", "1")]).send().await?;
    assert_eq!(xhr.status(), 200);
    let request = server.request().to_ascii_lowercase();
    assert!(request.contains("x-requested-with: xmlhttprequest"), "{request}");
    Ok(())
}

#[tokio::test]
async fn what_a_page_does_not_have_is_a_declared_error_with_what_it_has() -> Checked {
    let server = pages(&[("/login", LOGIN)]).await;
    let probe = Probe::new();
    let page = login(&server, &probe).await?;
    let form = || page.form("#login").expect("there is one");
    let error =
        |form: mite_http::html::Form| form.request(&probe.ctx).err().expect("it is refused");
    let cases = [
        (page.element(".price").unwrap_err(), "the page has no element `.price`"),
        (page.form("#order").err().unwrap(), "the page has no form `#order`, but `#login`"),
        (page.link("Buy").unwrap_err(), "the page has no link \"Buy\", but [\"Next page\","),
        (page.click(&probe.ctx, "Mail").await.unwrap_err(), "the link leads to \"mailto:x@y\""),
        (page.element("a[").unwrap_err(), "`a[` is no CSS selector"),
        (error(form().set("usr", "x")), "form `#login`: it has no field \"usr\", but token, user,"),
        (error(form().set("size", "xl")), "\"size\" cannot be \"xl\": it is one of \"s\", \"m\""),
        (error(form().set("country", "x")), "it is one of \"de\", \"no\""),
        (error(form().check("user", true)), "\"user\" is no checkbox"),
        (error(form().press("Buy")), "it has no button \"Buy\""),
    ];
    for (error, expected) in cases {
        assert!(error.text().contains(expected), "{expected}: {}", error.text());
    }
    Ok(())
}

/// How many requests a page costs, and how often each was asked for.
#[tokio::test]
async fn what_belongs_to_a_page_is_fetched_once_and_then_by_the_rules_of_caches() -> Checked {
    let nginx = Nginx::start(
        "",
        "location /long/ { add_header Cache-Control max-age=3600; }
         location /never/ { add_header Cache-Control no-store; etag off; if_modified_since off; }
         location /ask/ { add_header Cache-Control no-cache; }",
    );
    for directory in ["long", "never", "ask"] {
        std::fs::create_dir(nginx.directory().join(directory)).expect("it is ours");
    }
    nginx.file(
        "page.html",
        br#"<link rel=stylesheet href="long/a.css"><img src="never/1.png"><img src="never/1.png">
            <script src="ask/s.js"></script><img src="gone.png"><img src="http://127.0.0.2:9/other.png">"#,
    );
    nginx.file("long/a.css", b"@import 'b.css'; body { background: url(../ask/bg.png) }");
    nginx.file("long/b.css", b"p { background: url('a.css') }");
    for name in ["never/1.png", "ask/s.js", "ask/bg.png"] {
        nginx.file(name, b"x");
    }
    let mut probe = Probe::new();
    let browser = probe.ctx.browser().with_resources();
    browser.get(nginx.url("/page.html")).await?;
    let paths = |probe: &mut Probe| {
        let mut seen: Vec<(String, u16)> = probe
            .metrics()
            .iter()
            .map(|m| {
                let url: String = m.get("effective_url").expect("it has one");
                let path = url.splitn(4, '/').nth(3).unwrap_or("").to_owned();
                (path, m.get("response_code").expect("it has one"))
            })
            .collect();
        seen.sort();
        seen
    };
    let expect = |pairs: &[(&str, u16)]| -> Vec<(String, u16)> {
        pairs.iter().map(|(path, code)| ((*path).to_owned(), *code)).collect()
    };
    let first = [
        ("ask/bg.png", 200),
        ("ask/s.js", 200),
        ("gone.png", 404),
        ("long/a.css", 200),
        ("long/b.css", 200),
        ("never/1.png", 200),
        ("page.html", 200),
    ];
    assert_eq!(paths(&mut probe), expect(&first));
    // Styles are fresh, and known to load what they load; others are asked about.
    let page = browser.get(nginx.url("/page.html")).await?;
    let again = [
        ("ask/bg.png", 304),
        ("ask/s.js", 304),
        ("gone.png", 404),
        ("never/1.png", 200),
        ("page.html", 200),
    ];
    assert_eq!(paths(&mut probe), expect(&again));
    let resources = page.resources(&probe.ctx).await?;
    let cached = resources.iter().filter(|resource| resource.is_from_cache()).count();
    assert_eq!((resources.len(), cached), (6, 4));
    assert!(resources.iter().all(|resource| resource.url().host_str() == Some("127.0.0.1")));
    paths(&mut probe);
    // A session begins with an empty cache.
    probe.next_execution();
    probe.ctx.browser().with_resources().get(nginx.url("/page.html")).await?;
    assert_eq!(paths(&mut probe), expect(&first));
    Ok(())
}

#[tokio::test]
async fn frames_are_followed_but_not_for_ever() -> Checked {
    let server = pages(&[("/", "<iframe src=/?1></iframe>"), ("/f", "")]).await;
    let mut probe = Probe::new();
    let page = probe.ctx.browser().get(server.url("/")).await?;
    let resources = page.resources(&probe.ctx).await?;
    // Each URL once: the frame contains itself.
    assert_eq!(resources.len(), 1);
    let names: Vec<String> = probe.metrics().iter().filter_map(|m| m.get("transaction")).collect();
    assert_eq!(names.last().map(String::as_str), Some("embedded resources"));
    Ok(())
}

#[tokio::test]
async fn six_are_fetched_at_once() -> Checked {
    let images: String = (0..12).map(|n| format!("<img src=/i{n}>")).collect();
    let mut answers = vec![("/".to_owned(), html(&images))];
    answers.extend((0..12).map(|n| (format!("/i{n}"), html("x"))));
    let server = Scripted::by_path(answers).await;
    let mut probe = Probe::new();
    probe.ctx.browser().with_resources().get(server.url("/")).await?;
    let reused = probe.metrics().iter().filter(|m| m.get("reused") == Some(true)).count();
    // Six connections: that of the page, and five more.
    assert_eq!(reused, 13 - 6);
    drop(probe.ctx.http());
    Ok(())
}

/// The `Referer` that a request had.
fn referer(request: &str) -> Option<&str> {
    request.lines().find_map(|line| line.strip_prefix("referer: "))
}

#[tokio::test]
async fn another_origin_is_told_where_a_page_is_and_not_what_it_is() -> Checked {
    let other = pages(&[("/", "elsewhere"), ("/p.png", "x"), ("/end", "end")]).await;
    let (there, picture, end) = (other.url("/"), other.url("/p.png"), other.url("/end"));
    let page = format!(
        r#"<a href="{there}">Away</a> <a href="{there}" rel=noreferrer>Quietly</a> <a href="/here">Here</a>
           <a href="/on">On</a> <img src="{picture}"> <form id=f action="{there}" method=post></form>"#
    );
    let redirect = format!("HTTP/1.1 302 Found\r\nLocation: {end}\r\nContent-Length: 0\r\n\r\n");
    let answers = vec![
        ("/page".to_owned(), html(&page)),
        ("/here".to_owned(), html("here")),
        ("/on".to_owned(), redirect.into_bytes()),
    ];
    let server = Scripted::by_path(answers).await;
    let probe = Probe::new();
    let page = probe.ctx.browser().with_resources().get(server.url("/page?token=1")).await?;
    let (full, origin) = (server.url("/page?token=1"), server.url("/"));
    assert_eq!(referer(&other.request()), Some(&*origin), "{}", other.request());
    page.click(&probe.ctx, "Away").await?;
    assert_eq!(referer(&other.request()), Some(&*origin));
    page.form("#f")?.submit(&probe.ctx).await?;
    assert_eq!(referer(&other.request()), Some(&*origin));
    page.click(&probe.ctx, "Quietly").await?;
    assert_eq!(referer(&other.request()), None);
    page.click(&probe.ctx, "Here").await?;
    assert_eq!(referer(&server.request()), Some(&*full));
    page.click(&probe.ctx, "On").await?;
    assert_eq!(referer(&server.request()), Some(&*full));
    assert!(other.request().starts_with("GET /end"), "{}", other.request());
    assert_eq!(referer(&other.request()), Some(&*origin), "a redirect leads elsewhere");
    let xhr = page.xhr(&probe.ctx, "GET", &there).send().await?;
    assert_eq!((xhr.status().as_u16(), referer(&other.request())), (200, Some(&*origin)));
    Ok(())
}

/// `path status` of each request, sorted.
fn asked_for(probe: &mut Probe) -> Vec<String> {
    let metrics = probe.metrics();
    let line = |m: &mite_core::message::Message| {
        let url: String = m.get("effective_url").expect("it has one");
        let path = url.splitn(4, '/').nth(3).unwrap_or("").to_owned();
        let status: u16 = m.get("response_code").expect("it has one");
        format!("{path} {status}")
    };
    let mut lines: Vec<_> = metrics.iter().map(line).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn a_redirect_in_place_of_a_304_is_another_resource() -> Checked {
    let nginx = Nginx::start(
        "",
        "location = /a.css { add_header Cache-Control no-cache; if ($http_if_none_match) { return 302 /b.css; } }",
    );
    nginx.file("page.html", b"<link rel=stylesheet href=a.css>");
    nginx.file("a.css", b"p { background: url(of-a.png) }");
    nginx.file("b.css", b"p { background: url(of-b.png) }");
    let mut probe = Probe::new();
    let browser = probe.ctx.browser().with_resources();
    browser.get(nginx.url("/page.html")).await?;
    assert_eq!(asked_for(&mut probe), ["a.css 200", "of-a.png 404", "page.html 200"]);
    browser.get(nginx.url("/page.html")).await?;
    // It is not asked whether it is what /a.css was.
    let second = ["a.css 302", "b.css 200", "of-b.png 404", "page.html 200"];
    assert_eq!(asked_for(&mut probe), second);
    browser.get(nginx.url("/page.html")).await?;
    assert_eq!(asked_for(&mut probe), ["a.css 200", "of-a.png 404", "page.html 200"]);
    Ok(())
}

#[tokio::test]
async fn what_is_chosen_by_a_cookie_is_asked_for_again_with_another_one() -> Checked {
    let nginx = Nginx::start(
        "",
        "location = /a.css { add_header Cache-Control max-age=3600; add_header Vary Cookie; }",
    );
    nginx.file("page.html", b"<link rel=stylesheet href=a.css>");
    nginx.file("a.css", b"p {}");
    let mut probe = Probe::new();
    let browser = probe.ctx.browser().with_resources();
    let mut visit = async |cookie: &str| {
        probe.ctx.http().set_cookie(&nginx.url("/"), cookie);
        browser.get(nginx.url("/page.html")).await?;
        Ok::<_, mite_core::error::Error>(asked_for(&mut probe))
    };
    assert_eq!(visit("user=ann").await?, ["a.css 200", "page.html 200"]);
    assert_eq!(visit("user=ann").await?, ["page.html 200"]);
    assert_eq!(visit("user=bob").await?, ["a.css 304", "page.html 200"]);
    Ok(())
}

#[tokio::test]
async fn large_pages_are_read_beside_the_loop_and_of_many_resources_five_hundred_come() -> Checked {
    let nginx = Nginx::start("", "");
    let images: String = (0..510).map(|n| format!("<img src=i{n}.png>")).collect();
    let text = "<p>words</p>".repeat(10_000);
    nginx.file("page.html", format!("<title>Large</title>{images}{text}").as_bytes());
    let mut probe = Probe::new();
    let page = probe.ctx.browser().get(nginx.url("/page.html")).await?;
    assert_eq!((page.title().as_str(), page.find_all("p").len()), ("Large", 10_000));
    let resources = page.resources(&probe.ctx).await?;
    assert_eq!((resources.len(), asked_for(&mut probe).len()), (500, 501));
    let left_out = format!(
        "of {}, and of pages like it, the first 500 resources are fetched, and no more",
        nginx.url("/page.html")
    );
    assert_eq!(logged(&left_out), [left_out]);
    Ok(())
}

#[tokio::test]
async fn what_a_page_loads_and_is_not_asked_for_is_logged_once_in_a_run() -> Checked {
    let elsewhere = r#"<img src="http://cdn.test/a.png?key=s3cret"><img src="http://cdn.test/b">"#;
    let mut answers = vec![("/page".to_owned(), html(elsewhere))];
    let frame = |n: u32| (format!("/{n}"), html(&format!("<iframe src=/{}></iframe>", n + 1)));
    answers.extend((0..9).map(frame));
    let server = Scripted::by_path(answers).await;
    let probe = Probe::new();
    let browser = probe.ctx.browser().with_resources();
    for _ in 0..2 {
        browser.get(server.url("/page")).await?;
        let frames = browser.get(server.url("/0")).await?.resources(&probe.ctx).await?;
        assert_eq!(frames.len(), 5);
    }
    let host = "pages load something from cdn.test, which is not asked; `.with_host(\"cdn.test\")` of the browser takes it in";
    assert_eq!(logged("cdn.test"), [host]);
    let deep = format!(
        "of {}, and of pages like it, what lies deeper than 5 frames or styles in each other is not fetched",
        server.url("/0")
    );
    assert_eq!(logged(&server.url("/")), [deep]);
    // Another run tells it again.
    Probe::new().ctx.browser().with_resources().get(server.url("/page")).await?;
    assert_eq!(logged("cdn.test"), [host; 2]);
    Ok(())
}
