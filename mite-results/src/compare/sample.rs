//! What the windows of a run say of one series.

/// Counts of one window by bucket: bucket `first`, and those that follow.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Row {
    pub(super) first: i32,
    pub(super) counts: Vec<u64>,
}

/// A bucket of the histogram of all windows. Counts need not be whole: they may
/// be a share of a wider bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bucket {
    pub(super) low_us: f64,
    pub(super) width_us: f64,
    pub(super) count: f64,
}

/// One series of one run over the compared stretch: entry j of each list is of
/// window j.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sample {
    /// Seconds.
    pub(super) lengths: Vec<f64>,
    pub(super) counts: Vec<f64>,
    pub(super) failed: Vec<f64>,
    /// Sums of times in seconds, if the file has them.
    pub(super) sums: Option<Vec<f64>>,
    pub(super) rows: Vec<Row>,
    /// Of all windows, finer than the rows.
    pub(super) total: Vec<Bucket>,
}

impl Sample {
    /// How many samples.
    pub(super) fn n(&self) -> f64 {
        self.counts.iter().sum()
    }

    /// How long.
    pub(super) fn length(&self) -> f64 {
        self.lengths.iter().sum()
    }

    /// The `p` quantile in seconds, linear inside a bucket. There are samples.
    pub(super) fn quantile(&self, p: f64) -> f64 {
        let goal = p.clamp(0.0, 1.0) * self.n();
        let (mut below, mut end) = (0.0, 0.0);
        for bucket in self.total.iter().filter(|bucket| bucket.count > 0.0) {
            end = bucket.low_us + bucket.width_us;
            if below + bucket.count >= goal {
                let share = ((goal - below) / bucket.count).clamp(0.0, 1.0);
                return (bucket.low_us + bucket.width_us * share).max(0.5) * 1e-6;
            }
            below += bucket.count;
        }
        end * 1e-6
    }

    /// How many samples of each window are below the `p` quantile of all windows'
    /// own buckets. They add up to p times all samples.
    pub(super) fn below(&self, p: f64) -> Vec<f64> {
        let (first, tot) = self.by_bucket();
        let goal = p * self.n();
        let mut below = 0.0;
        let mut at = (first, 1.0);
        for (i, count) in (first..).zip(tot).filter(|(_, count)| *count > 0.0) {
            at = (i, ((goal - below) / count).clamp(0.0, 1.0));
            if below + count >= goal {
                break;
            }
            below += count;
        }
        let (bucket, share) = at;
        let of_row = |row: &Row| {
            let whole = usize::try_from(bucket - row.first).map_or(0, |k| k.min(row.counts.len()));
            let sum = row.counts[..whole].iter().sum::<u64>() as f64;
            let part = usize::try_from(bucket - row.first).ok().and_then(|k| row.counts.get(k));
            sum + share * part.copied().unwrap_or(0) as f64
        };
        self.rows.iter().map(of_row).collect()
    }

    /// For each window, the sum over its samples of how far their rank among all
    /// lies from the middle: one series that sees any drift.
    pub(super) fn rank_scores(&self) -> Vec<f64> {
        let (first, tot) = self.by_bucket();
        let (n, mut below) = (self.n(), 0.0);
        let middles: Vec<f64> = tot
            .iter()
            .map(|count| {
                let middle = (below + count / 2.0) / n - 0.5;
                below += count;
                middle
            })
            .collect();
        let of_row = |row: &Row| {
            let counts = row.counts.iter().enumerate().filter(|(_, n)| **n > 0);
            let score =
                |(k, n): (usize, &u64)| *n as f64 * middles[(row.first - first) as usize + k];
            counts.map(score).sum()
        };
        self.rows.iter().map(of_row).collect()
    }

    /// The sum of all rows, from the first bucket that any has.
    fn by_bucket(&self) -> (i32, Vec<f64>) {
        let rows = || self.rows.iter().filter(|row| !row.counts.is_empty());
        let first = rows().map(|row| row.first).min().unwrap_or(0);
        let end = rows().map(|row| row.first + row.counts.len() as i32).max().unwrap_or(0);
        let mut tot = vec![0.0; (end - first) as usize];
        for row in rows() {
            for (k, n) in row.counts.iter().enumerate() {
                tot[(row.first - first) as usize + k] += *n as f64;
            }
        }
        (first, tot)
    }
}
