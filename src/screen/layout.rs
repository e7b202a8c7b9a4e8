//! Where each panel stands.

use super::panels::Panel;

/// The smallest screen.
pub(super) const LEAST: (usize, usize) = (60, 16);

/// From here on panels stand beside each other, in frames.
const LARGE: (usize, usize) = (120, 36);

/// Where a panel stands. One with a frame has its heading in its first row, and a bar at
/// both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) panel: Panel,
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) columns: usize,
    pub(super) rows: usize,
    pub(super) is_framed: bool,
}

/// The places on a screen of so many columns and rows; `wants` says how many rows a panel
/// could fill.
pub(super) fn main((columns, rows): (usize, usize), wants: impl Fn(Panel) -> usize) -> Vec<Place> {
    match columns >= LARGE.0 && rows >= LARGE.1 {
        true => large(columns, rows, wants),
        false => small(columns, rows, wants),
    }
}

/// A page between the title and the keys.
pub(super) fn page(panel: Panel, (columns, rows): (usize, usize)) -> Vec<Place> {
    let place = |panel, y, rows| Place { panel, x: 0, y, columns, rows, is_framed: false };
    vec![
        place(Panel::Title, 0, 1),
        place(panel, 1, rows.saturating_sub(2)),
        place(Panel::Keys, rows.saturating_sub(1), 1),
    ]
}

/// Panels in order of importance that may be left out: the rows that each has at least,
/// and how many it may have before the next round of giving.
const OPTIONAL: [(Panel, usize, usize); 6] = [
    (Panel::HeatMap, 4, 7),
    (Panel::Transactions, 3, 5),
    (Panel::Errors, 2, 3),
    (Panel::Generator, 1, 1),
    (Panel::Limits, 1, 1),
    (Panel::Log, 1, 1),
];

const ABOVE: [Panel; 5] = [Panel::Title, Panel::Progress, Panel::Load, Panel::Rate, Panel::Times];

fn small(columns: usize, rows: usize, wants: impl Fn(Panel) -> usize) -> Vec<Place> {
    let mut left = rows.saturating_sub(ABOVE.len() + 1);
    let mut given = [0; OPTIONAL.len()];
    for (given, (_, least, _)) in given.iter_mut().zip(OPTIONAL) {
        // What stands below one that has no room has none either.
        if left < least {
            break;
        }
        *given = least;
        left -= least;
    }
    let mut give = |at: usize, most: usize, left: &mut usize| {
        let (panel, ..) = OPTIONAL[at];
        if given[at] > 0 {
            let more = most.saturating_sub(given[at]).min(*left);
            let more = if panel == Panel::HeatMap {
                more
            } else {
                more.min(wants(panel).saturating_sub(given[at]))
            };
            given[at] += more;
            *left -= more;
        }
    };
    for (at, (_, _, most)) in OPTIONAL.into_iter().enumerate() {
        give(at, most, &mut left);
    }
    // A screen that is larger: the heat map first, then rows.
    for (at, most) in [(0, 10), (1, 12), (2, 6), (4, 4), (5, 4), (1, 99), (2, 99), (0, 99)] {
        give(at, most, &mut left);
    }
    let all = ABOVE.into_iter().map(|panel| (panel, 1));
    let all = all.chain(OPTIONAL.into_iter().zip(given).map(|((panel, ..), rows)| (panel, rows)));
    let mut y = 0;
    let mut places = Vec::new();
    for (panel, rows) in all.filter(|(_, rows)| *rows > 0) {
        places.push(Place { panel, x: 0, y, columns, rows, is_framed: false });
        y += rows;
    }
    let y = rows.saturating_sub(1);
    places.push(Place { panel: Panel::Keys, x: 0, y, columns, rows: 1, is_framed: false });
    places
}

fn large(columns: usize, rows: usize, wants: impl Fn(Panel) -> usize) -> Vec<Place> {
    const LOAD: usize = 6;
    // Title, progress, times and keys; five headings of frames but that of the load.
    let fixed = 5 + LOAD + 4;
    let mut left = rows - fixed;
    let mut take = |wanted: usize| {
        let given = wanted.min(left);
        left -= given;
        given
    };
    let mut heat = take(10);
    let mut below = take(wants(Panel::Errors).max(1 + wants(Panel::Limits)).clamp(3, 5));
    let log = take(wants(Panel::Log).clamp(1, 5));
    let transactions = take(wants(Panel::Transactions).max(6));
    below += take(wants(Panel::Errors).saturating_sub(below));
    heat += take(usize::MAX);
    let place =
        |panel, (x, columns), y, rows| Place { panel, x, y, columns, rows, is_framed: true };
    let whole = (0, columns);
    let beside = |part: usize| {
        let first = columns * part / 100;
        // Both have the bar between them.
        [(0, first), (first - 1, columns - first + 1)]
    };
    let bare = |panel, y| Place { panel, x: 0, y, columns, rows: 1, is_framed: false };
    let (top, map, lower) = (beside(42), beside(66), beside(34));
    let mut y = 2;
    let mut at = |rows: usize| {
        let here = y;
        y += rows;
        here
    };
    let mut places = vec![bare(Panel::Title, 0), bare(Panel::Progress, 1)];
    let here = at(LOAD);
    places.push(place(Panel::Load, top[0], here, LOAD));
    places.push(place(Panel::Rate, top[1], here, LOAD));
    let here = at(heat + 1);
    places.push(place(Panel::HeatMap, map[0], here, heat + 1));
    places.push(place(Panel::Spectrum, map[1], here, heat + 1));
    places.push(bare(Panel::Times, at(1)));
    places.push(place(Panel::Transactions, whole, at(transactions + 1), transactions + 1));
    let here = at(below + 1);
    places.push(place(Panel::Limits, lower[0], here, below + 1));
    places.push(place(Panel::Errors, lower[1], here, below + 1));
    places.push(place(Panel::Log, whole, at(log + 1), log + 1));
    places.push(bare(Panel::Generator, at(1)));
    places.push(bare(Panel::Keys, rows - 1));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows_of(places: &[Place]) -> Vec<(Panel, usize)> {
        places.iter().map(|place| (place.panel, place.rows)).collect()
    }

    #[test]
    fn of_a_small_screen_the_least_important_panels_go_first() {
        let wants = |_| 9;
        let optional = |rows| rows_of(&main((80, rows), wants))[5..].to_vec();
        assert_eq!(
            optional(24),
            [
                (Panel::HeatMap, 7),
                (Panel::Transactions, 5),
                (Panel::Errors, 3),
                (Panel::Generator, 1),
                (Panel::Limits, 1),
                (Panel::Log, 1),
                (Panel::Keys, 1),
            ]
        );
        assert_eq!(
            optional(16),
            [
                (Panel::HeatMap, 4),
                (Panel::Transactions, 3),
                (Panel::Errors, 2),
                (Panel::Generator, 1),
                (Panel::Keys, 1),
            ]
        );
    }

    #[test]
    fn no_two_panels_share_a_place_and_none_stands_outside() {
        for (columns, rows) in (60..=200).flat_map(|c| (16..=70).map(move |r| (c, r))) {
            for wanted in [1, 4, 40] {
                let places = main((columns, rows), |_| wanted);
                let mut taken = vec![0u8; columns * rows];
                for place in &places {
                    assert!(place.rows > 0 && place.x + place.columns <= columns, "{place:?}");
                    assert!(place.y + place.rows <= rows, "{columns}x{rows}: {place:?}");
                    let inner = usize::from(place.is_framed);
                    for y in place.y + inner..place.y + place.rows {
                        for x in place.x + inner..place.x + place.columns - inner {
                            taken[y * columns + x] += 1;
                        }
                    }
                }
                assert!(taken.iter().all(|n| *n <= 1), "{columns}x{rows}");
            }
        }
    }
}
