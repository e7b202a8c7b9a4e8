//! What is secret, and how texts are shown without it. This is the one rule for names,
//! URLs, queries, forms and JSON, wherever a text is for people or is kept in a file.
//!
//! What is `masked` hides secrets whatever anybody says. Somebody who looks into one
//! journey may ask to see them: whoever shows that asks [`are_shown`].

mod json;
mod name;
mod pairs;
mod text;
mod url;

use std::sync::atomic::{AtomicBool, Ordering};

pub use json::{masked_body, masked_json, masked_under, masked_value};
pub use name::is_secret;
pub use pairs::masked_pairs;
pub use text::masked;
pub use url::masked_url;

/// What is shown instead of a secret.
pub const HIDDEN: &str = "***";

static SHOWN: AtomicBool = AtomicBool::new(false);

/// From now on, who looks into a journey sees secrets too: `--show-secrets`.
pub fn show() {
    SHOWN.store(true, Ordering::Relaxed);
}

/// Whether who looks into a journey sees secrets too.
pub fn are_shown() -> bool {
    SHOWN.load(Ordering::Relaxed)
}
