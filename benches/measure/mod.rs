//! Times a piece of work; or, with `--count N`, just does it N times, for a tool
//! that counts instructions (see `benches/instructions`).

use std::hint::black_box;
use std::time::{Duration, Instant};

const SAMPLES: usize = 21;
const SAMPLE: Duration = Duration::from_millis(20);

/// What the command line asks for.
pub(crate) struct Bench {
    count: Option<u64>,
    only: Option<String>,
}

impl Bench {
    /// Reads `[NAME] [--count N]`; what cargo adds is passed over.
    pub(crate) fn from_args() -> Self {
        let mut bench = Self { count: None, only: None };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            match &*arg {
                "--bench" => {}
                "--count" => bench.count = args.next().and_then(|n| n.parse().ok()),
                name => bench.only = Some(name.to_owned()),
            }
        }
        bench
    }

    /// Measures `work` under this name.
    pub(crate) fn run<T>(&self, name: &str, mut work: impl FnMut() -> T) {
        if self.only.as_ref().is_some_and(|only| only != name) {
            return;
        }
        if let Some(count) = self.count {
            for _ in 0..count {
                black_box(work());
            }
            return;
        }
        let mut time = |n: u64| {
            let start = Instant::now();
            for _ in 0..n {
                black_box(work());
            }
            start.elapsed()
        };
        let mut n = 1;
        while time(n) < SAMPLE / 2 {
            n *= 2;
        }
        let mut samples: Vec<f64> =
            (0..SAMPLES).map(|_| time(n).as_nanos() as f64 / n as f64).collect();
        samples.sort_by(f64::total_cmp);
        let (least, median) = (samples[0], samples[SAMPLES / 2]);
        println!("{name:40} {median:10.1} ns  (least {least:.1}, {SAMPLES} x {n})");
    }
}
