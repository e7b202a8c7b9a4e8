//! The full-screen terminal: how a run goes, while it goes.
//!
//! A thread of its own takes snapshots and keys and draws, four times a second at most
//! and only what differs; it keeps the last minutes itself. Where the terminal is too
//! small it makes room for lines. See `docs/screen.md`.

mod buckets;
mod canvas;
mod drawing;
mod events;
mod heat_map;
mod keyboard;
mod layout;
mod look;
mod model;
mod numbers;
mod output;
mod painter;
mod panels;
mod row;
mod scene;
mod second;
mod shared;
mod sparkline;
mod spectrum;
mod state;
mod view;

pub(crate) use output::ScreenOutput;
pub(crate) use shared::ScreenSettings;
