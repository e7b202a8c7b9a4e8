//! The comparison of runs.

use serde::Serialize;

use super::comparable::{differences, refusals};
use super::figure::{Figure, Kind, Outcome, Row};
use super::settings::Settings;
use super::sides::{BASELINES, Sides};
use super::spread::FEWEST;
use super::statistics::{self, StatisticChange};
use super::stretch::stretch;
use crate::document::{Document, Model, Series};

/// A run with the name of its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// What errors call it.
    pub name: String,
    /// Its results.
    pub document: Document,
}

/// What came of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The runs of the baseline.
    pub a: Vec<RunName>,
    /// The runs of the candidate.
    pub b: Vec<RunName>,
    /// The part of the runs that is compared; null if they cannot be.
    pub stretch: Option<Compared>,
    /// The confidence that all judged figures share.
    pub confidence: f64,
    /// How many figures are judged.
    pub judged: usize,
    /// All requests first, then what else is judged, then what is only shown,
    /// at a confidence of 95 % each.
    pub rows: Vec<Row>,
    /// Series that are in one side alone, or are not followed long enough.
    pub not_compared: Vec<String>,
    /// Statistics that the test's own code kept, side by side and not judged.
    pub statistics: Vec<StatisticChange>,
    /// Settings in which the runs differ.
    pub differences: Vec<String>,
    /// What to mind.
    pub notes: Vec<String>,
    /// Why the runs cannot be compared.
    pub refusals: Vec<String>,
    /// The verdict of all judged figures.
    pub verdict: Verdict,
    /// 0, or 1 if B is worse, or 3 if the runs cannot be compared.
    pub exit_code: u8,
}

/// How a run is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunName {
    /// The file.
    pub name: String,
    /// Its id.
    pub id: String,
    /// When it began.
    pub started: String,
    /// The commit that was tested, if a label says so.
    pub commit: Option<String>,
}

/// The part of the runs that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// Seconds since each run began.
    pub from_s: f64,
    /// Its end.
    pub to_s: f64,
    /// How long a window is.
    pub window_s: f64,
    /// How many windows.
    pub windows: usize,
    /// Whether it is the part at the greatest load only.
    pub peak: bool,
}

/// The verdict of all judged figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// B takes longer, or does less a second.
    Slower,
    /// B is as fast, and fails more often.
    MoreErrors,
    /// B is better in some figure and worse in none.
    Better,
    /// No figure changed.
    NoChange,
    /// No figure is known to have changed, and none to be the same.
    Undecided,
    /// The runs cannot be compared.
    NotComparable,
}

/// `SLOWER`, `MORE ERRORS` and so on.
impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Slower => "SLOWER",
            Self::MoreErrors => "MORE ERRORS",
            Self::Better => "BETTER",
            Self::NoChange => "NO CHANGE",
            Self::Undecided => "UNDECIDED",
            Self::NotComparable => "NOT COMPARABLE",
        })
    }
}

const PERCENTILES: [f64; 3] = [50.0, 90.0, 99.0];

/// Why there are no figures.
enum Stop {
    /// The runs cannot be compared.
    Refused(String),
    /// The settings ask for what is not there.
    Usage(String),
}

impl Comparison {
    /// Compares the candidates with the baselines: one with one, or, with three
    /// baselines or two of each, all with all, noise between runs included.
    ///
    /// # Errors
    /// When the settings name a series that no run has.
    ///
    /// # Panics
    /// Without a baseline or a candidate.
    pub fn of(
        baselines: &[Named],
        candidates: &[Named],
        settings: &Settings,
    ) -> Result<Self, String> {
        assert!(!baselines.is_empty() && !candidates.is_empty(), "a run of each side");
        let letters = |letter: &str, runs: &[Named]| -> Vec<String> {
            let name = |n| if runs.len() == 1 { letter.to_owned() } else { format!("{letter}{n}") };
            (1..=runs.len()).map(name).collect()
        };
        let names = [letters("A", baselines), letters("B", candidates)].concat();
        let runs: Vec<(&str, &Document)> = names
            .iter()
            .map(String::as_str)
            .zip(baselines.iter().chain(candidates).map(|run| &run.document))
            .collect();
        let mut comparison = Self {
            a: baselines.iter().map(RunName::of).collect(),
            b: candidates.iter().map(RunName::of).collect(),
            stretch: None,
            confidence: settings.confidence,
            judged: 0,
            rows: Vec::new(),
            not_compared: Vec::new(),
            statistics: Vec::new(),
            differences: differences(&runs),
            notes: Vec::new(),
            refusals: refusals(&runs, settings.allow_invalid, settings.allow_different),
            verdict: Verdict::NotComparable,
            exit_code: 3,
        };
        if comparison.refusals.is_empty() {
            match comparison.fill(baselines, candidates, settings) {
                Ok(()) => comparison.conclude(settings),
                Err(Stop::Usage(text)) => return Err(text),
                Err(Stop::Refused(text)) => {
                    comparison.refusals.push(text);
                    comparison.rows.clear();
                }
            }
        }
        Ok(comparison)
    }

    /// All rows.
    fn fill(
        &mut self,
        baselines: &[Named],
        candidates: &[Named],
        settings: &Settings,
    ) -> Result<(), Stop> {
        let a: Vec<&Document> = baselines.iter().map(|run| &run.document).collect();
        let b: Vec<&Document> = candidates.iter().map(|run| &run.document).collect();
        let all: Vec<&Document> = a.iter().chain(&b).copied().collect();
        let stretch = stretch(&all, settings.from_s, settings.to_s).map_err(Stop::Refused)?;
        self.stretch = Some(Compared {
            from_s: stretch.begin_s(),
            to_s: stretch.end_s(),
            window_s: stretch.span,
            windows: stretch.cells.len(),
            peak: stretch.peak,
        });
        if stretch.cells.len() < FEWEST {
            let (n, span) = (stretch.cells.len(), stretch.span);
            return Err(Stop::Refused(format!(
                "too short to judge: {n} windows of {span} s are left after the warm-up, and {FEWEST} are needed"
            )));
        }
        let Some(total) = all.iter().find_map(|document| document.total()) else {
            return Err(Stop::Refused("nothing was measured in any of the runs".to_owned()));
        };
        let titles: Vec<String> = a[0].series.iter().map(Series::title).collect();
        for judge in &settings.judge {
            if judge.series != "*" && !titles.contains(&judge.series) {
                return Err(Stop::Usage(unknown(&judge.series, &titles)));
            }
        }

        // What is judged is known first: each figure has its share of alpha.
        let open = all.iter().all(|document| {
            !document.lines.is_empty()
                && document.lines.iter().all(|line| line.model == Model::Open)
        });
        let mut plan: Vec<(&Series, Vec<Kind>, Vec<Kind>)> = Vec::new();
        for series in std::iter::once(total).chain(&a[0].series) {
            if series.kind == total.kind && !plan.is_empty() {
                continue;
            }
            let mut judged = Vec::new();
            if series.kind == total.kind {
                judged.extend(PERCENTILES.map(Kind::Percentile));
                // The schedule decides the rate of an open model.
                judged.extend((!open).then_some(Kind::Rate));
                judged.push(Kind::Errors);
            }
            let title = series.title();
            for judge in settings.judge.iter().filter(|judge| judge.is_of(&title)) {
                for kind in &judge.kinds {
                    if !judged.contains(kind) {
                        judged.push(*kind);
                    }
                }
            }
            let mut shown: Vec<Kind> = PERCENTILES.map(Kind::Percentile).to_vec();
            shown.extend([Kind::Mean, Kind::Rate, Kind::Errors]);
            shown.retain(|kind| !judged.contains(kind));
            plan.push((series, judged, shown));
        }
        self.judged = plan.iter().map(|(_, judged, _)| judged.len()).sum();
        let sides = Sides { a, b, stretch, settings };
        let mut only_shown = Vec::new();
        for (series, judged, shown) in plan {
            let is_total = series.kind == total.kind;
            match sides.row(series, &judged, &shown, self.judged) {
                Ok(row) if judged.is_empty() => only_shown.push(row),
                Ok(row) => self.rows.push(row),
                Err(why) if is_total => return Err(Stop::Refused(why)),
                Err(why) => {
                    if !judged.is_empty() {
                        let figure = |kind: &Kind| Figure::not_judged(*kind, true, why.clone());
                        let figures = judged.iter().map(figure).collect();
                        self.rows.push(Row { series: series.title(), paired: false, figures });
                    }
                    self.not_compared.push(why);
                }
            }
        }
        self.rows.append(&mut only_shown);
        self.not_compared.extend(sides.only_in_b());
        self.statistics = statistics::changes(&sides.a, &sides.b);
        self.note_noise(&sides);
        Ok(())
    }

    fn note_noise(&mut self, sides: &Sides<'_>) {
        let settings = sides.settings;
        if sides.repeated() {
            return;
        }
        if sides.a.len() + sides.b.len() > 2 {
            self.notes.push(format!(
                "noise between runs needs {BASELINES} baselines, or two runs of each side: only \
                 the pair with the most requests is compared"
            ));
        }
        if settings.run_noise.is_none() && !settings.single_pair {
            self.notes.push(
                "noise between runs is not in this: give three baselines (compare A1 A2 A3 B) or \
                 --run-noise 3%; --single-pair if one pair is meant"
                    .to_owned(),
            );
        }
    }

    fn conclude(&mut self, settings: &Settings) {
        let figures = || self.rows.iter().flat_map(|row| &row.figures);
        let any = |outcome| figures().any(|figure| figure.outcome == Some(outcome));
        let slower = figures()
            .any(|figure| figure.outcome == Some(Outcome::Worse) && figure.kind != Kind::Errors);
        self.verdict = if slower {
            Verdict::Slower
        } else if any(Outcome::Worse) {
            Verdict::MoreErrors
        } else if any(Outcome::Better) {
            Verdict::Better
        } else if any(Outcome::Same) {
            Verdict::NoChange
        } else {
            Verdict::Undecided
        };
        let undecided = any(Outcome::Undecided) || any(Outcome::NotJudged);
        let failed = any(Outcome::Worse) || (settings.strict && undecided);
        self.exit_code = u8::from(failed);
    }

    /// Judged figures that are neither changed nor the same.
    pub fn undecided(&self) -> impl Iterator<Item = (&Row, &Figure)> {
        let figures = self.rows.iter().flat_map(|row| row.figures.iter().map(move |f| (row, f)));
        figures.filter(|(_, figure)| {
            matches!(figure.outcome, Some(Outcome::Undecided | Outcome::NotJudged))
        })
    }
}

impl RunName {
    fn of(run: &Named) -> Self {
        let document = &run.document;
        Self {
            name: run.name.clone(),
            id: document.run.id.to_string(),
            started: document.run.started.to_string(),
            commit: document.run.labels.get("commit").map(|commit| commit.to_string()),
        }
    }
}

fn unknown(series: &str, titles: &[String]) -> String {
    let most = 10;
    let mut known = titles.iter().take(most).map(|title| format!("`{title}`")).collect::<Vec<_>>();
    if titles.len() > most {
        known.push(format!("and {} more", titles.len() - most));
    }
    format!("there is no series `{series}`; there are {}", known.join(", "))
}
