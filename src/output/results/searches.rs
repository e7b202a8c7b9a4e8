//! Searches for the greatest rate, as the file of results has them.

use mite_core::stats::{SearchOutcome, SearchState, SearchStatus, Unit};
use mite_results::document::{self, Number, Search, SearchStep, Text};

pub(super) fn search(search: &SearchStatus) -> Search {
    let number = |rate: Option<f64>| rate.and_then(Number::new);
    Search {
        line: search.line,
        journey: search.journey.as_str().into(),
        limits: search.limits.iter().map(|limit| Text::from(limit.as_str())).collect(),
        hold_s: search.hold.into(),
        up_to_per_s: number(Some(search.up_to)).unwrap_or_default(),
        state: match search.state {
            SearchState::Searching => document::SearchState::Searching,
            SearchState::Found => document::SearchState::Found,
            SearchState::KeptUpTo => document::SearchState::KeptUpTo,
            SearchState::NeverKept => document::SearchState::NeverKept,
            SearchState::GeneratorLimit => document::SearchState::GeneratorLimit,
            SearchState::NotRecovered => document::SearchState::NotRecovered,
        },
        text: search.to_string().into(),
        kept_per_s: number(search.kept),
        kept_times: search.kept_times,
        broken_per_s: number(search.broken),
        broken_times: search.broken_times,
        steps: search.steps.iter().map(|held| step(search, held)).collect(),
    }
}

fn step(search: &SearchStatus, step: &mite_core::stats::SearchStep) -> SearchStep {
    let value = |(value, unit): (&Option<f64>, &Unit)| {
        let value = (*value)?;
        Number::new(if *unit == Unit::Time { value / 1e9 } else { value })
    };
    SearchStep {
        per_s: Number::new(step.rate).unwrap_or_default(),
        from_s: step.from.into(),
        to_s: step.to.into(),
        outcome: match step.outcome {
            SearchOutcome::Kept => document::SearchOutcome::Kept,
            SearchOutcome::Broken => document::SearchOutcome::Broken,
            SearchOutcome::Generator => document::SearchOutcome::Generator,
        },
        values: step.values.iter().zip(&search.units).map(value).collect(),
        samples: step.samples.clone(),
        why: step.why.as_deref().map(Text::from),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn figures_are_in_the_units_of_the_file() {
        let held = mite_core::stats::SearchStep {
            rate: 566.0,
            from: Duration::from_secs(12),
            to: Duration::from_secs(22),
            outcome: SearchOutcome::Broken,
            values: vec![Some(412e6), None],
            shown: vec!["412 ms".into(), "-".into()],
            samples: vec![5660, 0],
            why: None,
        };
        let found = search(&SearchStatus {
            line: 2,
            journey: "shop:buy".into(),
            limits: vec!["http p99 < 300ms".into(), "errors rate < 1%".into()],
            units: vec![Unit::Time, Unit::Share],
            hold: Duration::from_secs(10),
            up_to: 5000.0,
            state: SearchState::Found,
            kept: Some(550.0),
            kept_times: 2,
            broken: Some(566.0),
            broken_times: 1,
            steps: vec![held],
        });
        let json = serde_json::to_value(&found).expect("JSON");
        assert_eq!((&json["state"], &json["kept_per_s"]), (&"found".into(), &550.0.into()));
        assert_eq!((&json["kept_times"], &json["broken_times"]), (&2.into(), &1.into()));
        assert_eq!((&json["hold_s"], &json["up_to_per_s"]), (&10.0.into(), &5000.0.into()));
        let text = "the greatest rate is between 550 and 566 per second: `http p99 < 300ms` and `errors rate < 1%` kept 2 times at the one, broken 1 time at the other, 10 s each";
        assert_eq!(json["text"], text);
        let step = serde_json::json!({
            "per_s": 566.0, "from_s": 12.0, "to_s": 22.0, "outcome": "broken",
            "values": [0.412, null], "samples": [5660, 0], "why": null,
        });
        assert_eq!(json["steps"], serde_json::json!([step]));
    }
}
