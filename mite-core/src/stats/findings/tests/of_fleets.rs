//! What only a fleet finds.

use std::time::Duration;

use super::super::{Finding, Weight};

/// With weights and texts.
pub(super) fn table() -> Vec<(Finding, Weight, String)> {
    use Weight::{Lost, Note};
    let text = |text: &str| text.to_owned();
    vec![
        (
            Finding::ControllerRestarted {
                from: Duration::from_millis(5_100),
                to: Duration::from_millis(11_200),
                changed: vec!["limits".into()],
            },
            Note,
            text(
                "the controller was away from 5.1 s to 11.2 s of the test: any arrivals that nobody could grant meanwhile are counted as dropped, and what was counted until then is a part of its own; it was started again with other limits",
            ),
        ),
        (
            Finding::StoreWentBack { at: Duration::from_secs(90) },
            Note,
            text(
                "after 1 min 30 s of the test NATS had gone back to an older copy of what it keeps: what another controller would have to know was written again, and records that it had acknowledged since that copy are lost if no recorder had written them",
            ),
        ),
        (
            Finding::Elsewhere {
                process: "box (process 7)".into(),
                finding: Box::new(Finding::RecordsLost { records: 3 }),
            },
            Lost,
            text("box (process 7): 3 records lost: they came faster than they could be written"),
        ),
    ]
}
