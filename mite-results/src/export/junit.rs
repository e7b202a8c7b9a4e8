//! JUnit's XML, in the dialect that GitLab, Jenkins and Azure all read.
//!
//! GitLab shows the class name and what is inside `failure`, Jenkins and Azure
//! its message: so both say the same. GitLab follows a test by its names from
//! branch to branch and drops one of two that are equal: names are unique and
//! hold no measured values. Azure adds the times of the cases to the begin of
//! the suite: the run has the whole time, and the other cases none.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::document::{Document, Failure, Limit, SeriesKind, Text, Validity};
use crate::units;

/// Most failures that the text of a case lists.
const MOST_FAILURES: usize = 10;

/// Longest text of a case.
const LONGEST: usize = 16 * 1_024;

struct Case {
    class: String,
    name: String,
    time: f64,
    problem: Option<Problem>,
    out: String,
}

struct Problem {
    /// `failure` or `error`.
    element: &'static str,
    kind: &'static str,
    message: String,
    text: String,
}

pub(super) fn report(document: &Document) -> String {
    let run = &document.run;
    let cases = cases(document);
    let count = |element| {
        cases.iter().filter(|c| c.problem.as_ref().is_some_and(|p| p.element == element)).count()
    };
    let (tests, failures, errors) = (cases.len(), count("failure"), count("error"));
    let time = run.elapsed_s.get();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let counts =
        format!("time=\"{time:.3}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"");
    let name = escape(&format!("mite {}", run.test));
    // The dialect has no zone and no fraction.
    let started: String = run.started.chars().take(19).collect();
    let host = run.host.name.as_deref().unwrap_or("localhost");
    let _ = writeln!(xml, "<testsuites name=\"mite\" {counts}>");
    let _ = writeln!(
        xml,
        "  <testsuite name=\"{name}\" timestamp=\"{}\" {counts} skipped=\"0\" hostname=\"{}\">",
        escape(&started),
        escape(host)
    );
    xml.push_str("    <properties>\n");
    let mut property = |name: &str, value: &str| {
        let (name, value) = (escape(name), escape(value));
        let _ = writeln!(xml, "      <property name=\"{name}\" value=\"{value}\"/>");
    };
    property("run", &run.id);
    property("version", &document.tool.version);
    if let Some(seed) = run.seed {
        property("seed", &seed.to_string());
    }
    run.labels.iter().for_each(|(name, value)| property(name, value));
    xml.push_str("    </properties>\n");
    cases.iter().for_each(|case| case.write(&mut xml));
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

impl Case {
    fn write(&self, xml: &mut String) {
        let (class, name) = (escape(&self.class), escape(&self.name));
        let _ = write!(
            xml,
            "    <testcase classname=\"{class}\" name=\"{name}\" time=\"{:.3}\"",
            self.time
        );
        if self.problem.is_none() && self.out.is_empty() {
            xml.push_str("/>\n");
            return;
        }
        xml.push_str(">\n");
        if let Some(problem) = &self.problem {
            let (element, kind) = (problem.element, problem.kind);
            let (message, text) = (escape(&problem.message), escape(&problem.text));
            let _ = writeln!(
                xml,
                "      <{element} message=\"{message}\" type=\"{kind}\">{text}</{element}>"
            );
        }
        if !self.out.is_empty() {
            let _ = writeln!(xml, "      <system-out>{}</system-out>", escape(&self.out));
        }
        xml.push_str("    </testcase>\n");
    }
}

fn cases(document: &Document) -> Vec<Case> {
    let (test, verdict) = (&document.run.test, &document.verdict);
    let mut cases: Vec<Case> = verdict.limits.iter().map(|limit| of_limit(test, limit)).collect();
    cases.extend(of_journeys(document));
    let reasons: Vec<String> = verdict.reasons.iter().map(|r| r.text.to_string()).collect();
    let reasons = reasons.join("\n");
    let invalid = verdict.validity == Validity::Invalid;
    cases.push(Case {
        class: format!("{test} validity"),
        name: "the load generator kept its schedule".to_owned(),
        time: 0.0,
        problem: invalid.then(|| Problem {
            element: "error",
            kind: "validity",
            message: first_line(&reasons, "the run is invalid"),
            text: or(&reasons, "the run is invalid"),
        }),
        out: if invalid { String::new() } else { reasons.clone() },
    });
    // Whatever failed the run must fail a case.
    let told = cases.iter().any(|case| case.problem.is_some());
    let silent = !verdict.passed && !told;
    let exit = format!("the run ended with exit code {}", verdict.exit_code);
    cases.insert(
        0,
        Case {
            class: test.to_string(),
            name: "run".to_owned(),
            time: document.run.elapsed_s.get(),
            problem: silent.then(|| Problem {
                element: "failure",
                kind: "run",
                message: first_line(&reasons, &exit),
                text: format!("{exit}\n{reasons}"),
            }),
            out: String::new(),
        },
    );
    let mut names = BTreeSet::new();
    for case in &mut cases {
        let (name, mut n) = (case.name.clone(), 2);
        while !names.insert((case.class.clone(), case.name.clone())) {
            case.name = format!("{name} ({n})");
            n += 1;
        }
    }
    cases
}

fn or(text: &str, otherwise: &str) -> String {
    if text.is_empty() { otherwise.to_owned() } else { text.to_owned() }
}

fn first_line(text: &str, otherwise: &str) -> String {
    or(text.lines().next().unwrap_or(""), otherwise)
}

fn of_limit(test: &Text, limit: &Limit) -> Case {
    let scope: Vec<String> =
        limit.scope.iter().map(|(key, value)| format!("{key} {value}")).collect();
    let name = if scope.is_empty() {
        limit.expression.to_string()
    } else {
        format!("{} ({})", limit.expression, scope.join(", "))
    };
    let value = match limit.value {
        Some(value) => {
            format!("{} of {} samples", measured(value.get(), limit.unit.as_deref()), limit.samples)
        }
        None if limit.samples > 0 => {
            format!("{} of {} samples", limit.without_value(), limit.samples)
        }
        None => limit.without_value().to_owned(),
    };
    Case {
        class: format!("{test} limits"),
        name,
        time: 0.0,
        problem: (!limit.ok).then(|| Problem {
            element: "failure",
            kind: "limit",
            message: value.clone(),
            text: value.clone(),
        }),
        out: if limit.ok { value } else { String::new() },
    }
}

/// A value with its unit.
pub(super) fn measured(value: f64, unit: Option<&str>) -> String {
    match unit {
        Some("s") => units::time(value),
        Some("share") => units::percent(value),
        Some("per_s") => format!("{}/s", units::three_digits(value)),
        _ => format!("{value}"),
    }
}

/// Whether errors of journeys are why the run failed.
fn failed_by_errors(document: &Document) -> bool {
    let verdict = &document.verdict;
    let mut missed = verdict.limits.iter().filter(|limit| !limit.ok).peekable();
    verdict.exit_code == 1
        && (missed.peek().is_none() || missed.any(|limit| limit.expression.contains("error")))
}

fn of_journeys(document: &Document) -> impl Iterator<Item = Case> {
    let by_errors = failed_by_errors(document);
    let mut journeys: Vec<Text> = document.lines.iter().map(|line| line.journey.clone()).collect();
    let series = document.series.iter().filter(|series| series.kind == SeriesKind::Journey);
    journeys.extend(series.filter_map(|series| series.journey.clone()));
    journeys.sort();
    journeys.dedup();
    journeys.into_iter().map(move |journey| {
        let failures: Vec<&Failure> =
            document.failures.iter().filter(|f| f.journey.as_ref() == Some(&journey)).collect();
        let all: u64 = failures.iter().map(|failure| failure.count).sum();
        let message = units::count(all as usize, "error");
        let mut text = failures.iter().take(MOST_FAILURES).map(|f| line(f)).collect::<Vec<_>>();
        if failures.len() > MOST_FAILURES {
            text.push(format!("… and {} more", failures.len() - MOST_FAILURES));
        }
        let text = format!("{message}\n{}", text.join("\n"));
        let failed = by_errors && all > 0;
        Case {
            class: format!("{} journeys", document.run.test),
            name: journey.to_string(),
            time: 0.0,
            out: if !failed && all > 0 { text.clone() } else { String::new() },
            problem: failed.then_some(Problem {
                element: "failure",
                kind: "errors",
                message,
                text,
            }),
        }
    })
}

fn line(failure: &Failure) -> String {
    let parts = [&failure.transaction, &failure.location].into_iter().flatten();
    let place: Vec<String> = parts.map(|part| part.to_string()).collect();
    let place = if place.is_empty() { String::new() } else { format!(" ({})", place.join(", ")) };
    format!("{} times: {}{place}", failure.count, failure.text)
}

/// For attributes and text alike; what XML 1.0 cannot hold becomes U+FFFD.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if escaped.len() >= LONGEST {
            escaped.push('…');
            break;
        }
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::testing::document;
    use super::*;
    use crate::document::Reason;

    fn lines(document: &Document) -> Vec<String> {
        report(document).lines().map(|line| line.trim().to_owned()).collect()
    }

    #[test]
    fn limits_journeys_and_validity_are_cases() {
        let lines = lines(&document());
        let counts = "time=\"5.000\" tests=\"5\" failures=\"1\" errors=\"0\"";
        assert_eq!(lines[1], format!("<testsuites name=\"mite\" {counts}>"));
        let suite = format!(
            "<testsuite name=\"mite shop:rush_hour\" timestamp=\"2026-11-25T12:00:00\" {counts} \
             skipped=\"0\" hostname=\"ci-7\">"
        );
        assert_eq!(lines[2], suite);
        assert!(lines.contains(&"<property name=\"commit\" value=\"3f2c1\"/>".to_owned()));
        let limit = "<testcase classname=\"shop:rush_hour limits\" name=\"http p99 &lt; 300ms \
                     (transaction pay)\" time=\"0.000\">";
        let at = lines.iter().position(|line| line == limit).expect("the limit is a case");
        let failure = "<failure message=\"412 ms of 100 samples\" type=\"limit\">412 ms of 100 \
                       samples</failure>";
        assert_eq!(lines[at + 1], failure);
        let journey = "<testcase classname=\"shop:rush_hour journeys\" name=\"shop:buy\" \
                       time=\"0.000\">";
        let at = lines.iter().position(|line| line == journey).expect("the journey is a case");
        assert_eq!(lines[at + 1], "<system-out>1 error");
        assert_eq!(
            lines[at + 2],
            "1 times: 503 &lt;Unavailable&gt;|x (pay, src/buy.rs:41)</system-out>"
        );
        let whole = "<testcase classname=\"shop:rush_hour\" name=\"run\" time=\"5.000\"/>";
        assert!(lines.contains(&whole.to_owned()));
    }

    #[test]
    fn errors_fail_their_journey_when_they_fail_the_run() {
        let mut document = document();
        document.verdict.limits.iter_mut().for_each(|limit| limit.ok = true);
        let xml = report(&document);
        assert!(
            xml.contains("<failure message=\"1 error\" type=\"errors\">1 error\n1 times: 503"),
            "{xml}"
        );
    }

    #[test]
    fn an_invalid_run_is_an_error() {
        let mut document = document();
        document.verdict.validity = Validity::Invalid;
        document.verdict.reasons =
            vec![Reason { text: "too slow\nadd --runners".into(), ..Reason::default() }];
        let xml = report(&document);
        let expected =
            "<error message=\"too slow\" type=\"validity\">too slow\nadd --runners</error>";
        assert!(xml.contains(expected), "{xml}");
        assert!(xml.contains("errors=\"1\""));
    }

    #[test]
    fn a_run_that_failed_is_never_green() {
        let mut document = Document::default();
        document.verdict.exit_code = 130;
        let xml = report(&document);
        let failure = "<failure message=\"the run ended with exit code 130\" type=\"run\">";
        assert!(xml.contains(failure), "{xml}");
    }

    #[test]
    fn equal_names_are_told_apart() {
        let mut document = document();
        document.verdict.limits.push(document.verdict.limits[0].clone());
        assert!(report(&document).contains("(transaction pay) (2)\""));
    }

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(
            escape("a\u{0}\u{1b}[31m<&\">\u{ffff}"),
            "a\u{fffd}\u{fffd}[31m&lt;&amp;&quot;&gt;\u{fffd}"
        );
    }
}
