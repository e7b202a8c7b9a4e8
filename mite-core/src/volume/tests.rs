//! Chains, as the builder takes them.

use std::panic::Location;

use super::*;

/// Volumes at the beginning of one-second windows; none once it has stopped.
fn at<M>(model: impl IntoVolume<M>, times: &[u32]) -> Vec<Option<f64>> {
    let volume = model.into_volume(Location::caller());
    assert_eq!(volume.mistakes, []);
    let VolumeKind::Level(mut model) = volume.kind else { panic!("not a level") };
    times.iter().map(|t| model.volume(secs(*t), secs(*t + 1)).ok()).collect()
}

/// The pieces of a window, in seconds: start, end, from, to.
fn pieces(model: &mut impl VolumeModel, start: f64, end: f64) -> Option<Vec<[f64; 4]>> {
    let pieces = model.pieces(secs(start), secs(end)).ok()?;
    let seconds = |p: &Piece| [p.start.as_secs_f64(), p.end.as_secs_f64(), p.from, p.to];
    Some(pieces.iter().map(seconds).collect())
}

fn mistakes<M>(model: impl IntoVolume<M>) -> Vec<String> {
    let volume = model.into_volume(Location::caller());
    volume.mistakes.into_iter().map(|m| m.text).collect()
}

#[test]
fn one_after_another() {
    let chain = Nothing::new(secs(10)) + Constant::new(1, secs(10));
    assert_eq!(
        at(chain, &[1, 9, 10, 19, 20, 21]),
        [Some(0.0), Some(0.0), Some(1.0), Some(1.0), None, None]
    );
}

#[test]
fn a_ramp_goes_from_neighbour_to_neighbour() {
    let chain = Nothing::new(secs(10)) + Ramp::over(secs(10)) + Constant::new(2, secs(10));
    let expected = [Some(0.0), Some(0.0), Some(1.0), Some(2.0), None];
    assert_eq!(at(chain, &[1, 10, 15, 20, 30]), expected);
    let nested = Nothing::new(secs(10)) + (Ramp::over(secs(10)) + Constant::new(2, secs(10)));
    assert_eq!(nested.duration(), Some(secs(30)));
    assert_eq!(at(nested, &[1, 10, 15, 20, 30]), expected);
}

#[test]
fn ramps_may_begin_and_end_a_chain() {
    let down = Constant::new(2, secs(10)) + Ramp::over(secs(10)).to(0);
    assert_eq!(at(down, &[1, 10, 15, 20]), [Some(2.0), Some(2.0), Some(1.0), None]);
    let up = Ramp::over(secs(10)).from(0) + Constant::new(2, secs(10));
    assert_eq!(at(up, &[0, 5, 10, 19, 20]), [Some(0.0), Some(1.0), Some(2.0), Some(2.0), None]);
}

#[test]
fn windows_shorter_than_a_second_and_parts_of_no_length() {
    let mut chain = Constant::new(4, secs(0.5))
        + Ramp::over(secs(0)).to(8)
        + Ramp::over(secs(0.5))
        + Constant::new(0, secs(0))
        + Constant::new(3, secs(0.25));
    assert_eq!(chain.mistakes(), []);
    assert_eq!(chain.duration(), Some(secs(1.25)));
    let mut at = |t: f64| chain.volume(secs(t), secs(t + 0.1)).ok();
    assert_eq!([at(0.0), at(0.5), at(0.75)], [Some(4.0), Some(8.0), Some(4.0)]);
    assert_eq!([at(1.0), at(1.25)], [Some(3.0), None]);
}

#[test]
fn explicit_ends_that_match_are_fine() {
    let chain = Constant::new(2, secs(10))
        + Ramp::over(secs(10)).from(2).to(6)
        + Ramp::over(secs(10)).from(6).to(0)
        + Nothing::new(secs(1));
    assert_eq!(
        at(chain, &[10, 15, 20, 25, 30]),
        [Some(2.0), Some(4.0), Some(6.0), Some(3.0), Some(0.0)]
    );
    let ramps = Ramp::over(secs(10)).from(0).to(10) + Ramp::over(secs(10)).to(0);
    assert_eq!(at(ramps, &[5, 15, 20]), [Some(5.0), Some(5.0), None]);
    let ramps = Ramp::over(secs(10)).from(0) + Ramp::over(secs(10)).from(10).to(0);
    assert_eq!(at(ramps, &[5, 15]), [Some(5.0), Some(5.0)]);
}

#[test]
fn ends_that_nobody_says() {
    assert_eq!(
        mistakes(Ramp::over(secs(5)) + Constant::new(1, secs(5))),
        ["a first ramp needs `.from(n)`: there is nothing before it to begin at"]
    );
    assert_eq!(
        mistakes(Constant::new(1, secs(5)) + Ramp::over(secs(5))),
        ["a last ramp needs `.to(n)`: there is nothing after it to arrive at"]
    );
    let two = Nothing::new(secs(1)) + Ramp::over(secs(5)) + Ramp::over(secs(5)).to(1);
    assert_eq!(
        mistakes(two),
        [
            "two ramps with no value between them: give this one `.from(n)`, or the one before it `.to(n)`"
        ]
    );
}

#[test]
fn ends_that_contradict_their_neighbours() {
    let from = Constant::new(1, secs(5)) + Ramp::over(secs(5)).from(3).to(9);
    assert_eq!(
        mistakes(from),
        [
            "this ramp begins `.from(3)`, but what is before it ends at 1: leave out `.from`, or make them equal"
        ]
    );
    let to = Ramp::over(secs(5)).from(0).to(9.5) + Constant::new(1, secs(5));
    assert_eq!(
        mistakes(to),
        [
            "this ramp arrives `.to(9.5)`, but what is after it begins at 1: leave out `.to`, or make them equal"
        ]
    );
    let ramps = Ramp::over(secs(5)).from(0).to(9) + Ramp::over(secs(5)).from(8).to(0);
    assert_eq!(
        mistakes(ramps),
        [
            "this ramp begins `.from(8)`, but what is before it ends at 9: leave out `.from`, or make them equal"
        ]
    );
}

#[test]
fn all_mistakes_come_together_each_with_its_line() {
    let first = line!() + 1;
    let chain = Ramp::over(secs(5))
        + Constant::new(-1, secs(5))
        + Constant::new(f32::INFINITY, secs(5))
        + Ramp::over(secs(5)).to(-2.5);
    let volume = chain.into_volume(Location::caller());
    let found: Vec<_> =
        volume.mistakes.iter().map(|m| (m.place.line - first, m.text.as_str())).collect();
    assert_eq!(
        found,
        [
            (0, "a first ramp needs `.from(n)`: there is nothing before it to begin at"),
            (1, "the volume is -1; journeys at once cannot be negative"),
            (2, "the volume is inf, not a number of journeys at once"),
            (3, "the volume is -2.5; journeys at once cannot be negative"),
        ]
    );
    assert_eq!(volume.mistakes[0].place.file, file!());
    assert_eq!(
        mistakes(Nothing::new(secs(0)) + Constant::new(1, secs(0))),
        ["this volume lasts no time: give it a duration, as in `secs(60)`"]
    );
}

#[test]
fn the_builder_keeps_duration_and_mistakes() {
    let volume = Constant::new(-1, secs(5)).into_volume(Location::caller());
    assert_eq!((volume.duration, volume.mistakes.len()), (Some(secs(5)), 1));
    let for_ever = Constant::new(1, Duration::MAX) + Nothing::new(secs(1));
    assert_eq!(for_ever.into_volume(Location::caller()).duration, Some(Duration::MAX));
    assert_eq!(10.into_volume(Location::caller()).duration, None);
}

#[test]
fn numbers_of_all_kinds() {
    assert_eq!(at(Constant::new(7usize, secs(10u64)), &[9, 10]), [Some(7.0), None]);
    assert_eq!(at(Ramp::over(secs(2i64)).from(0u64).to(1.5f32), &[0, 1]), [Some(0.0), Some(0.75)]);
}

#[test]
fn the_peak_is_known_where_the_volume_is() {
    fn peak<M>(model: impl IntoVolume<M>) -> Option<f64> {
        match model.into_volume(std::panic::Location::caller()).kind {
            VolumeKind::Level(model) => model.peak(),
            VolumeKind::Rate(_) | VolumeKind::Tickets(_) => None,
        }
    }
    assert_eq!(peak(50), Some(50.0));
    assert_eq!(peak(Constant::new(7, secs(1))), Some(7.0));
    assert_eq!(peak(Ramp::over(secs(5)).from(9).to(1)), Some(9.0));
    let chain =
        Ramp::over(secs(5)).from(0) + Constant::new(20, secs(5)) + Ramp::over(secs(5)).to(3);
    assert_eq!(peak(chain), Some(20.0));
    assert_eq!(peak(Nothing::new(secs(1))), Some(0.0));
    assert_eq!(peak(volume_fn(|_, _| 5)), None);
    assert_eq!(peak(Once::new()), None);
}

/// What is made of a rate, if there is nothing wrong with it.
fn rate<M>(volume: impl IntoVolume<M>) -> (Rate, Option<Duration>) {
    let volume = volume.into_volume(Location::caller());
    assert_eq!(volume.mistakes, []);
    let VolumeKind::Rate(rate) = volume.kind else { panic!("not a rate") };
    (rate, volume.duration)
}

#[test]
fn whatever_is_a_volume_is_a_rate() {
    let (mut model, duration) = rate(PerSecond(0.2));
    assert_eq!((model.model.volume(secs(0), secs(1)), duration), (Ok(0.2), None));
    assert_eq!((model.poisson, model.at_most), (false, None));
    let (model, duration) = rate(PerSecond(Constant::new(500, secs(60))).poisson());
    assert_eq!((model.poisson, model.at_most, duration), (true, None, Some(secs(60))));
    let chain = Ramp::over(secs(5)).from(0) + Constant::new(20, secs(5));
    let (model, duration) = rate(PerSecond(chain).at_most(7).poisson());
    assert_eq!((model.poisson, model.at_most, duration), (true, Some(7), Some(secs(10))));
    let (mut model, duration) = rate(PerSecond(volume_fn(|_, _| 9)).at_most(1));
    assert_eq!((model.model.volume(secs(0), secs(1)), duration), (Ok(9.0), None));
}

#[test]
fn mistakes_of_a_rate_speak_of_journeys_per_second() {
    assert_eq!(
        mistakes(PerSecond(-1)),
        ["the volume is -1; journeys per second cannot be negative"]
    );
    assert_eq!(
        mistakes(PerSecond(Constant::new(f64::NAN, secs(1))).at_most(0)),
        [
            "the volume is NaN, not a number of journeys per second",
            "`.at_most(0)` lets none in: give 1 or more",
        ]
    );
    assert_eq!(
        mistakes(PerSecond(Once::new())),
        ["`Once` is one journey, not a number of them per second: leave out `PerSecond`"]
    );
    assert_eq!(
        mistakes(PerSecond(PerSecond(5))),
        ["`PerSecond` of `PerSecond`: a rate is given once"]
    );
}

#[test]
fn a_window_has_the_pieces_of_the_chain_that_are_in_it() {
    let mut chain = Constant::new(2, secs(1.2))
        + Constant::new(30, secs(0.6))
        + Constant::new(9, secs(0))
        + Ramp::over(secs(4)).to(0);
    assert_eq!(pieces(&mut chain, 0.0, 1.0), Some(vec![[0.0, 1.0, 2.0, 2.0]]));
    assert_eq!(
        pieces(&mut chain, 1.0, 2.0),
        Some(vec![[1.0, 1.2, 2.0, 2.0], [1.2, 1.8, 30.0, 30.0], [1.8, 2.0, 9.0, 8.55]])
    );
    assert_eq!(pieces(&mut chain, 3.8, 4.8), Some(vec![[3.8, 4.8, 4.5, 2.25]]));
    assert_eq!(pieces(&mut chain, 4.8, 6.8), Some(vec![[4.8, 5.8, 2.25, 0.0]]));
    assert_eq!(pieces(&mut chain, 6.0, 7.0), None);
    assert_eq!(pieces(&mut chain, 5.8, 7.0), None);
    let for_ever = Constant::new(1, Duration::MAX) + Nothing::new(secs(1));
    assert_eq!(pieces(&mut { for_ever }, 7.0, 8.0), Some(vec![[7.0, 8.0, 1.0, 1.0]]));
}

#[test]
fn other_models_have_one_piece_in_a_window_until_they_end() {
    assert_eq!(
        pieces(&mut Constant::new(4, secs(0.5)), 0.0, 1.0),
        Some(vec![[0.0, 0.5, 4.0, 4.0]])
    );
    assert_eq!(pieces(&mut Nothing::new(secs(1.5)), 1.0, 2.0), Some(vec![[1.0, 1.5, 0.0, 0.0]]));
    let mut ramp = Ramp::over(secs(10)).from(0).to(5);
    assert_eq!(pieces(&mut ramp, 9.0, 11.0), Some(vec![[9.0, 10.0, 4.5, 5.0]]));
    assert_eq!(pieces(&mut ramp, 10.0, 11.0), None);
    let mut own =
        volume_fn(
            |start: Duration, _| {
                if start < secs(2) { Ok(start.as_secs()) } else { Err(StopVolumeModel) }
            },
        );
    assert_eq!(pieces(&mut own, 1.0, 2.0), Some(vec![[1.0, 2.0, 1.0, 1.0]]));
    assert_eq!(pieces(&mut own, 2.0, 3.0), None);
}
