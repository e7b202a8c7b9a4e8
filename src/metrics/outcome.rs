//! What a run is, and what it came to.

use std::borrow::Cow;
use std::collections::BTreeMap;

use mite_core::stats::{Grade, RunInfo, Unit as LimitUnit};

use super::family::{Family, Labels, Row, Unit, Value};
use super::names;
use super::view::View;

/// What a run is, which is known before it starts.
pub(super) fn of_run(info: &RunInfo, run: &str, labels: &BTreeMap<String, String>) -> Family {
    let mut family = Family::gauge(
        "mite_run_info",
        "What the run is; always 1, to be joined by test with everything else.",
    );
    let seed = info.seed.to_string();
    let own = [("test", &*info.test), ("run", run), ("version", &*info.version), ("seed", &*seed)];
    let own = own.map(|(name, value)| (Cow::from(name), value.to_owned()));
    let mut all: Labels = own.into_iter().collect();
    for (name, value) in labels {
        let mut name = format!("label_{}", names::label(name));
        // `a-b` and `a_b` are one name here.
        while all.iter().any(|(known, _)| *known == name) {
            name.push('_');
        }
        all.push((name.into(), value.clone()));
    }
    let labels = all;
    family.rows.push(Row { labels, value: Value::Number(1.0) });
    family
}

/// When it started, how long it has lasted, how it stands, and what it came to.
pub(super) fn families(view: &View<'_>) -> Vec<Family> {
    let test = [("test", view.test())];
    let mut start = Family::gauge(
        "mite_run_start_time_seconds",
        "When the run started, in seconds since 1970.",
    )
    .in_unit(Unit::Seconds);
    start.row(&test, view.info.started);
    let mut elapsed = Family::gauge("mite_run_elapsed_seconds", "How long the run has lasted.")
        .in_unit(Unit::Seconds);
    elapsed.row(&test, view.status.elapsed.as_secs_f64());
    let mut families = vec![start, elapsed];
    families.extend(verdict(view));
    families
}

/// How it stands, and in the end what it came to.
fn verdict(view: &View<'_>) -> Vec<Family> {
    let mut passed = Family::gauge("mite_run_passed", "Whether the run passed, once it is over.");
    if let Some(verdict) = view.verdict {
        passed.row(&[("test", view.test())], f64::from(u8::from(verdict.passed())));
    }
    let mut validity =
        Family::gauge("mite_validity", "What the numbers are worth until now: 1 of one state.");
    for (state, grade) in
        [("valid", Grade::Valid), ("suspect", Grade::Suspect), ("invalid", Grade::Invalid)]
    {
        let is = u8::from(view.validity == grade);
        validity.row(&[("test", view.test()), ("state", state)], f64::from(is));
    }
    let mut value = Family::gauge(
        "mite_limit_value",
        "What a limit is held against, over the run until now: times in seconds.",
    );
    let mut bound = Family::gauge("mite_limit_bound", "The bound of a limit: times in seconds.");
    let mut kept = Family::gauge("mite_limit_ok", "Whether a limit is kept until now.");
    for limit in view.limits {
        let text = limit.threshold.to_string();
        let labels = [("test", view.test()), ("limit", &*text)];
        let base = |n: f64| if limit.threshold.unit == LimitUnit::Time { n / 1e9 } else { n };
        if let Some(n) = limit.value {
            value.row(&labels, base(n));
        }
        bound.row(&labels, base(limit.threshold.bound));
        kept.row(&labels, f64::from(u8::from(limit.kept)));
    }
    vec![passed, validity, value, bound, kept]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_people_that_become_one_name_are_told_apart() {
        let labels = [("a-b", "1"), ("a_b", "2"), ("seed", "3")];
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let family = of_run(&RunInfo::default(), "7f", &labels);
        let names: Vec<_> = family.rows[0].labels.iter().map(|(name, _)| &**name).collect();
        let own = ["test", "run", "version", "seed"];
        assert_eq!(names, [&own[..], &["label_a_b", "label_a_b_", "label_seed"]].concat());
    }
}
