//! What a browser does with a page, without one: links, forms, and the pictures, styles and
//! scripts that belong to it. Feature `html`.

mod beside;
mod browser;
mod cache;
mod css;
mod element;
mod field;
mod form;
mod found;
mod freshness;
mod left_out;
mod memory;
mod page;
mod parallel;
mod referrer;
mod resources;

pub use browser::{Browser, BrowserContext};
pub use element::Element;
pub use form::Form;
pub use page::Page;
pub use resources::Resource;
