//! Sharing out: journeys over runners, scarce things over those who want them.

/// How many of `volume` journeys of the line with index `line` belong to
/// runner `i` of `n`. Grows with `volume` for every runner, so that a change
/// of volume moves no journey from one runner to another; lines begin at
/// different runners, so that the odd ones do not pile up on the first.
pub(super) fn share(volume: u32, i: usize, n: usize, line: usize) -> u32 {
    let (n, place) = (n as u64, place(i, n, line) as u64);
    ((u64::from(volume) + n - 1 - place) / n) as u32
}

/// Where runner `i` of `n` stands in the round in which journeys of `line` are
/// dealt out: journey k goes to the runner whose place is k mod n.
pub(super) fn place(i: usize, n: usize, line: usize) -> usize {
    (i + n - line % n) % n
}

/// Max-min fair shares of `total` for those who want at most `wants`: nobody gets less
/// so that another who already has more gets more. Who has one more than others, where
/// it does not divide evenly, changes with `turn`.
pub(super) fn max_min(total: u64, wants: &[u64], turn: u64) -> Vec<u64> {
    let n = wants.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_key(|&i| wants[i]);
    let mut parts = wants.to_vec();
    let mut left = total;
    for (served, &i) in order.iter().enumerate() {
        let waiting = (n - served) as u64;
        let level = left / waiting;
        if wants[i] <= level {
            left -= wants[i];
            continue;
        }
        // From here on everybody wants more than there is for each.
        let mut odd = left % waiting;
        let first = (turn % n as u64) as usize;
        for i in (first..n).chain(0..first).filter(|&i| wants[i] > level) {
            parts[i] = level + odd.min(1);
            odd -= odd.min(1);
        }
        break;
    }
    parts
}

/// `total` in proportion to `weights`, in whole numbers by largest remainder;
/// everybody gets all that was wanted if `total` is enough.
pub(super) fn proportional(total: u64, weights: &[u32]) -> Vec<u32> {
    let sum: u64 = weights.iter().copied().map(u64::from).sum();
    if sum <= total {
        return weights.to_vec();
    }
    let exact = |w: u32| u128::from(total) * u128::from(w);
    let mut parts: Vec<u32> =
        weights.iter().map(|&w| (exact(w) / u128::from(sum)) as u32).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(exact(weights[i]) % u128::from(sum)));
    let given: u64 = parts.iter().copied().map(u64::from).sum();
    for &i in order.iter().take((total - given) as usize) {
        parts[i] += 1;
    }
    parts
}

/// Levels by line and runner (`[line][runner]`) for these `volumes`, with at
/// most `cap` journeys on a runner: each runner's share, and what is too much
/// for one goes to those with room. `None` if the cap is not felt, so that
/// every level is the plain [`share`].
pub(super) fn capped(volumes: &[u32], full: &[u32], n: usize, cap: u32) -> Option<Vec<Vec<u32>>> {
    let shares = |volumes: &[u32]| -> Vec<Vec<u32>> {
        let line = |(s, &v): (usize, &u32)| (0..n).map(|i| share(v, i, n, s)).collect();
        volumes.iter().enumerate().map(line).collect()
    };
    let load = |levels: &[Vec<u32>], i: usize| levels.iter().map(|l| u64::from(l[i])).sum::<u64>();
    let cap = u64::from(cap);
    let all = shares(full);
    if (0..n).all(|i| load(&all, i) <= cap) {
        return None;
    }
    let mut levels = shares(&proportional(cap * n as u64, volumes));
    for i in 0..n {
        while load(&levels, i) > cap {
            let most = (0..levels.len()).max_by_key(|&s| (levels[s][i], s));
            let least = (0..n).min_by_key(|&r| (load(&levels, r), r));
            let (Some(s), Some(r)) = (most, least) else { break };
            levels[s][i] -= 1;
            levels[s][r] += 1;
        }
    }
    Some(levels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_differ_by_one_at_most_and_grow_with_the_volume() {
        let of = |v, n, s| (0..n).map(|i| share(v, i, n, s)).collect::<Vec<_>>();
        assert_eq!(of(10, 3, 0), [4, 3, 3]);
        assert_eq!(of(10, 3, 1), [3, 4, 3]);
        assert_eq!(of(14, 3, 0), [5, 5, 4]);
        assert_eq!(of(u32::MAX, 1, 7), [u32::MAX]);
        for n in 1..6 {
            for s in 0..7 {
                for v in 0..40 {
                    let (now, next) = (of(v, n, s), of(v + 1, n, s));
                    assert_eq!(now.iter().sum::<u32>(), v);
                    let owner = (0..n).find(|&i| place(i, n, s) == v as usize % n).unwrap();
                    for i in 0..n {
                        assert_eq!(next[i] - now[i], u32::from(i == owner), "{v} {n} {s} {i}");
                    }
                }
            }
        }
    }

    #[test]
    fn scarce_things_are_shared_max_min() {
        assert_eq!(max_min(5, &[5, 5], 0), [3, 2]);
        assert_eq!(max_min(5, &[5, 5], 7), [2, 3]);
        assert_eq!(max_min(2, &[9, 5, 7], 4), [0, 1, 1]);
        assert_eq!(max_min(9, &[9, 0, 7], 2), [4, 0, 5]);
        assert_eq!(max_min(10, &[2, 100, 100], 0), [2, 4, 4]);
        assert_eq!(max_min(100, &[2, 3], 0), [2, 3]);
        assert_eq!(max_min(1, &[1, 1, 1], 5), [0, 0, 1]);
        assert_eq!(max_min(3, &[], 0), Vec::<u64>::new());
    }

    #[test]
    fn proportional_parts_are_whole_and_complete() {
        assert_eq!(proportional(10, &[30, 10]), [8, 2]);
        assert_eq!(proportional(50, &[30, 10]), [30, 10]);
        assert_eq!(proportional(1, &[1, 1, 1]), [1, 0, 0]);
    }

    #[test]
    fn a_cap_holds_on_every_runner_and_loses_no_more_than_it_must() {
        assert_eq!(capped(&[10, 2], &[10, 2], 3, 4), None);
        for n in 1..5 {
            for cap in 0..12 {
                for volumes in [[10, 3, 1], [0, 0, 50], [7, 7, 7], [1, 1, 1], [2, 30, 2]] {
                    let levels = capped(&volumes, &volumes, n, cap).unwrap_or_else(|| {
                        (0..3)
                            .map(|s| (0..n).map(|i| share(volumes[s], i, n, s)).collect())
                            .collect()
                    });
                    for i in 0..n {
                        assert!(levels.iter().map(|l| l[i]).sum::<u32>() <= cap);
                    }
                    let held: u32 = levels.iter().flatten().sum();
                    assert_eq!(held, volumes.iter().sum::<u32>().min(cap * n as u32));
                }
            }
        }
    }
}
