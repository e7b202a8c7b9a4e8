//! Forms: filled in as a page has them, and sent.

use http::Method;
use mite_core::error::{Error, Result};
use mite_core::journey::Context;
use scraper::{ElementRef, Html};
use url::Url;

use super::field::{self, Field, Kind};
use super::referrer::Policy;
use crate::client::HttpContext;
use crate::multipart::{Multipart, Part};
use crate::request::RequestBuilder;

/// A form of a page. What the page has in its fields is sent, hidden ones too, unless it is
/// changed. Mistakes are kept until it is sent, so that calls can be chained.
///
/// ```
/// # use mite::prelude::*;
/// # async fn journey(ctx: &Context) -> mite::Result {
/// let page = ctx.browser().get("http://127.0.0.1:8080/login").await?;
/// let form = page.form("#login")?.set("user", "bob").set("password", "secret");
/// let home = form.check("remember", true).submit(ctx).await?;
/// # drop(home); Ok(())
/// # }
/// ```
#[must_use = "a form does nothing until it is submitted"]
pub struct Form {
    shown: String,
    page: Url,
    /// What the one who gets it is told of the page.
    policy: Policy,
    action: Url,
    method: Method,
    is_multipart: bool,
    fields: Vec<Field>,
    /// The button that is pressed.
    pressed: Option<usize>,
    mistake: Option<String>,
}

impl Form {
    pub(super) fn of(
        html: &Html,
        form: ElementRef<'_>,
        page: (&Url, Policy),
        base: &Url,
        shown: String,
    ) -> Self {
        let (page, policy) = page;
        let policy = Policy::of_element(form, policy);
        let of = |name: &str| form.value().attr(name).map(str::trim);
        let action = of("action").filter(|action| !action.is_empty());
        // Without an action it is sent to the page itself, whatever its base is.
        let action =
            action.and_then(|action| base.join(action).ok()).unwrap_or_else(|| page.clone());
        let method = method(of("method"));
        let is_multipart =
            of("enctype").is_some_and(|of| of.eq_ignore_ascii_case("multipart/form-data"));
        let fields = field::of(html, form);
        let page = page.clone();
        let (pressed, mistake) = (None, None);
        Self { shown, page, policy, action, method, is_multipart, fields, pressed, mistake }
    }

    /// Gives a field a value: text; the value of a radio button; the value or the text of an
    /// option.
    pub fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        let result = match self.field(name) {
            Some(field) => {
                field.set(&value).map_err(|why| format!("{name:?} cannot be {value:?}: {why}"))
            }
            None => Err(self.unknown(name)),
        };
        self.note(result)
    }

    /// Ticks a checkbox, or not.
    pub fn check(mut self, name: &str, on: bool) -> Self {
        let result = match self.field(name).map(|field| &mut field.kind) {
            Some(Kind::Checkbox { checked, .. }) => {
                *checked = on;
                Ok(())
            }
            Some(_) => Err(format!("{name:?} is no checkbox")),
            None => Err(self.unknown(name)),
        };
        self.note(result)
    }

    /// Adds a field that the page does not have, as scripts do.
    pub fn add(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.push(Field {
            name: name.into(),
            kind: Kind::Value(value.into()),
            disabled: false,
        });
        self
    }

    /// Leaves out the fields of this name.
    pub fn remove(mut self, name: &str) -> Self {
        self.fields.retain(|field| field.name != name);
        self.pressed = None;
        self
    }

    /// Sends a field that is disabled, too.
    pub fn enable(mut self, name: &str) -> Self {
        let result = match self.field(name) {
            Some(field) => {
                field.disabled = false;
                Ok(())
            }
            None => Err(self.unknown(name)),
        };
        self.note(result)
    }

    /// Adds a file to a field of files.
    pub fn file(mut self, name: &str, part: Part) -> Self {
        let result = match self.field(name).map(|field| &mut field.kind) {
            Some(Kind::Files(files)) => {
                files.push((name.to_owned(), part));
                Ok(())
            }
            Some(_) => Err(format!("{name:?} is no field of files")),
            None => Err(self.unknown(name)),
        };
        self.note(result)
    }

    /// Presses this button, by its name, its value or its text, in place of the first one.
    pub fn press(mut self, button: &str) -> Self {
        let is_it = |field: &Field| match &field.kind {
            Kind::Button { value, text, .. } => {
                [&field.name, value, text].iter().any(|of| *of == button)
            }
            _ => false,
        };
        self.pressed = self.fields.iter().position(is_it);
        let result = match self.pressed {
            Some(_) => Ok(()),
            None => Err(format!("it has no button {button:?}")),
        };
        self.note(result)
    }

    /// What would be sent, but for files.
    pub fn values(&self) -> Vec<(String, String)> {
        let button = self.button();
        let of = |(index, field): (usize, &Field)| {
            let mut values: Vec<_> =
                field.values().iter().map(|value| (*value).to_owned()).collect();
            let name = field.name.as_str();
            match &field.kind {
                // Of a picture, where it was clicked.
                Kind::Button { image: true, .. } if button == Some(index) => {
                    let place = |of: &str| match name {
                        "" => (of.to_owned(), "0".to_owned()),
                        name => (format!("{name}.{of}"), "0".to_owned()),
                    };
                    return vec![place("x"), place("y")];
                }
                Kind::Button { value, .. } if button == Some(index) && !name.is_empty() => {
                    values.push(value.clone());
                }
                _ => {}
            }
            values.into_iter().map(|value| (name.to_owned(), value)).collect::<Vec<_>>()
        };
        self.fields.iter().enumerate().flat_map(of).collect()
    }

    /// The request that sends it.
    ///
    /// # Errors
    /// If something was done that the form does not have: what it has.
    pub fn request(mut self, ctx: &Context) -> Result<RequestBuilder> {
        if let Some(mistake) = self.mistake {
            let page = mite_net::shown_url(self.page.as_str()).to_string();
            return Err(Error::new(format!("form {}: {mistake}", self.shown)).field("url", page));
        }
        let values = self.values();
        let pressed = self.button().map(|index| &self.fields[index].kind);
        if let Some(Kind::Button { action, method: own, .. }) = pressed {
            if let Some(action) = action.as_ref().and_then(|action| self.page.join(action).ok()) {
                self.action = action;
            }
            if own.is_some() {
                self.method = method(own.as_deref());
            }
        }
        let referer = self.policy.referer(&self.page, &self.action);
        let http = ctx.http();
        let request = if self.method == Method::GET {
            let mut url = self.action;
            url.set_query(None);
            url.set_fragment(None);
            http.get(url.as_str()).query(&values)
        } else if self.is_multipart || self.fields.iter().any(Field::has_files) {
            let mut form = Multipart::new();
            for (name, value) in values {
                form = form.text(name, value);
            }
            for field in self.fields.into_iter().filter(|field| !field.disabled) {
                if let Kind::Files(files) = field.kind {
                    for (name, part) in files {
                        form = form.part(name, part);
                    }
                }
            }
            http.post(self.action.as_str()).multipart(form)
        } else {
            http.post(self.action.as_str()).form(&values)
        };
        Ok(match referer {
            Some(referer) => request.header("referer", referer),
            None => request,
        })
    }

    /// The button that is pressed: that which was said, or the first that can be, as Enter
    /// does.
    fn button(&self) -> Option<usize> {
        let is_one = |field: &Field| matches!(field.kind, Kind::Button { .. }) && !field.disabled;
        self.pressed.or_else(|| self.fields.iter().position(is_one))
    }

    fn field(&mut self, name: &str) -> Option<&mut Field> {
        self.fields.iter_mut().find(|field| field.name == name)
    }

    fn unknown(&self, name: &str) -> String {
        let mut names: Vec<_> = self.fields.iter().map(|field| field.name.as_str()).collect();
        names.retain(|name| !name.is_empty());
        names.dedup();
        format!("it has no field {name:?}, but {}; `.add(name, value)` adds one", names.join(", "))
    }

    fn note(mut self, result: std::result::Result<(), String>) -> Self {
        if let Err(mistake) = result {
            self.mistake.get_or_insert(mistake);
        }
        self
    }
}

impl Field {
    fn has_files(&self) -> bool {
        matches!(&self.kind, Kind::Files(files) if !files.is_empty())
    }
}

/// By the standard: GET, unless it says POST.
fn method(text: Option<&str>) -> Method {
    match text {
        Some(text) if text.eq_ignore_ascii_case("post") => Method::POST,
        _ => Method::GET,
    }
}
