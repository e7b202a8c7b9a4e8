//! What keys do, in a line.

use crate::screen::canvas::Line;
use crate::screen::scene::Scene;
use crate::screen::state::View;
use crate::terminal::style::Style;

/// The keys that there is room for; what was said last stands in their place.
pub(super) fn lines(scene: &Scene<'_>, columns: usize) -> Vec<Line> {
    let state = scene.state;
    if let Some(said) = &state.said {
        return vec![Line::of(Style::Chosen, format!(" {said} "))];
    }
    if state.is_typing {
        return vec![Line::of(Style::Plain, " enter done  esc all")];
    }
    let mut keys = match state.view {
        View::Main => {
            vec!["q drain", "tab panel", "enter open", "s sort", "/ find", "f freeze", "+ - window"]
        }
        _ => vec!["esc back", "j k scroll", "f freeze", "q drain"],
    };
    if scene.model.response.is_some() {
        keys.push(if state.service { "r response" } else { "r service" });
    }
    keys.push("m mark");
    keys.extend(state.page.as_ref().map(|_| "w page"));
    let mut line = String::new();
    for key in keys {
        if line.len() + 2 + key.len() > columns {
            break;
        }
        line.push_str(if line.is_empty() { " " } else { "  " });
        line.push_str(key);
    }
    vec![Line::of(Style::Dim, line)]
}
