//! Whether runs can be compared, and in what they differ.

use std::collections::BTreeSet;

use crate::document::{Document, EndedBy, Line, Model, Validity};

/// Why runs cannot be compared: sentences, none if they can be.
pub(super) fn refusals(
    runs: &[(&str, &Document)],
    allow_invalid: bool,
    allow_different: bool,
) -> Vec<String> {
    let mut refusals = Vec::new();
    for (name, document) in runs {
        if document.verdict.ended_by == EndedBy::Running {
            refusals.push(format!("{name} was still running: save its results when it has ended"));
        }
        if document.verdict.validity == Validity::Invalid && !allow_invalid {
            let why = document.verdict.reasons.iter().map(|reason| reason.text.to_string());
            let why: Vec<String> = why.collect();
            let why = if why.is_empty() { "no reason is given".to_owned() } else { why.join("; ") };
            refusals.push(format!(
                "{name} is invalid: {why} (--allow-invalid compares it all the same)"
            ));
        }
    }
    if allow_different {
        return refusals;
    }
    let Some(((first_name, first), others)) = runs.split_first() else { return refusals };
    for (name, other) in others {
        if let Some(difference) = schedules(first_name, first, name, other) {
            refusals.push(format!("{difference} (--allow-different compares them all the same)"));
        }
    }
    refusals
}

/// The first difference between the loads that two runs asked for.
fn schedules(a_name: &str, a: &Document, b_name: &str, b: &Document) -> Option<String> {
    let differ = |what: &str, a: &str, b: &str| {
        (a != b).then(|| format!("{what}: {a_name} {a}, {b_name} {b}"))
    };
    differ("different tests", &a.run.test, &b.run.test)
        .or_else(|| {
            differ(
                "different numbers of lines",
                &a.lines.len().to_string(),
                &b.lines.len().to_string(),
            )
        })
        .or_else(|| {
            a.lines.iter().zip(&b.lines).find_map(|(x, y)| {
                let what = format!("different schedules of line {}", x.id);
                differ(&what, &schedule(x), &schedule(y))
            })
        })
        .or_else(|| {
            let seconds = |d: &Document| match d.run.planned_s {
                Some(planned) => format!("{} s", planned.get()),
                None => "without an end".to_owned(),
            };
            differ("different lengths", &seconds(a), &seconds(b))
        })
}

fn schedule(line: &Line) -> String {
    let model = match line.model {
        Model::Closed => "at once",
        Model::Open => "a second",
        Model::Unknown => "of an unknown model",
    };
    let phase = |phase: &crate::document::Phase| {
        let to = phase.to_s.map_or("the end".to_owned(), |to| format!("{} s", to.get()));
        format!("{} {} from {} s to {to}", phase.kind, phase.text, phase.from_s.get())
    };
    let phases: Vec<String> = line.phases.iter().map(phase).collect();
    format!("{} {model} ({})", line.journey, phases.join(", "))
}

/// Settings in which runs differ, which may be why figures do.
pub(super) fn differences(runs: &[(&str, &Document)]) -> Vec<String> {
    let mut differences = Vec::new();
    let mut add = |what: &str, of: &dyn Fn(&Document) -> Option<String>| {
        let values: Vec<Option<String>> = runs.iter().map(|(_, document)| of(document)).collect();
        if values.windows(2).any(|pair| pair[0] != pair[1]) {
            let shown = runs
                .iter()
                .zip(&values)
                .map(|((name, _), value)| format!("{name} {}", value.as_deref().unwrap_or("-")));
            differences.push(format!("{what}: {}", shown.collect::<Vec<_>>().join(", ")));
        }
    };
    let text = |text: &Option<crate::document::Text>| text.as_ref().map(|text| text.to_string());
    add("version of mite", &|d| Some(d.tool.version.to_string()));
    add("target", &|d| text(&d.tool.target));
    add("build", &|d| text(&d.tool.profile));
    add("runners", &|d| Some(d.run.runners.to_string()));
    add("seed", &|d| d.run.seed.map(|seed| seed.to_string()));
    add("host", &|d| text(&d.run.host.name));
    add("cpus", &|d| d.run.host.cpus.map(|cpus| cpus.to_string()));
    add("os", &|d| text(&d.run.host.os));
    add("kernel", &|d| text(&d.run.host.kernel));
    let keys: BTreeSet<&String> = runs.iter().flat_map(|(_, d)| d.run.settings.keys()).collect();
    for key in keys {
        add(key, &|d| d.run.settings.get(key).map(|value| value.to_string()));
    }
    add("keys of the configuration", &|d| {
        Some(d.run.config_keys.iter().map(|key| key.to_string()).collect::<Vec<_>>().join(" "))
    });
    differences
}

#[cfg(test)]
mod tests {
    use super::super::testing::run;
    use super::*;
    use crate::document::{Phase, Reason};

    fn refused(change: impl FnOnce(&mut Document)) -> Vec<String> {
        let (a, mut b) = (run(1).document(), run(2).document());
        change(&mut b);
        refusals(&[("A", &a), ("B", &b)], false, false)
    }

    #[test]
    fn invalid_runs_are_refused_with_their_reasons() {
        let invalid = |document: &mut Document| {
            document.verdict.validity = Validity::Invalid;
            let text = "two runners were at 100 % CPU for 8 s".into();
            document.verdict.reasons.push(Reason { text, ..Reason::default() });
        };
        let expected = "B is invalid: two runners were at 100 % CPU for 8 s \
                        (--allow-invalid compares it all the same)";
        assert_eq!(refused(invalid), [expected]);
        let (a, mut b) = (run(1).document(), run(2).document());
        invalid(&mut b);
        assert!(refusals(&[("A", &a), ("B", &b)], true, false).is_empty());
    }

    #[test]
    fn other_schedules_are_refused_and_said() {
        assert!(refused(|_| {}).is_empty());
        let texts = refused(|d| d.run.test = "shop:calm".into());
        assert!(
            texts[0].starts_with("different tests: A shop:rush_hour, B shop:calm ("),
            "{texts:?}"
        );
        let texts = refused(|d| {
            d.lines[0].phases[0] = Phase { text: "20".into(), ..d.lines[0].phases[0].clone() }
        });
        let expected = "different schedules of line 1: A shop:buy at once (constant 10 from 0 s to \
                        120 s), B shop:buy at once (constant 20 from 0 s to 120 s) \
                        (--allow-different compares them all the same)";
        assert_eq!(texts, [expected]);
        let texts = refused(|d| d.run.planned_s = None);
        assert!(texts[0].starts_with("different lengths: A 120 s, B without an end"), "{texts:?}");
    }

    #[test]
    fn settings_that_differ_are_said_and_not_refused() {
        let (a, mut b) = (run(1).document(), run(2).document());
        assert!(differences(&[("A", &a), ("B", &b)]).is_empty());
        b.run.runners = 4;
        b.run.settings.insert("spawn_rate".to_owned(), "10".into());
        assert!(refusals(&[("A", &a), ("B", &b)], false, false).is_empty());
        let differences = differences(&[("A", &a), ("B", &b)]);
        assert_eq!(differences, ["runners: A 1, B 4", "spawn_rate: A -, B 10"]);
    }
}
