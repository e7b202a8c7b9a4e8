//! What lines will ask for, as far as it is known before load.

use std::time::Duration;

use mite_core::plan::Line;
use mite_core::stats::Phase;
use mite_core::units;
use mite_core::volume::{Piece, VolumeKind, VolumeModel};

/// Times of single journeys that are told one by one.
const MOST_TICKETS: usize = 20;

/// What a line asks for, piece by piece.
pub(super) fn of(line: &mut Line) -> Vec<Phase> {
    let duration = line.duration;
    match &mut line.volume {
        VolumeKind::Level(model) => of_model(&mut **model, duration),
        VolumeKind::Rate(rate) => {
            let mut phases = of_model(&mut *rate.model, duration);
            for phase in &mut phases {
                if rate.poisson {
                    phase.text.push_str(" at random times");
                }
                if let Some(most) = rate.at_most {
                    phase.text.push_str(&format!(", at most {most} in flight"));
                }
            }
            phases
        }
        VolumeKind::Tickets(due) => of_tickets(due),
    }
}

fn of_model(model: &mut dyn VolumeModel, duration: Option<Duration>) -> Vec<Phase> {
    let own = || {
        let text = "known only as it runs".to_owned();
        vec![Phase { from: Duration::ZERO, to: duration, kind: "own", text }]
    };
    // One of the test's own may answer otherwise when it is asked again.
    if !model.answers_at_once() {
        return own();
    }
    let until = duration.unwrap_or(Duration::from_secs(1));
    let Ok(pieces) = model.pieces(Duration::ZERO, until) else { return own() };
    let phase = |piece: &Piece| {
        let (kind, text) = match piece.is_constant() {
            true if piece.from == 0.0 => ("nothing", "0".to_owned()),
            true => ("constant", piece.from.to_string()),
            false => ("ramp", format!("{} → {}", piece.from, piece.to)),
        };
        Phase { from: piece.start, to: duration.map(|_| piece.end), kind, text }
    };
    pieces.iter().map(phase).collect()
}

fn of_tickets(due: &[Duration]) -> Vec<Phase> {
    let moments = due.chunk_by(|a, b| a == b);
    let mut phases: Vec<_> = moments
        .take(MOST_TICKETS)
        .map(|at| Phase {
            from: at[0],
            to: Some(at[0]),
            kind: "once",
            text: units::count(at.len() as u64, "journey"),
        })
        .collect();
    let told: usize = due.chunk_by(|a, b| a == b).take(MOST_TICKETS).map(<[_]>::len).sum();
    if let Some(next) = due.get(told) {
        let text = format!("{} more", units::count((due.len() - told) as u64, "journey"));
        phases.push(Phase { from: *next, to: due.last().copied(), kind: "once", text });
    }
    phases
}

#[cfg(test)]
mod tests {
    use super::*;
    use mite_core::volume::{Constant, IntoVolume, Nothing, Ramp, secs, volume_fn};

    fn shown<M>(volume: impl IntoVolume<M>) -> Vec<String> {
        let volume = volume.into_volume(std::panic::Location::caller());
        let phases = match volume.kind {
            VolumeKind::Level(mut model) => of_model(&mut *model, volume.duration),
            VolumeKind::Tickets(due) => of_tickets(&due),
            VolumeKind::Rate(mut rate) => of_model(&mut *rate.model, volume.duration),
        };
        let shown = |p: &Phase| {
            let to = p.to.map(|to| to.as_secs_f64());
            format!("{} {} {} {to:?}", p.kind, p.text, p.from.as_secs_f64())
        };
        phases.iter().map(shown).collect()
    }

    #[test]
    fn a_chain_is_told_piece_by_piece() {
        let chain = Nothing::new(secs(10)) + Ramp::over(secs(5)) + Constant::new(30, secs(0.5));
        assert_eq!(
            shown(chain),
            ["nothing 0 0 Some(10.0)", "ramp 0 → 30 10 Some(15.0)", "constant 30 15 Some(15.5)"]
        );
        assert_eq!(shown(7), ["constant 7 0 None"]);
        assert_eq!(shown(volume_fn(|_, _| 5)), ["own known only as it runs 0 None"]);
    }

    #[test]
    fn single_journeys_are_told_by_their_moments() {
        let at = |seconds: &[u64]| -> Vec<_> {
            let due: Vec<_> = seconds.iter().map(|s| Duration::from_secs(*s)).collect();
            of_tickets(&due).iter().map(|p| (p.from.as_secs(), p.text.clone())).collect()
        };
        assert_eq!(at(&[0, 5, 5]), [(0, "1 journey".into()), (5, "2 journeys".into())]);
        let many: Vec<u64> = (0..25).collect();
        assert_eq!((at(&many).len(), &*at(&many)[20].1), (21, "5 journeys more"));
    }
}
