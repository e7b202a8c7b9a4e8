//! The panels of the screen: each makes lines for the room that it is given.

mod detail;
mod errors;
mod generator;
mod help;
mod keys;
mod limits;
mod load;
mod log;
mod rate;
mod times;
mod title;
mod transactions;

use super::canvas::Line;
use super::scene::Scene;

/// A panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Panel {
    Title,
    Progress,
    Load,
    Rate,
    Times,
    HeatMap,
    Spectrum,
    Transactions,
    Errors,
    Generator,
    Limits,
    Log,
    Keys,
    /// How the keys work.
    Help,
    /// A transaction that is looked at.
    Transaction,
    /// An error that is looked at.
    Error,
}

impl Panel {
    /// What it shows, in so many columns and rows.
    pub(super) fn lines(self, scene: &Scene<'_>, size: (usize, usize)) -> Vec<Line> {
        match self {
            Self::Title => title::title(scene, size.0),
            Self::Progress => title::progress(scene, size.0),
            Self::Load => load::lines(scene, size),
            Self::Rate => rate::lines(scene, size),
            Self::Times => times::times(scene, size.0),
            Self::HeatMap => times::heat_map(scene, size),
            Self::Spectrum => times::spectrum(scene, size),
            Self::Transactions => transactions::lines(scene, size),
            Self::Errors => errors::lines(scene, size),
            Self::Generator => generator::lines(scene, size),
            Self::Limits => limits::lines(scene, size),
            Self::Log => log::lines(scene, size),
            Self::Keys => keys::lines(scene, size.0),
            Self::Help => help::lines(scene, size),
            Self::Transaction => detail::transaction(scene, size),
            Self::Error => detail::error(scene, size),
        }
    }

    /// What stands above it in a frame.
    pub(super) fn heading(self, scene: &Scene<'_>) -> String {
        match self {
            Self::Load => "LOAD".to_owned(),
            Self::Rate => "RATE".to_owned(),
            Self::Errors => errors::heading(scene),
            Self::HeatMap => format!("{}, log scale, darker = more", times::which(scene)),
            Self::Spectrum => times::legend(scene),
            Self::Transactions => {
                format!("TRANSACTIONS, by {}", scene.state.sort.text())
            }
            Self::Limits => "LIMITS".to_owned(),
            Self::Log => "LOG".to_owned(),
            _ => String::new(),
        }
    }

    /// How many rows it could fill.
    pub(super) fn wants(self, scene: &Scene<'_>) -> usize {
        let model = scene.model;
        match self {
            Self::HeatMap => 13,
            Self::Transactions => 1 + model.order(scene.state.sort, &scene.state.find).len().max(1),
            Self::Errors => 1 + model.failures.len().max(1),
            Self::Limits => limits::shown(scene).count().max(1),
            Self::Log => scene.log.len().clamp(1, 6),
            _ => 1,
        }
    }
}
