//! Recordings of browsers: HAR 1.2, <http://www.softwareishard.com/blog/har-12-spec/>.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use base64::Engine;
use serde::{Deserialize, Deserializer};
use url::Url;

use crate::error::{Error, Result};
use crate::recording::{
    Answer, Body, LeftOut, Recording, Request, Step, distinct, is_method, worthwhile,
};
use crate::time;

/// Bytes of an answer that are looked through for what is used later.
const LONGEST_ANSWER: usize = 4 << 20;

/// Bytes of answers that are looked through, of a whole recording.
const ROOM_FOR_ANSWERS: usize = 64 << 20;

/// Seconds without a request after which the next one is another step.
const PAUSE: f64 = 1.0;

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    #[serde(default)]
    pages: Vec<Page>,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Page {
    id: String,
    #[serde(default)]
    title: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(default)]
    pageref: Option<String>,
    started_date_time: String,
    #[serde(default)]
    time: f64,
    request: Asked,
    response: Answered,
    #[serde(rename = "_resourceType", default)]
    resource_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<Pair>,
    #[serde(default)]
    post_data: Option<PostData>,
}

#[derive(Deserialize)]
struct Pair {
    name: String,
    #[serde(default)]
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PostData {
    #[serde(default)]
    mime_type: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    params: Vec<Pair>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answered {
    status: i32,
    #[serde(default)]
    content: Content,
    #[serde(default, rename = "redirectURL")]
    redirect_url: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    #[serde(default)]
    mime_type: String,
    #[serde(default, deserialize_with = "as_room_is")]
    text: String,
    #[serde(default)]
    encoding: String,
}

thread_local! {
    /// Bytes of answers that may still be kept.
    static ROOM: Cell<usize> = const { Cell::new(0) };
    /// Answers for which there was none.
    static UNREAD: Cell<usize> = const { Cell::new(0) };
}

/// An answer, if there is room for it: recordings with pictures and films in them are
/// hundreds of megabytes, and are read without them.
fn as_room_is<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let room = ROOM.get();
    Ok(match text.len() <= room.min(LONGEST_ANSWER * 4 / 3) {
        true => {
            ROOM.set(room - text.len());
            text
        }
        false => {
            UNREAD.set(UNREAD.get() + 1);
            String::new()
        }
    })
}

/// Reads a HAR; of other hosts than the first one and those below it, only `hosts` are
/// taken.
///
/// # Errors
/// If it cannot be read, or holds no request that is a part of the load.
pub(crate) fn read(file: &Path, hosts: &[String]) -> Result<Recording> {
    let told = file.display();
    let open = File::open(file).map_err(|e| Error::new(format!("{told} cannot be read: {e}")))?;
    ROOM.set(ROOM_FOR_ANSWERS);
    UNREAD.set(0);
    let Har { log } = serde_json::from_reader(BufReader::new(open)).map_err(|e| {
        Error::new(match e.classify() {
            serde_json::error::Category::Eof => {
                format!("{told} is cut off in line {}: record it again, or save it whole", e.line())
            }
            _ => format!("{told} is no HAR: {e}; browsers save one from the network tab of their developer tools"),
        })
    })?;
    let mut recording = recording(log, hosts)?;
    recording.left_out.unread = UNREAD.get();
    match recording.steps.is_empty() {
        false => Ok(recording),
        true => Err(Error::new(format!(
            "{told} holds no request to make load of: {}",
            recording.left_out
        ))),
    }
}

/// A request of the load, and when it was.
struct Kept {
    page: Option<String>,
    start: f64,
    end: f64,
    request: Request,
}

fn recording(log: Log, hosts: &[String]) -> Result<Recording> {
    let titles: BTreeMap<_, _> = log.pages.into_iter().map(|page| (page.id, page.title)).collect();
    let mut entries = Vec::with_capacity(log.entries.len());
    for entry in log.entries {
        let start = time::seconds(&entry.started_date_time).ok_or_else(|| {
            Error::new(format!("{:?} is no time of a HAR", entry.started_date_time))
        })?;
        entries.push((start, entry));
    }
    entries.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let mut left_out = LeftOut::default();
    let mut others = BTreeMap::<String, usize>::new();
    let mut own: Option<String> = None;
    let mut kept: Vec<Kept> = Vec::new();
    // Where the last request was sent on to.
    let mut onward: Option<Url> = None;
    for (start, entry) in entries {
        let end = start + entry.time.max(0.0) / 1e3;
        let url = match Url::parse(&entry.request.url) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => url,
            _ => {
                left_out.others += 1;
                continue;
            }
        };
        let host = url.host_str().unwrap_or_default().to_owned();
        if onward.take_if(|onward| *onward == url).is_some()
            && let Some(last) = kept.last_mut()
        {
            // The client follows redirects itself: this is the end of the request before.
            last.end = end;
            last.request.status = status(&entry.response);
            last.request.answer = answer(&entry.response.content);
            onward = redirect(&url, &entry.response);
            continue;
        }
        let method = &entry.request.method;
        if entry.response.status <= 0 || method == "OPTIONS" || !is_method(method) {
            left_out.others += 1;
            continue;
        }
        if is_file(&url, &entry) {
            left_out.files += 1;
            // The page is not there before it.
            if let Some(last) = kept.last_mut() {
                last.end = last.end.max(end);
            }
            continue;
        }
        let own = own.get_or_insert_with(|| host.trim_start_matches("www.").to_owned());
        if host != *own && !host.ends_with(&format!(".{own}")) && !hosts.contains(&host) {
            *others.entry(host).or_default() += 1;
            continue;
        }
        onward = redirect(&url, &entry.response);
        let Asked { method, headers, post_data, .. } = entry.request;
        kept.push(Kept {
            page: entry.pageref,
            start,
            end,
            request: Request {
                method,
                url,
                headers: worthwhile(headers.into_iter().map(|pair| (pair.name, pair.value))),
                body: post_data.map_or(Body::None, body),
                status: status(&entry.response),
                answer: answer(&entry.response.content),
            },
        });
    }
    left_out.hosts = others.into_iter().collect();
    Ok(Recording { steps: steps(kept, &titles), left_out })
}

/// A page and what it loads are a step, and so is what comes after a pause.
fn steps(kept: Vec<Kept>, titles: &BTreeMap<String, String>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut page: Option<String> = None;
    let mut quiet_since = f64::NEG_INFINITY;
    for Kept { page: of, start, end, request } in kept {
        let is_new_page = of.is_some() && of != page;
        let pause = start - quiet_since;
        if steps.is_empty() || is_new_page || pause >= PAUSE {
            let title = of.as_ref().filter(|_| is_new_page).and_then(|id| titles.get(id));
            let name =
                title.map(|title| title.trim()).filter(|t| !t.is_empty() && !t.contains("://"));
            let name = name.map_or_else(|| path_of(&request), str::to_owned);
            let think = if steps.is_empty() { 0.0 } else { pause.max(0.0) };
            steps.push(Step { name: distinct(&steps, name), think, requests: Vec::new() });
        }
        if of.is_some() {
            page = of;
        }
        quiet_since = quiet_since.max(end);
        if let Some(step) = steps.last_mut() {
            step.requests.push(request);
        }
    }
    steps
}

/// Its method and path, whose numbers and ids are left out.
fn path_of(request: &Request) -> String {
    let segments = request.url.path().split('/').map(|segment| {
        let is_id = segment.len() > 16 || segment.bytes().any(|b| b.is_ascii_digit());
        if is_id && !segment.starts_with('v') { "…" } else { segment }
    });
    format!("{} {}", request.method, segments.collect::<Vec<_>>().join("/"))
}

fn status(answered: &Answered) -> Option<u16> {
    match u16::try_from(answered.status) {
        // From the browser's cache, which load does not have.
        Ok(304) => Some(200),
        other => other.ok(),
    }
}

fn redirect(url: &Url, answered: &Answered) -> Option<Url> {
    let is_one = (300..400).contains(&answered.status) && !answered.redirect_url.is_empty();
    is_one.then(|| url.join(&answered.redirect_url).ok()).flatten()
}

fn body(data: PostData) -> Body {
    let is_form = data.mime_type.starts_with("application/x-www-form-urlencoded");
    if data.text.is_empty() && is_form {
        return Body::Form(data.params.into_iter().map(|p| (p.name, p.value)).collect());
    }
    if data.mime_type.starts_with("multipart/") {
        return Body::Files;
    }
    Body::of(&data.mime_type, &data.text)
}

fn answer(content: &Content) -> Answer {
    if content.text.len() > LONGEST_ANSWER {
        return Answer::Unknown;
    }
    if content.encoding != "base64" {
        return Answer::of(&content.mime_type, &content.text);
    }
    let decoded = base64::engine::general_purpose::STANDARD.decode(&content.text);
    let text = decoded.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.map_or(Answer::Unknown, |text| Answer::of(&content.mime_type, &text))
}

/// Whether it is a file that a page is made of, by what the browser says, or by its type
/// and name.
fn is_file(url: &Url, entry: &Entry) -> bool {
    if let Some(kind) = &entry.resource_type {
        return matches!(
            &**kind,
            "image"
                | "font"
                | "stylesheet"
                | "script"
                | "media"
                | "manifest"
                | "ping"
                | "websocket"
                | "texttrack"
                | "eventsource"
                | "preflight"
                | "beacon"
                | "csp-violation-report"
        );
    }
    let mime = entry.response.content.mime_type.to_ascii_lowercase();
    let of_type = ["image/", "font/", "video/", "audio/", "text/css"];
    let extension =
        url.path().rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    of_type.iter().any(|kind| mime.starts_with(kind))
        || mime.contains("javascript")
        || extension.is_some_and(|extension| {
            matches!(
                &*extension,
                "css"
                    | "js"
                    | "mjs"
                    | "map"
                    | "png"
                    | "jpg"
                    | "jpeg"
                    | "gif"
                    | "svg"
                    | "ico"
                    | "webp"
                    | "avif"
                    | "woff"
                    | "woff2"
                    | "ttf"
                    | "otf"
                    | "mp4"
                    | "webm"
                    | "mp3"
            )
        })
}
