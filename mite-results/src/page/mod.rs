//! A run as a page for people: one file, without anything from elsewhere.
//!
//! What is in the page is the document that `--json` writes, and a script that draws it.
//! Where scripts or styles are not allowed (Jenkins' default policy for artifacts), tables
//! and three pictures are there in their stead.

mod course;
mod drawing;
mod figures;
mod fit;
#[cfg(test)]
mod sentences;
mod short;
mod tables;
#[cfg(test)]
mod tests;

use crate::document::Document;
use crate::escape;
pub use short::in_short;

const HTML: &str = include_str!("assets/page.html");
const STYLE: &str = include_str!("assets/page.css");

/// In the order in which they need each other.
const SCRIPT: &str = concat!(
    include_str!("assets/base.js"),
    include_str!("assets/run.js"),
    include_str!("assets/chart.js"),
    include_str!("assets/sections.js"),
    include_str!("assets/transactions.js"),
    include_str!("assets/view.js"),
    include_str!("assets/main.js"),
);

/// Of a page in a file: it asks nobody for anything.
const POLICY: &str = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
                      script-src 'unsafe-inline'; style-src 'unsafe-inline'\">\n";

/// A section: its id, its title, and what it is without scripts.
type Section = (&'static str, &'static str, fn(&Document) -> String);

const SECTIONS: [Section; 9] = [
    ("verdict", "Verdict", tables::verdict),
    ("load", "Load", tables::load),
    ("latency", "Latency", tables::latency),
    ("spectrum", "Spectrum", tables::spectrum),
    ("transactions", "Transactions", tables::transactions),
    ("errors", "Errors", tables::errors),
    ("slowest", "Slowest", tables::slowest),
    ("generator", "Generator", tables::generator),
    ("data", "Data", |_| {
        "<p>The data of this page are in it, as --json writes them: <code>BIN export</code>, \
         <code>BIN compare</code> and <code>BIN report</code> read them from this file.</p>\n"
            .to_owned()
    }),
];

/// The report of a run: a page with its data, for the file of `--html`. At most 2 MB: of
/// the least important series histograms are left out, and the page says so.
///
/// ```
/// use mite_results::document::Document;
/// use mite_results::page;
/// use std::path::Path;
/// let mut document = Document::default();
/// document.run.test = "shop:<rush hour>".into();
/// let html = page::report(&document);
/// assert!(html.contains("shop:&lt;rush hour&gt;"));
/// // What is in it is read as the file of `--json` is.
/// let read = Document::parse(Path::new("run.html"), html.as_bytes()).unwrap();
/// assert_eq!(read, document);
/// ```
pub fn report(document: &Document) -> String {
    with_data(document, None, "")
}

/// What a page is told of a run: the document without what would make it too large, the
/// least important series first, and what that was, in words.
///
/// ```
/// use mite_results::document::Document;
/// let document = Document::default();
/// assert_eq!(mite_results::page::fitted(&document), (document, None));
/// ```
pub fn fitted(document: &Document) -> (Document, Option<String>) {
    fit::fit(document, fit::MOST_BYTES)
}

/// The report of a run laid over that of another one, its baseline: lines and spectra of
/// both, and `compared`, what came of comparing them, as HTML
/// ([`Comparison::html`](crate::compare::Comparison::html)).
///
/// ```
/// use mite_results::document::Document;
/// let (a, b) = (Document::default(), Document::default());
/// let html = mite_results::page::overlay(&b, &a, "<section><h2>Comparison</h2></section>");
/// assert!(html.contains("id=\"base\"") && html.contains("<h2>Comparison</h2>"));
/// ```
pub fn overlay(document: &Document, baseline: &Document, compared: &str) -> String {
    with_data(document, Some(baseline), compared)
}

/// The report of a run laid over another one, its baseline; `compared` is what came of
/// comparing them, as HTML. What is beyond the size of a page is taken from its data.
fn with_data(document: &Document, baseline: Option<&Document>, compared: &str) -> String {
    let mut most = fit::MOST_BYTES;
    loop {
        let (page, data) = drawn(document, baseline, compared, most);
        let over = page.len().saturating_sub(fit::MOST_OF_PAGE);
        if over == 0 || most == 0 {
            return page;
        }
        most = most.min(data).saturating_sub(over + fit::NOTE_BYTES);
    }
}

/// The page with at most so many bytes of data, and how many it has.
fn drawn(
    document: &Document,
    baseline: Option<&Document>,
    compared: &str,
    most: usize,
) -> (String, usize) {
    let most = if baseline.is_some() { most / 2 } else { most };
    let (shown, left_out) = fit::fit(document, most);
    let mut body = compared.to_owned();
    for (id, title, draw) in SECTIONS {
        let mut inside = draw(&shown);
        if let Some(left_out) = left_out.as_ref().filter(|_| id == "data") {
            inside += &format!("<p id=\"dropped\">{}</p>\n", escape::text(left_out));
        }
        body += &section(id, title, &inside);
    }
    let script = |id: &str, document: &Document| {
        // Of numbers, texts and maps whose keys are texts: it is always JSON.
        let json = serde_json::to_string(document).unwrap_or_default();
        format!("<script type=\"application/json\" id=\"{id}\">{}</script>\n", escape::json(&json))
    };
    let mut data = script("run", &shown);
    if let Some(baseline) = baseline {
        data += &script("base", &fit::fit(baseline, most).0);
    }
    let run = &shown.run;
    let footer = format!("mite {}, run {}, {}", shown.tool.version, run.id, run.started);
    let page = filled(&Filling {
        policy: POLICY,
        title: &format!("{}: mite", run.test),
        nonce: "",
        heading: &run.test,
        state: &run.started,
        compared: !compared.is_empty(),
        body: &body,
        footer: &footer,
        data: &data,
    });
    (page, data.len())
}

/// The page of a run that goes on: it asks for its data once a second. `nonce` is what the
/// policy that it is served with allows.
///
/// ```
/// let html = mite_results::page::live("shop:rush_hour", "r4nd0m");
/// assert!(html.contains("<script nonce=\"r4nd0m\">"));
/// assert!(!html.contains("<script type=\"application/json\""));
/// ```
pub fn live(test: &str, nonce: &str) -> String {
    let body: String = SECTIONS.map(|(id, title, _)| section(id, title, "")).concat();
    filled(&Filling {
        policy: "",
        title: &format!("{test}: mite, live"),
        nonce: &format!(" nonce=\"{}\"", escape::text(nonce)),
        heading: test,
        state: "no answer yet",
        compared: false,
        body: &body,
        footer: "mite",
        data: "",
    })
}

fn section(id: &str, title: &str, inside: &str) -> String {
    let inside = match inside {
        "" => String::new(),
        inside => format!("<div class=\"static\">\n{inside}</div>\n"),
    };
    format!("<section id=\"{id}\">\n<h2>{title}</h2>\n{inside}</section>\n")
}

/// What the page holds in its places.
struct Filling<'a> {
    policy: &'a str,
    title: &'a str,
    nonce: &'a str,
    heading: &'a str,
    state: &'a str,
    /// Whether the body begins with a comparison.
    compared: bool,
    body: &'a str,
    footer: &'a str,
    data: &'a str,
}

/// The script without what only its authors need: indents, lines of comments, and blanks
/// around `=>`, `===` and `=`. No text in it goes over several lines, or has one of these.
fn script() -> String {
    let lines = SCRIPT.lines().map(str::trim_start);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    let whole = |script: String, line: &str| script + line + "\n";
    let script = lines.fold(String::with_capacity(SCRIPT.len()), whole);
    let script = script.replace(" => ", "=>").replace(" === ", "===").replace(" !== ", "!==");
    script.replace(" = ", "=")
}

/// Each place is filled once, from left to right, so that nothing that is filled in is
/// taken for a place.
fn filled(with: &Filling<'_>) -> String {
    let link = |id: &str, title: &str| format!("<a href=\"#{id}\">{title}</a> ");
    let first = if with.compared { link("comparison", "Comparison") } else { String::new() };
    let sections = SECTIONS.iter().map(|(id, title, _)| link(id, title));
    let sections = first + &sections.collect::<String>();
    let mut page = String::with_capacity(HTML.len() + STYLE.len() + SCRIPT.len() + with.data.len());
    let mut rest = HTML;
    while let Some((before, after)) = rest.split_once("{{") {
        page.push_str(before);
        let (place, after) = after.split_once("}}").unwrap_or((after, ""));
        page.push_str(&match place {
            "policy" => with.policy.into(),
            "nonce" => with.nonce.into(),
            "style" => STYLE.into(),
            "script" => script().into(),
            "sections" => sections.as_str().into(),
            "body" => with.body.into(),
            "data" => with.data.into(),
            "title" => escape::text(with.title).into(),
            "heading" => escape::text(with.heading).into(),
            "state" => escape::text(with.state).into(),
            "footer" => escape::text(with.footer).into(),
            _ => std::borrow::Cow::Borrowed(""),
        });
        rest = after;
    }
    page.push_str(rest);
    page
}
