//! Charts without a style sheet: SVG whose looks are attributes, so that it is seen where
//! neither scripts nor styles are allowed.

use std::fmt::Write;

use crate::escape::text;
use crate::units::{clock, three_digits, time};

pub(super) const WIDTH: f64 = 900.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 120.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 24.0;

/// A chart that is being drawn.
pub(super) struct Drawing {
    height: f64,
    /// What the left and the right end stand for.
    from: f64,
    to: f64,
    /// What the lower and the upper end stand for.
    low: f64,
    high: f64,
    is_log: bool,
    inside: String,
    /// Where names at ends of lines stand.
    names: Vec<f64>,
}

impl Drawing {
    /// Upwards are numbers from 0.
    pub(super) fn linear(height: f64, from: f64, to: f64, high: f64) -> Self {
        let high = if high > 0.0 { high } else { 1.0 };
        let mut made = Self {
            height,
            from,
            to,
            low: 0.0,
            high,
            is_log: false,
            inside: String::new(),
            names: Vec::new(),
        };
        for k in 0..=4 {
            let value = high * f64::from(k) / 4.0;
            made.mark(value, &three_digits(value));
        }
        made
    }

    /// Upwards are times, each step a multiple.
    pub(super) fn log(height: f64, from: f64, to: f64, low: f64, high: f64) -> Self {
        let low = low.max(1e-7);
        let high = high.max(low * 2.0);
        let mut made = Self {
            height,
            from,
            to,
            low,
            high,
            is_log: true,
            inside: String::new(),
            names: Vec::new(),
        };
        let exponents = (low.log10().floor() as i32)..=(high.log10().ceil() as i32);
        for tick in exponents.flat_map(|e| [10_f64.powi(e), 3.0 * 10_f64.powi(e)]) {
            if (low..=high).contains(&tick) {
                made.mark(tick, &time(tick));
            }
        }
        made
    }

    /// Labels below, at places from left to right.
    pub(super) fn below(&mut self, places: impl IntoIterator<Item = (f64, String)>) {
        let y = self.height - 8.0;
        for (at, label) in places {
            self.label(self.x(at), y, "middle", "#57606a", &label);
        }
    }

    /// The time of the run below.
    pub(super) fn clock_below(&mut self) {
        let (from, to) = (self.from, self.to);
        let places = (0..=6).map(|k| from + (to - from) * f64::from(k) / 6.0);
        self.below(places.map(|at| (at, clock(at))));
    }

    pub(super) fn x(&self, at: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * (at - self.from) / (self.to - self.from).max(1e-9)
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        let share = match self.is_log {
            true => (value.max(self.low) / self.low).ln() / (self.high / self.low).ln(),
            false => (value - self.low) / (self.high - self.low),
        };
        self.height - BOTTOM - (self.height - BOTTOM - TOP) * share
    }

    fn mark(&mut self, value: f64, label: &str) {
        let y = self.y(value);
        let _ = write!(
            self.inside,
            r##"<line x1="{LEFT}" x2="{}" y1="{y:.1}" y2="{y:.1}" stroke="#d0d7de"/>"##,
            WIDTH - RIGHT
        );
        self.label(LEFT - 6.0, y + 4.0, "end", "#57606a", label);
    }

    fn label(&mut self, x: f64, y: f64, anchor: &str, color: &str, label: &str) {
        let _ = write!(
            self.inside,
            r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" fill="{color}" font-size="12" font-family="sans-serif">{}</text>"#,
            text(label)
        );
    }

    /// A line of steps `(from, to, value)`, with its name at its end.
    pub(super) fn steps(&mut self, steps: &[(f64, f64, f64)], color: &str, dash: &str, name: &str) {
        let mut path = String::new();
        let mut last = None;
        for (from, to, value) in steps {
            let joined = last.is_some_and(|last: f64| (last - from).abs() < 1e-3);
            let (a, b, y) = (self.x(*from), self.x(*to), self.y(*value));
            let _ = match joined {
                true => write!(path, "V{y:.1}H{b:.1}"),
                false => write!(path, "M{a:.1} {y:.1}H{b:.1}"),
            };
            last = Some(*to);
        }
        let Some((_, _, end)) = steps.last() else { return };
        self.path(&path, color, dash);
        self.name(*end, color, name);
    }

    /// A line through points.
    pub(super) fn line(&mut self, points: &[(f64, f64)], color: &str, dash: &str, name: &str) {
        let mut path = String::new();
        for (at, value) in points {
            let first = if path.is_empty() { 'M' } else { 'L' };
            let _ = write!(path, "{first}{:.1} {:.1}", self.x(*at), self.y(*value));
        }
        let Some((_, end)) = points.last() else { return };
        self.path(&path, color, dash);
        self.name(*end, color, name);
    }

    /// The name of a line at its end, apart from those of others.
    fn name(&mut self, value: f64, color: &str, name: &str) {
        let mut y = self.y(value) + 4.0;
        while self.names.iter().any(|other| (other - y).abs() < 13.0) {
            y += 13.0;
        }
        self.names.push(y);
        self.label(WIDTH - RIGHT + 5.0, y, "start", color, name);
    }

    fn path(&mut self, path: &str, color: &str, dash: &str) {
        let _ = write!(
            self.inside,
            r#"<path d="{path}" fill="none" stroke="{color}" stroke-width="1.8" stroke-dasharray="{dash}"/>"#
        );
    }

    /// Areas of one color.
    pub(super) fn areas(&mut self, path: &str, color: &str) {
        if !path.is_empty() {
            let _ = write!(self.inside, r#"<path d="{path}" fill="{color}"/>"#);
        }
    }

    /// A limit, right across.
    pub(super) fn limit(&mut self, value: f64, name: &str) {
        if (self.low..=self.high).contains(&value) {
            let (right, color) = (self.to, "#b3261e");
            self.line(&[(self.from, value), (right, value)], color, "10 4", name);
        }
    }

    /// The picture, which says what it shows.
    pub(super) fn finish(self, says: &str) -> String {
        let (height, inside) = (self.height, self.inside);
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{}" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"><rect width="{WIDTH}" height="{height}" fill="#ffffff"/>{inside}</svg>
"##,
            text(says)
        )
    }
}
