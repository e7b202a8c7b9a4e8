//! A forecast, for other programs.

use std::time::Duration;

use mite_core::volume::Piece;
use serde_json::{Value, json};

use super::count::Count;
use super::data::{DataForecast, Rows, Supply};
use super::line::{LineForecast, PartForecast, Shape};
use super::pieces::Peak;
use super::scenario::Forecast;

impl Forecast {
    /// As JSON. Times are in seconds since the test began; what nobody knows is null.
    pub fn to_json(&self) -> Value {
        let runners = self.runners.map(|runners| {
            json!({
                "needed": runners.needed,
                "per_second": runners.per_second,
                "cost_per_journey_s": runners.cost.map(seconds),
                "at_once_per_runner": runners.per_runner,
            })
        });
        json!({
            "plan": 1,
            "test": self.test,
            "duration_s": self.duration.map(seconds),
            "lines": self.lines.iter().map(line).collect::<Vec<_>>(),
            "data": self.data.iter().map(data).collect::<Vec<_>>(),
            "journeys": count(self.journeys),
            "at_once": peak(self.at_once),
            "per_second": peak(self.per_second),
            "runners": runners,
            "thresholds": self.thresholds,
        })
    }
}

fn line(line: &LineForecast) -> Value {
    json!({
        "id": line.id,
        "journey": line.journey,
        "data_pool": line.pool,
        "mix": line.mix.iter().map(part).collect::<Vec<_>>(),
        "most": line.most,
        "once_per_item": line.once,
        "volume": match line.shape {
            Shape::AtOnce => "at_once",
            Shape::PerSecond => "per_second",
            Shape::Single => "single",
        },
        "poisson": line.poisson,
        "at_most": line.at_most,
        "search": line.search,
        "phases": line.phases.iter().map(phase).collect::<Vec<_>>(),
        "due_s": line.due.iter().copied().map(seconds).collect::<Vec<_>>(),
        "duration_s": line.duration.map(seconds),
        "peak": peak(line.peak),
        "journeys": count(line.journeys),
    })
}

fn part(part: &PartForecast) -> Value {
    json!({
        "journey": part.journey,
        "data_pool": part.pool,
        "weight": part.weight,
        "share": part.share,
    })
}

fn phase(piece: &Piece) -> Value {
    json!({
        "from_s": seconds(piece.start),
        "to_s": (piece.end < Duration::MAX).then(|| seconds(piece.end)),
        "from": piece.from,
        "to": piece.to,
    })
}

fn data(data: &DataForecast) -> Value {
    let (each, needed) = match data.needed {
        Rows::InAll(count) => ("journey", count),
        Rows::AtOnce(count) => ("at_once", count),
    };
    let (enough, missing, used_up) = match data.supply {
        Supply::Enough => (Some(true), Some(0), None),
        Supply::Short { missing, at } => (Some(false), Some(missing), at),
        Supply::Unknown => (None, None, None),
    };
    json!({
        "pool": data.pool,
        "lines": data.lines,
        "row_for_each": each,
        "needed": count(needed),
        "there": data.there,
        "enough": enough,
        "missing": missing,
        "used_up_s": used_up.map(seconds),
    })
}

fn count(count: Count) -> Value {
    match count {
        Count::Exactly(n) => json!({ "number": n, "exact": true }),
        Count::About(n) => json!({ "number": n, "exact": false }),
        Count::Unknown => Value::Null,
    }
}

fn peak(peak: Peak) -> Value {
    json!({ "most": peak.most, "at_s": seconds(peak.at) })
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}
