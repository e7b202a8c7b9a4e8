//! Commands of curl, as developer tools copy a request.

use base64::Engine;
use url::Url;

use crate::error::{Error, Result};
use crate::recording::{
    Answer, Body, LeftOut, Recording, Request, Step, distinct, is_method, worthwhile,
};

/// Options whose value says nothing of the request.
const WITH_VALUE: [&str; 14] = [
    "-o",
    "--output",
    "-m",
    "--max-time",
    "--connect-timeout",
    "-A",
    "--user-agent",
    "-e",
    "--referer",
    "-c",
    "--cookie-jar",
    "-w",
    "--write-out",
    "--retry",
];

/// Options that say nothing of it.
const WITHOUT: [&str; 16] = [
    "-k",
    "--insecure",
    "-L",
    "--location",
    "--compressed",
    "-s",
    "--silent",
    "-S",
    "--show-error",
    "-v",
    "--verbose",
    "-i",
    "--include",
    "-f",
    "--fail",
    "--http2",
];

/// The requests of commands, a step each.
///
/// # Errors
/// If one is none of curl, or has an option that cannot be followed.
pub(crate) fn read(commands: &[Vec<String>]) -> Result<Recording> {
    let mut steps: Vec<Step> = Vec::new();
    for command in commands {
        let request = match request(command) {
            Err(_) if !steps.is_empty() && !begins_with_curl(command) => {
                return Err(Error::new(format!(
                    "`{}` does not begin with curl: `&` and `;` end a command; quote the URL that one is a part of",
                    command.join(" ")
                )));
            }
            request => request?,
        };
        let name = distinct(&steps, format!("{} {}", request.method, request.url.path()));
        steps.push(Step { name, think: 0.0, requests: vec![request] });
    }
    match steps.is_empty() {
        false => Ok(Recording { steps, left_out: LeftOut::default() }),
        true => Err(no_command()),
    }
}

fn request(command: &[String]) -> Result<Request> {
    if !begins_with_curl(command) {
        return Err(no_command());
    }
    let mut words = command.iter().skip(1);
    let mut asked = Asked::default();
    while let Some(word) = words.next() {
        asked.take(word, &mut words)?;
    }
    asked.request()
}

fn begins_with_curl(command: &[String]) -> bool {
    command.first().is_some_and(|first| first == "curl" || first.ends_with("/curl"))
}

fn no_command() -> Error {
    Error::new(
        "the command does not begin with curl; give it as the network tab of a browser copies it",
    )
}

#[derive(Default)]
struct Asked {
    method: Option<String>,
    url: Option<String>,
    headers: Vec<(String, String)>,
    /// What is sent, joined as curl does.
    data: Vec<String>,
    is_json: bool,
    files: bool,
    /// The data belongs into the query.
    get: bool,
    head: bool,
}

impl Asked {
    fn take<'a>(&mut self, word: &str, rest: &mut impl Iterator<Item = &'a String>) -> Result {
        // `--request=POST` is `--request POST`, and `-XPOST` is `-X POST`.
        let (option, mut attached) = match word.split_once('=') {
            Some((option, value)) if option.starts_with("--") => (option, Some(value.to_owned())),
            _ if word.starts_with('-') && !word.starts_with("--") && word.len() > 2 => {
                let (option, value) =
                    word.split_at(word.char_indices().nth(2).map_or(word.len(), |(at, _)| at));
                match WITHOUT.contains(&option) {
                    // `-sS` are two.
                    true => return self.take(&format!("-{value}"), rest),
                    false => (option, Some(value.to_owned())),
                }
            }
            _ => (word, None),
        };
        let mut value = || {
            let value = attached.take().or_else(|| rest.next().cloned());
            value.ok_or_else(|| {
                Error::new(format!("{option} of the command has no value behind it"))
            })
        };
        match option {
            "-X" | "--request" => self.method = Some(value()?),
            "--url" => self.url = Some(value()?),
            "-H" | "--header" => {
                let header = value()?;
                let (name, content) = header.split_once(':').unwrap_or((&header, ""));
                self.headers.push((name.trim().to_owned(), content.trim().to_owned()));
            }
            "-d" | "--data" | "--data-raw" | "--data-binary" | "--data-ascii" => {
                let data = value()?;
                if option != "--data-raw" && data.starts_with('@') {
                    return Err(Error::new(format!(
                        "{option} {data} reads a file; give what is in it"
                    )));
                }
                self.data.push(data);
            }
            "--data-urlencode" => {
                let data = value()?;
                let (name, content) = data.split_once('=').unwrap_or(("", &data));
                let encoded: String =
                    url::form_urlencoded::byte_serialize(content.as_bytes()).collect();
                self.data.push(match name {
                    "" => encoded,
                    name => format!("{name}={encoded}"),
                });
            }
            "--json" => {
                self.is_json = true;
                self.data.push(value()?);
            }
            "-F" | "--form" => {
                value()?;
                self.files = true;
            }
            "-u" | "--user" => {
                let encoded = base64::engine::general_purpose::STANDARD.encode(value()?);
                self.headers.push(("authorization".to_owned(), format!("Basic {encoded}")));
            }
            "-G" | "--get" => self.get = true,
            "-I" | "--head" => self.head = true,
            // A session begins with none.
            "-b" | "--cookie" => drop(value()?),
            option if WITH_VALUE.contains(&option) => drop(value()?),
            option if WITHOUT.contains(&option) => {}
            option if option.starts_with('-') => {
                return Err(Error::new(format!(
                    "{option} of the command is not known here; leave it out if it does not change the request"
                )));
            }
            url => {
                if let Some(first) = self.url.replace(url.to_owned()) {
                    return Err(Error::new(format!(
                        "the command has two URLs, {first} and {url}; give a command for each, with `;` between them"
                    )));
                }
            }
        }
        Ok(())
    }

    fn request(self) -> Result<Request> {
        let Some(url) = self.url else { return Err(Error::new("the command has no URL")) };
        let with_scheme = if url.contains("://") { url.clone() } else { format!("http://{url}") };
        let mut url = Url::parse(&with_scheme)
            .map_err(|e| Error::new(format!("{url} of the command is no URL: {e}")))?;
        let data = (!self.data.is_empty()).then(|| self.data.join("&"));
        let mime = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let mime = match mime {
            Some((_, mime)) => mime.clone(),
            None if self.is_json => "application/json".to_owned(),
            None => "application/x-www-form-urlencoded".to_owned(),
        };
        let body = match data {
            Some(data) if self.get => {
                let query = url.query().map(|query| format!("{query}&")).unwrap_or_default();
                url.set_query(Some(&format!("{query}{data}")));
                Body::None
            }
            Some(data) => Body::of(&mime, &data),
            None if self.files => Body::Files,
            None => Body::None,
        };
        let method = self.method.unwrap_or_else(|| match body {
            _ if self.head => "HEAD".to_owned(),
            Body::None => "GET".to_owned(),
            _ => "POST".to_owned(),
        });
        if !is_method(&method) {
            return Err(Error::new(format!("{method:?} of the command is no method of HTTP")));
        }
        let headers = worthwhile(self.headers);
        Ok(Request { method, url, headers, body, status: None, answer: Answer::Unknown })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell;

    fn request(command: &str) -> Request {
        read(&shell::commands(command).unwrap()).unwrap().steps.remove(0).requests.remove(0)
    }

    #[test]
    fn a_command_that_a_browser_copies_is_its_request() {
        let copied = r#"curl 'https://shop.example.com/orders?full=1' \
          -H 'accept: application/json' -H 'accept-language: de' -H 'sec-fetch-mode: cors' \
          -b 'session=1' -H 'content-type: application/json' -H 'x-shop: main' \
          --data-raw '{"item":3}' --compressed"#;
        let request = request(copied);
        assert_eq!(
            (&*request.method, request.url.as_str()),
            ("POST", "https://shop.example.com/orders?full=1")
        );
        assert_eq!(request.body, Body::Json(serde_json::json!({"item": 3})));
        let headers: Vec<_> = request.headers.iter().map(|(n, v)| format!("{n}: {v}")).collect();
        assert_eq!(headers, ["accept: application/json", "x-shop: main"]);
    }

    #[test]
    fn options_are_read_however_they_are_written() {
        let form = request("curl -sSXPUT localhost:8080/a -d a=1 --data-urlencode 'b=c d'");
        assert_eq!((&*form.method, form.url.as_str()), ("PUT", "http://localhost:8080/a"));
        let pairs = [("a", "1"), ("b", "c d")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(form.body, Body::Form(pairs.into()));
        let get = request("curl -G --url=http://a/x?y=1 -d z=2 -u bob:secret");
        assert_eq!((&*get.method, get.url.as_str()), ("GET", "http://a/x?y=1&z=2"));
        assert_eq!(
            get.headers,
            [("authorization".to_owned(), "Basic Ym9iOnNlY3JldA==".to_owned())]
        );
        assert_eq!(request("curl -I http://a").method, "HEAD");
        for (command, why) in [
            ("wget http://a", "the command does not begin with curl"),
            ("curl -d a=1", "the command has no URL"),
            ("curl http://a -d", "-d of the command has no value behind it"),
            ("curl http://a --proxy-magic", "--proxy-magic of the command is not known here"),
            ("curl http://a -d @file", "-d @file reads a file"),
            (
                "curl http://a b",
                "the command has two URLs, http://a and b; give a command for each",
            ),
            ("", "the command does not begin with curl"),
            (
                "curl http://a/?x=1&y=2",
                "`y=2` does not begin with curl: `&` and `;` end a command; quote the URL",
            ),
        ] {
            let error = read(&shell::commands(command).unwrap()).unwrap_err().to_string();
            assert!(error.starts_with(why), "{error}");
        }
    }
}
