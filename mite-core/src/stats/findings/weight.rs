//! What findings mean for a run.

use serde::Serialize;

use super::Finding;
use crate::stats::health::Grade;
use crate::stats::search::SearchState;
use crate::stats::unmet::Reason;

/// What a finding means for the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Good to know.
    Note,
    /// The run fails, whatever its limits are.
    Fails,
    /// Something that the run stands on was lost: a disk with room on it, records.
    Lost,
}

impl Finding {
    /// What it means for the run.
    pub fn weight(&self) -> Weight {
        match self {
            Self::Elsewhere { finding, .. } => finding.weight(),
            Self::Unanswered(unanswered) if !unanswered.fails() => Weight::Note,
            Self::NetworkSlow(slow) if !slow.is_of_control() => Weight::Note,
            Self::NetworkAway(_)
            | Self::Strays(_)
            | Self::Unmet { .. }
            | Self::ArrivalsDropped(_)
            | Self::FailsAtOnce { .. }
            | Self::PaceMissed { .. }
            | Self::Health(_)
            | Self::Unserializable { .. }
            | Self::ValuesRefused { .. }
            | Self::MessagesLost { .. }
            | Self::Saturated { .. }
            | Self::PoolWasEmpty { .. }
            | Self::BelowItsWeight { .. }
            | Self::ItemsInDoubt { .. }
            | Self::LoadChanged { .. }
            | Self::ControllerRestarted { .. }
            | Self::StoreWentBack { .. }
            | Self::KindsNeverSent { .. }
            | Self::KeysNeverAsked { .. }
            | Self::Interrupted { .. }
            | Self::NoneFound { state: SearchState::GeneratorLimit, .. }
            | Self::Cancelled { .. } => Weight::Note,
            Self::Hopeless { .. }
            | Self::NoneFound { .. }
            | Self::NothingStarted
            | Self::OnlyErrors { .. }
            | Self::NothingEnded { .. }
            | Self::OutputFailed { .. }
            | Self::PoolFailed { .. }
            | Self::VolumeInvalid { .. }
            | Self::Unanswered(_)
            | Self::RunnerLost { .. }
            | Self::NetworkSlow(_)
            | Self::MessagesUnreached { .. }
            | Self::NoRunnerLeft
            | Self::StillRunning { .. }
            | Self::Fault { .. }
            | Self::TeardownFailed { .. }
            | Self::ProcessorFailed { .. }
            | Self::ProcessorPanicked { .. }
            | Self::ProcessorMissed { .. }
            | Self::ListenerPanicked { .. }
            | Self::ListenerLeft { keeps: false, .. }
            | Self::NotRecorded { .. }
            | Self::RecordsRemoved { .. } => Weight::Fails,
            Self::Deposed { .. }
            | Self::ListenerLeft { keeps: true, .. }
            | Self::ResultsUnwritten { .. }
            | Self::RecordsUnwritten { .. }
            | Self::RecordsLost { .. }
            | Self::MessagesUncollected { .. }
            | Self::CollectedLost { .. } => Weight::Lost,
        }
    }

    /// What it makes of the numbers.
    pub fn grade(&self) -> Grade {
        match self {
            Self::Elsewhere { finding, .. } => finding.grade(),
            Self::Health(symptom) => symptom.grade(),
            Self::NoneFound { state: SearchState::GeneratorLimit, .. } => Grade::Invalid,
            Self::ArrivalsDropped(dropped) => dropped.grade(),
            Self::Unmet { reason: Reason::Spawn | Reason::Moving, .. } => Grade::Valid,
            Self::Unmet { .. }
            | Self::FailsAtOnce { .. }
            | Self::PaceMissed { .. }
            | Self::BelowItsWeight { .. }
            | Self::LoadChanged { .. }
            | Self::ControllerRestarted { .. }
            | Self::StoreWentBack { .. }
            | Self::MessagesLost { .. } => Grade::Suspect,
            _ => Grade::Valid,
        }
    }
}
