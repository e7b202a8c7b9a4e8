//! Fields of a form, as a page has them.

use scraper::{ElementRef, Html};

use super::element::{known, text_of};
use crate::multipart::Part;

/// A field of a form.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) disabled: bool,
}

pub(super) enum Kind {
    /// Of one value: text, hidden ones, dates.
    Value(String),
    Checkbox {
        value: String,
        checked: bool,
    },
    /// Those of one name are one field.
    Radio {
        options: Vec<String>,
        chosen: Option<usize>,
    },
    Select {
        options: Vec<Choice>,
        chosen: Vec<usize>,
        many: bool,
    },
    Files(Vec<(String, Part)>),
    /// Sent if it is pressed.
    Button {
        value: String,
        text: String,
        image: bool,
        action: Option<String>,
        method: Option<String>,
    },
}

/// An option of a list.
pub(super) struct Choice {
    pub(super) value: String,
    text: String,
}

/// The fields of `form`, in the order of the page; those elsewhere that say its id, too.
pub(super) fn of(html: &Html, form: ElementRef<'_>) -> Vec<Field> {
    let mut fields = Vec::new();
    let id = form.value().attr("id").filter(|id| !id.is_empty());
    for element in html.select(&known("input, select, textarea, button")) {
        let is_inside = || element.ancestors().any(|of| of.id() == form.id());
        let belongs = match element.value().attr("form") {
            Some(of) => id == Some(of),
            None => is_inside(),
        };
        if belongs {
            add(&mut fields, element);
        }
    }
    fields
}

fn add(fields: &mut Vec<Field>, element: ElementRef<'_>) {
    let of = |name: &str| element.value().attr(name);
    let (name, value) = (of("name").unwrap_or("").to_owned(), of("value").unwrap_or("").to_owned());
    let disabled = of("disabled").is_some() || is_in_disabled_set(element);
    let button = |text: String, value: String| Kind::Button {
        value,
        text,
        image: of("type").is_some_and(|of| of.eq_ignore_ascii_case("image")),
        action: of("formaction").map(str::to_owned),
        method: of("formmethod").map(str::to_owned),
    };
    let kind = of("type").unwrap_or("").to_ascii_lowercase();
    let kind = match (element.value().name(), kind.as_str()) {
        ("input", "radio") => {
            let checked = of("checked").is_some();
            let value = of("value").unwrap_or("on").to_owned();
            let same = fields.iter_mut().find(|field| field.name == name && field.is_radio());
            if let Some(Field { kind: Kind::Radio { options, chosen }, .. }) = same {
                if checked {
                    *chosen = Some(options.len());
                }
                options.push(value);
                return;
            }
            Kind::Radio { options: vec![value], chosen: checked.then_some(0) }
        }
        ("input", "checkbox") => Kind::Checkbox {
            value: of("value").unwrap_or("on").to_owned(),
            checked: of("checked").is_some(),
        },
        ("input", "file") => Kind::Files(Vec::new()),
        ("input", "submit" | "image") => button(value.clone(), value),
        ("button", "" | "submit") => button(text_of(element), value),
        ("input", "reset" | "button") | ("button", _) => return,
        ("select", _) => select(element),
        // A line break right after the tag is none of its text.
        ("textarea", _) => Kind::Value(element.text().collect()),
        _ => Kind::Value(value),
    };
    fields.push(Field { name, kind, disabled });
}

fn is_in_disabled_set(element: ElementRef<'_>) -> bool {
    let mut sets = element.ancestors().filter_map(ElementRef::wrap);
    sets.any(|of| of.value().name() == "fieldset" && of.value().attr("disabled").is_some())
}

fn select(element: ElementRef<'_>) -> Kind {
    let many = element.value().attr("multiple").is_some();
    let (mut options, mut chosen, mut first) = (Vec::new(), Vec::new(), None);
    for option in element.select(&known("option")) {
        let text = text_of(option);
        let value = option.value().attr("value").map_or_else(|| text.clone(), str::to_owned);
        if option.value().attr("selected").is_some() {
            chosen.push(options.len());
        }
        if first.is_none() && option.value().attr("disabled").is_none() {
            first = Some(options.len());
        }
        options.push(Choice { value, text });
    }
    if !many {
        // The last that says so, or else the first that may be chosen.
        chosen = chosen.pop().or(first).into_iter().collect();
    }
    Kind::Select { options, chosen, many }
}

impl Field {
    fn is_radio(&self) -> bool {
        matches!(self.kind, Kind::Radio { .. })
    }

    /// Gives it a value.
    ///
    /// # Errors
    /// If it has others to choose from: which.
    pub(super) fn set(&mut self, value: &str) -> Result<(), String> {
        match &mut self.kind {
            Kind::Value(of) => *of = value.to_owned(),
            Kind::Checkbox { value: own, .. } if own != value => {
                return Err(format!(
                    "a checkbox is switched with `.check(name, true)`; its value is {own:?}"
                ));
            }
            Kind::Checkbox { checked, .. } => *checked = true,
            Kind::Radio { options, chosen } => {
                let found = options.iter().position(|option| option == value);
                *chosen = Some(found.ok_or_else(|| none_of(options.iter().map(String::as_str)))?);
            }
            Kind::Select { options, chosen, many } => {
                let by_value = options.iter().position(|option| option.value == value);
                let found = by_value.or_else(|| options.iter().position(|o| o.text == value));
                let found =
                    found.ok_or_else(|| none_of(options.iter().map(|o| o.value.as_str())))?;
                if !*many {
                    chosen.clear();
                }
                if !chosen.contains(&found) {
                    chosen.push(found);
                }
            }
            Kind::Files(_) => return Err("a file is given with `.file(name, part)`".to_owned()),
            Kind::Button { .. } => {
                return Err("a button is pressed with `.press(name)`".to_owned());
            }
        }
        Ok(())
    }

    /// What is sent of it.
    pub(super) fn values(&self) -> Vec<&str> {
        match &self.kind {
            _ if self.disabled || self.name.is_empty() => Vec::new(),
            Kind::Value(value) => vec![value],
            Kind::Checkbox { value, checked } => {
                checked.then_some(value.as_str()).into_iter().collect()
            }
            Kind::Radio { options, chosen } => {
                chosen.map(|i| options[i].as_str()).into_iter().collect()
            }
            Kind::Select { options, chosen, .. } => {
                let mut chosen = chosen.clone();
                chosen.sort_unstable();
                chosen.into_iter().map(|i| options[i].value.as_str()).collect()
            }
            Kind::Files(_) | Kind::Button { .. } => Vec::new(),
        }
    }
}

fn none_of<'a>(options: impl Iterator<Item = &'a str>) -> String {
    let options: Vec<_> = options.map(|option| format!("{option:?}")).collect();
    format!("it is one of {}", options.join(", "))
}
