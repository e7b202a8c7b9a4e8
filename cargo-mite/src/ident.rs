//! Names of Rust code.

/// Words that cannot name a variable, and names that the journey has itself.
const TAKEN: [&str; 48] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "use", "where",
    "while", "yield", "_",
];

/// `orderId`, `Order ID` and `order-id` are `order_id`; what cannot be a name gets one.
pub(crate) fn snake(text: &str) -> String {
    let mut name = String::new();
    let mut before = ' ';
    for c in text.chars() {
        if !c.is_ascii_alphanumeric() {
            if !name.is_empty() && !name.ends_with('_') {
                name.push('_');
            }
        } else {
            if c.is_ascii_uppercase() && before.is_ascii_lowercase() {
                name.push('_');
            }
            name.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    let name = name.trim_matches('_').to_owned();
    match name.chars().next() {
        None => "value".to_owned(),
        Some(c) if c.is_ascii_digit() => format!("n{name}"),
        Some(_) if TAKEN.contains(&&*name) => format!("{name}_"),
        Some(_) => name,
    }
}

/// A name for what stands at a place of an answer: `/orders/0/id`, and `/id` of what
/// `/orders` answered, are an `order_id`.
pub(crate) fn of_pointer(pointer: &str, path: &str) -> String {
    let is_word = |word: &&str| !word.is_empty() && !word.bytes().all(|b| b.is_ascii_digit());
    let mut words = pointer.split('/').rev().filter(is_word);
    let key = snake(words.next().unwrap_or_default());
    if !matches!(&*key, "id" | "uuid" | "key" | "token" | "value") {
        return key;
    }
    let looks_like_id = |word: &&str| word.len() <= 16 && !word.bytes().any(|b| b.is_ascii_digit());
    let of = words.next().or_else(|| path.split('/').rev().filter(is_word).find(looks_like_id));
    match of {
        Some(of) => format!("{}_{key}", singular(&snake(of))),
        None => key,
    }
}

fn singular(word: &str) -> String {
    match word.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None if word.ends_with("ss") => word.to_owned(),
        None => word.strip_suffix('s').unwrap_or(word).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_a_person_would_give() {
        let names =
            ["orderId", "Order ID", "x-csrf-token", "type", "7up", "…", "HTTPCode"].map(snake);
        assert_eq!(
            names,
            ["order_id", "order_id", "x_csrf_token", "type_", "n7up", "value", "httpcode"]
        );
        assert_eq!(of_pointer("/orders/0/id", "/"), "order_id");
        assert_eq!(of_pointer("/id", "/api/v1/categories"), "category_id");
        assert_eq!(of_pointer("/id", "/orders/4711"), "order_id");
        assert_eq!(of_pointer("/basketNumber", "/x"), "basket_number");
        assert_eq!(of_pointer("/id", "/"), "id");
    }
}
