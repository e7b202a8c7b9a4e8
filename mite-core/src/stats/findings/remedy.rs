//! What to do about a finding.

use super::Finding;
use crate::stats::search::SearchState;

impl Finding {
    /// What to do about it, if that can be said.
    pub fn remedy(&self) -> Option<String> {
        let text = match self {
            Self::Unmet { reason, pool, peak, .. } => return reason.remedy(pool.as_ref(), *peak),
            Self::Unanswered(unanswered) => unanswered.remedy(),
            Self::ArrivalsDropped(dropped) => return dropped.remedy().map(str::to_owned),
            Self::FailsAtOnce { .. } => "mend it, or let it wait before it fails",
            Self::PaceMissed { .. } => {
                "give it a longer separation, and for the same rate more journeys at once"
            }
            Self::BelowItsWeight { used_up: true, .. } => "give it more items",
            Self::BelowItsWeight { .. } => "let more be made for it, or give it less weight",
            Self::Health(symptom) => symptom.remedy(),
            Self::NoneFound { state: SearchState::Searching, .. } => {
                "give it more time, or hold each rate for less"
            }
            Self::NoneFound { state: SearchState::NeverKept, .. } => {
                "begin at a lower rate, or with a limit that can be kept"
            }
            Self::NothingStarted => "--allow-empty accepts that",
            Self::NothingEnded { .. } => {
                "--duration or --graceful-stop gives them longer, `ctx.should_stop()` says when to end; --allow-empty accepts it"
            }
            Self::KeysNeverAsked { .. } => "is it spelt as in the code?",
            Self::ValuesRefused { .. } => {
                "a value is a finite number, of a counter not below 0, and in its field of each message"
            }
            Self::Cancelled { .. } => "--graceful-stop gives them longer",
            Self::Strays(strays) if strays.strangers > 0 => {
                "give each run a name of its own (--run)"
            }
            Self::NetworkSlow(_) => "give it a core that others leave to it",
            Self::Hopeless { .. } => "--keep-going goes on all the same",
            Self::RecordsUnwritten { .. } => "--recorder-dir names another directory",
            _ => return None,
        };
        Some(text.to_owned())
    }
}
