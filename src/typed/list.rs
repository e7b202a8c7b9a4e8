//! Lists as people type them, with commas between.

/// What a list names, without blanks around it.
pub(crate) fn names(list: &[String]) -> Vec<String> {
    let names = list.iter().map(|name| name.trim());
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
