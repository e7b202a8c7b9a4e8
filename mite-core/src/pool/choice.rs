//! Which of several comes next, so that each comes as often as its weight says.

/// A low-discrepancy sequence: after any number of steps from its beginning, each of its
/// members was chosen as often as its weight says, to less than one. Tijdeman's solution of
/// the chairman assignment problem (1980), in integers.
///
/// ```
/// use mite::pool::Choice;
/// let mut choice = Choice::new(vec![7, 2, 1]);
/// let chosen: Vec<_> = (0..10).map_while(|_| choice.take()).collect();
/// assert_eq!(chosen, [0, 0, 1, 0, 0, 2, 0, 0, 1, 0]);
/// ```
#[derive(Clone, Debug)]
#[doc(hidden)]
pub struct Choice {
    weights: Vec<u64>,
    sum: u64,
    /// How often each was chosen since the sequence began anew, and all of them.
    counts: Vec<u64>,
    steps: u64,
}

/// A place in the sequence up to here is reached step by step.
const STEPS: u64 = 1 << 14;

/// Weights are whole numbers up to about this.
const FINEST: f64 = 1e9;

impl Choice {
    /// Of members with these weights; one of 0 is never chosen.
    pub fn new(weights: Vec<u64>) -> Self {
        let (sum, counts) = (weights.iter().sum(), vec![0; weights.len()]);
        Self { weights, sum, counts, steps: 0 }
    }

    /// The same, begun at a place of the sequence: 0 is its beginning, 0.5 its middle.
    pub fn begun_at(mut self, place: f64) -> Self {
        let place = ((place.fract() * self.sum as f64) as u64).min(self.sum.saturating_sub(1));
        if place <= STEPS {
            (0..place).for_each(|_| _ = self.take());
        } else {
            self.leap(place);
        }
        self
    }

    /// Begins after so many steps, with what each has come by then: its share rounded down,
    /// and one more for those who have the most left over.
    fn leap(&mut self, steps: u64) {
        let (sum, all) = (u128::from(self.sum), u128::from(steps));
        let share = |weight: &u64| (all * u128::from(*weight) / sum) as u64;
        self.counts = self.weights.iter().map(share).collect();
        let left_over = |i: &usize| all * u128::from(self.weights[*i]) % sum;
        let mut members: Vec<usize> = (0..self.weights.len()).collect();
        members.sort_by_key(|i| std::cmp::Reverse(left_over(i)));
        let missing = steps - self.counts.iter().sum::<u64>();
        members.iter().take(missing as usize).for_each(|&i| self.counts[i] += 1);
        self.steps = steps;
    }

    /// The next, which is chosen thereby; none if nobody is left.
    pub fn take(&mut self) -> Option<usize> {
        let next = self.next()?;
        self.choose(next);
        Some(next)
    }

    /// The next, if it is chosen.
    pub fn next(&self) -> Option<usize> {
        let of = |i: usize| (self.weights[i] > 0).then_some(i);
        let all = (0..self.weights.len()).filter_map(of);
        let members = all.clone().count() as i128;
        if members < 2 {
            return all.clone().next();
        }
        let parts = 2 * members - 2;
        let (steps, sum) = (i128::from(self.steps) + 1, i128::from(self.sum));
        let numbers = |i: usize| (i128::from(self.weights[i]), i128::from(self.counts[i]));
        // Who has fallen behind by so much that it may come, and of these who must come first.
        let may_come = |i: &usize| {
            let (weight, count) = numbers(*i);
            (steps * weight - count * sum) * parts >= sum
        };
        let latest = |i: usize| {
            let (weight, count) = numbers(i);
            ((count + 1) * parts - 1, weight)
        };
        let sooner = |a: &usize, b: &usize| {
            let ((a, of_a), (b, of_b)) = (latest(*a), latest(*b));
            (a * of_b).cmp(&(b * of_a))
        };
        all.clone().filter(may_come).min_by(sooner).or_else(|| all.clone().min_by(sooner))
    }

    /// Whether it is chosen at all.
    pub fn has(&self, member: usize) -> bool {
        self.weights[member] > 0
    }

    /// Counts a choice.
    pub fn choose(&mut self, member: usize) {
        self.counts[member] += 1;
        self.steps += 1;
        if self.steps == self.sum {
            self.begin();
        }
    }

    /// Chooses it no more; the others come by their weights among themselves.
    pub fn remove(&mut self, member: usize) {
        self.sum -= std::mem::take(&mut self.weights[member]);
        self.begin();
    }

    fn begin(&mut self) {
        self.counts.fill(0);
        self.steps = 0;
    }
}

/// Where runner `runner` begins a sequence that all runners share: as far from the others'
/// places as can be, however many there are (multiples of the golden ratio).
pub(crate) fn place_of(seed: f64, runner: u32) -> f64 {
    (seed + f64::from(runner) * 0.618_033_988_749_895).fract()
}

/// Weights as whole numbers, in lowest terms: as they are, or to nine digits of the
/// largest.
pub(crate) fn whole(weights: &[f64]) -> Vec<u64> {
    let is_whole = |scale: f64| {
        weights.iter().all(|w| {
            let scaled = w * scale;
            scaled <= FINEST && (scaled - scaled.round()).abs() <= 1e-9 * scaled
        })
    };
    let largest = weights.iter().copied().fold(0.0, f64::max);
    let tens = (0..=6).map(|digits| 10f64.powi(digits)).find(|scale| is_whole(*scale));
    let scale = tens.unwrap_or(FINEST / largest);
    let scaled: Vec<u64> = weights.iter().map(|w| ((w * scale).round() as u64).max(1)).collect();
    let divisor = scaled.iter().fold(0, |a, &b| gcd(a, b)).max(1);
    scaled.into_iter().map(|w| w / divisor).collect()
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often each of `weights` was chosen in so many steps.
    fn counts(choice: &mut Choice, steps: u64) -> Vec<u64> {
        let mut counts = vec![0; choice.weights.len()];
        (0..steps).for_each(|_| counts[choice.take().expect("one is left")] += 1);
        counts
    }

    #[test]
    fn each_comes_as_often_as_it_weighs_to_less_than_one() {
        for seed in 0..200 {
            let mut rng = fastrand::Rng::with_seed(seed);
            let weights: Vec<u64> = (0..rng.usize(1..9)).map(|_| rng.u64(1..100)).collect();
            let sum: u64 = weights.iter().sum();
            let (mut choice, mut counts) =
                (Choice::new(weights.clone()), vec![0u64; weights.len()]);
            for step in 1..=3 * sum {
                counts[choice.take().expect("one is left")] += 1;
                for (weight, count) in weights.iter().zip(&counts) {
                    let off = (step * weight).abs_diff(count * sum);
                    assert!(off < sum, "{weights:?} after {step}: {counts:?}");
                }
            }
            let expected: Vec<u64> = weights.iter().map(|weight| weight * 3).collect();
            assert_eq!(counts, expected);
        }
    }

    #[test]
    fn wherever_it_begins_a_whole_turn_has_the_weights() {
        for place in 0..100 {
            let mut choice = Choice::new(vec![70, 20, 10]).begun_at(f64::from(place) / 100.0);
            assert_eq!(counts(&mut choice, 300), [210, 60, 30], "{place} %");
        }
        let first = |place| Choice::new(vec![1, 1]).begun_at(place).take();
        assert_eq!((first(0.0), first(0.5)), (Some(0), Some(1)));
    }

    #[test]
    fn places_far_away_are_reached_without_a_walk() {
        for seed in 0..200 {
            let mut rng = fastrand::Rng::with_seed(seed);
            let weights: Vec<u64> =
                (0..rng.usize(2..6)).map(|_| rng.u64(100_000..400_000_000)).collect();
            let sum: u64 = weights.iter().sum();
            let mut choice = Choice::new(weights.clone()).begun_at(0.1 + 0.8 * rng.f64());
            let mut came = vec![0u64; weights.len()];
            for step in 1..=2_000u64 {
                came[choice.take().expect("one is left")] += 1;
                for (weight, count) in weights.iter().zip(&came) {
                    let share = step as f64 * *weight as f64 / sum as f64;
                    // Less than one at either end.
                    assert!(
                        (share - *count as f64).abs() < 2.0,
                        "{weights:?} after {step}: {came:?}"
                    );
                }
            }
        }
    }

    /// How often each comes in so many steps on each of `runners`.
    fn together(weights: &[u64], seed: f64, runners: u32, steps: u64) -> Vec<u64> {
        let mut all = vec![0; weights.len()];
        for runner in 1..=runners {
            let mut choice = Choice::new(weights.to_vec()).begun_at(place_of(seed, runner));
            all.iter_mut().zip(counts(&mut choice, steps)).for_each(|(all, n)| *all += n);
        }
        all
    }

    #[test]
    fn what_few_start_each_has_the_weights_together() {
        let mut none = 0;
        for seed in 0..300 {
            let seed = f64::from(seed) / 300.0;
            let rare = together(&[7, 2, 1], seed, 8, 5)[2];
            assert!((2..=6).contains(&rare), "{rare} of 40 for a tenth");
            let rare = together(&[999, 1], seed, 16, 60)[1];
            assert!(rare <= 2, "{rare} of 960 for a thousandth");
            none += u32::from(rare == 0);
            // Weights without a small common measure.
            let thirds = together(&whole(&[0.333_333_3, 0.333_333_3, 0.333_334_1]), seed, 16, 5);
            thirds.iter().for_each(|n| assert!((24..=30).contains(n), "{thirds:?}"));
        }
        assert!(none < 60, "in {none} of 300 runs the rare one did not come");
    }

    #[test]
    fn who_is_removed_comes_no_more_and_the_others_by_their_weights() {
        let mut choice = Choice::new(vec![5, 2, 1]);
        counts(&mut choice, 3);
        choice.remove(0);
        assert_eq!(counts(&mut choice, 300), [0, 200, 100]);
        choice.remove(2);
        assert_eq!(counts(&mut choice, 7), [0, 7, 0]);
        choice.remove(1);
        assert_eq!(choice.take(), None);
    }

    #[test]
    fn weights_are_brought_to_whole_numbers() {
        assert_eq!(whole(&[70.0, 20.0, 10.0]), [7, 2, 1]);
        assert_eq!(whole(&[0.5, 0.25]), [2, 1]);
        assert_eq!(whole(&[12.5, 0.1]), [125, 1]);
        assert_eq!(whole(&[3.0]), [1]);
        let thirds = whole(&[1.0 / 3.0, 1.0]);
        assert!((thirds[1] as f64 / thirds[0] as f64 - 3.0).abs() < 1e-7, "{thirds:?}");
        assert_eq!(whole(&[1e-30, 1.0])[0], 1, "what weighs anything is chosen");
        assert_eq!(whole(&[1e300, 1e300]), [1, 1]);
    }
}
