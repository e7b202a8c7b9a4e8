//! Reads a threshold's text.

use std::ops::Range;
use std::time::Duration;

use super::error::ParseError;
use super::expression::{Comparison, Selection, Selector, Statistic, Subject, Threshold};
use super::lexer::{Kind, Token, tokens};
use super::quantity::{UNITS, Unit, scaled};
use super::words::{check_key, check_unit, fits, known_of, meant, misspelt, no_such_statistic};
use crate::spec::nearest;

impl Threshold {
    /// Reads a threshold; see [`threshold`](super) for how it is written.
    ///
    /// ```
    /// use mite_core::stats::{Statistic, Threshold};
    /// let limit = Threshold::parse(r#"http p99 {transaction="Log in"} < 300ms"#).unwrap();
    /// assert_eq!(limit.statistic, Statistic::Percentile(99.0));
    /// assert_eq!(limit.bound, 300e6);
    /// ```
    ///
    /// # Errors
    /// If it is none; the error has the place, and the word that was probably meant.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Parser { text, tokens: tokens(text)?, at: 0 }.threshold()
    }
}

/// A selector, and the place of its key.
type Placed = (Selector, Range<usize>);

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
}

impl Parser<'_> {
    fn threshold(mut self) -> Result<Threshold, ParseError> {
        let (subject, _) = self.subject()?;
        let mut selectors = self.selectors()?.unwrap_or_default();
        let (statistic, said) = self.statistic(&subject)?;
        if selectors.is_empty() {
            selectors = self.selectors()?.unwrap_or_default();
        }
        for (selector, place) in &selectors {
            check_key(&subject, statistic, selector)
                .map_err(|what| self.error(place.clone(), what))?;
        }
        let selectors: Vec<_> = selectors.into_iter().map(|(selector, _)| selector).collect();
        let comparison = self.comparison()?;
        let (bound, unit, place) = self.quantity()?;
        let by_status = selectors.iter().any(|selector| selector.key == "status");
        check_unit(&subject, statistic, by_status, unit, &self.text[place.clone()])
            .map_err(|what| self.error(place, what))?;
        let (over, abort) = self.clauses(statistic, comparison)?;
        if statistic == Statistic::RateDeviation && over.is_some() {
            let what = "rate_stddev is over the whole run: it has no `over`";
            return Err(self.error(said, what));
        }
        Ok(Threshold {
            selection: Selection { subject, selectors },
            statistic,
            comparison,
            bound,
            unit,
            over,
            abort,
            text: self.text.trim().to_owned(),
        })
    }

    fn subject(&mut self) -> Result<(Subject, Range<usize>), ParseError> {
        let (name, quoted, span) = match self.next() {
            Some(Token { kind: Kind::Word(word), span }) => (word, false, span),
            Some(Token { kind: Kind::Quoted(text), span }) => (text, true, span),
            other => {
                let span = self.place_of(other.as_ref());
                return Err(self.error(
                    span,
                    "a threshold begins with what it is about: http, errors, journeys, transactions, or a statistic of your own",
                ));
            }
        };
        let subject = match &*name {
            _ if quoted => Subject::Named(name),
            "errors" => Subject::Errors,
            "journeys" => Subject::Journeys,
            "transactions" => Subject::Transactions,
            word => {
                if let Some(meant) = misspelt(word) {
                    let what = format!(
                        "there is nothing called `{word}`; did you mean `{meant}`? A statistic of your own that is called so is written \"{word}\""
                    );
                    return Err(self.error(span, what));
                }
                Subject::Named(name)
            }
        };
        Ok((subject, span))
    }

    fn statistic(&mut self, subject: &Subject) -> Result<(Statistic, Range<usize>), ParseError> {
        let token = self.next();
        let span = self.place_of(token.as_ref());
        let Some(Token { kind: Kind::Word(word), .. }) = token else {
            let what = format!(
                "which figure of {subject}? Write one of {} here, such as `{subject} {}`",
                known_of(subject).join(", "),
                if *subject == Subject::Errors { "rate" } else { "p99" }
            );
            return Err(self.error(span, what));
        };
        let statistic = match &*word {
            "mean" | "avg" => Statistic::Mean,
            "median" | "med" => Statistic::Percentile(50.0),
            "min" => Statistic::Min,
            "max" => Statistic::Max,
            "stddev" => Statistic::Deviation,
            "count" => Statistic::Count,
            "rate" => Statistic::Rate,
            "failed" => Statistic::Failed,
            "sum" => Statistic::Sum,
            "last" => Statistic::Last,
            "rate_stddev" => Statistic::RateDeviation,
            // As k6 writes it: p(99).
            "p" if self.takes("(") => {
                let p = match self.next() {
                    Some(Token { kind: Kind::Number(p), .. }) if self.takes(")") => p,
                    _ => f64::NAN,
                };
                let span = span.start..self.end();
                return self.percentile(p, span.clone()).map(|statistic| (statistic, span));
            }
            _ => match word.strip_prefix('p').map(str::parse) {
                Some(Ok(p)) => self.percentile(p, span.clone())?,
                _ => return Err(self.error(span, no_such_statistic(&word, subject))),
            },
        };
        if !fits(statistic, subject) {
            let what = format!(
                "{subject} have no {statistic}; they have {}",
                known_of(subject).join(", ")
            );
            return Err(self.error(span, what));
        }
        Ok((statistic, span))
    }

    fn percentile(&self, p: f64, span: Range<usize>) -> Result<Statistic, ParseError> {
        match (0.0..=100.0).contains(&p) {
            true => Ok(Statistic::Percentile(p)),
            false => Err(self.error(span, "a percentile is from p0 to p100, such as p99.9")),
        }
    }

    /// `{key="pattern", …}`, each with the place of its key.
    fn selectors(&mut self) -> Result<Option<Vec<Placed>>, ParseError> {
        if !self.takes("{") {
            return Ok(None);
        }
        let mut selectors = Vec::new();
        loop {
            let token = self.next();
            let place = self.place_of(token.as_ref());
            let key = match token.map(|token| token.kind) {
                Some(Kind::Sign("}")) if selectors.is_empty() => break,
                Some(Kind::Word(key) | Kind::Quoted(key)) => key,
                _ => {
                    let what =
                        "a selector is written key=\"value\", such as transaction=\"Log in\"";
                    return Err(self.error(place, what));
                }
            };
            let sign = self.next();
            let negated = match sign.as_ref().map(|token| &token.kind) {
                Some(Kind::Sign("=" | "==")) => false,
                Some(Kind::Sign("!=")) => true,
                _ => {
                    let span = self.place_of(sign.as_ref());
                    return Err(self.error(span, format!("behind {key} stands = or !=")));
                }
            };
            let value = self.next();
            let pattern = match value.as_ref().map(|token| &token.kind) {
                Some(Kind::Word(text) | Kind::Quoted(text)) => text.clone(),
                Some(Kind::Number(_)) => self.number_and_rest(value.as_ref()),
                _ => {
                    let span = self.place_of(value.as_ref());
                    return Err(self.error(span, format!("{key} has no value; write \"…\"")));
                }
            };
            selectors.push((Selector { key, pattern, negated }, place));
            let token = self.next();
            match token.as_ref().map(|token| &token.kind) {
                Some(Kind::Sign(",")) => {}
                Some(Kind::Sign("}")) => break,
                _ => {
                    let span = self.place_of(token.as_ref());
                    return Err(self.error(
                        span,
                        "here stands , or }; a value with blanks is written in quotes",
                    ));
                }
            }
        }
        Ok(Some(selectors))
    }

    /// `503`, and `5*`, which are a number and a word to the lexer.
    fn number_and_rest(&mut self, number: Option<&Token>) -> String {
        let start = self.place_of(number).start;
        if let Some(Token { kind: Kind::Word(_), span }) = self.tokens.get(self.at)
            && span.start == self.end()
        {
            self.at += 1;
        }
        self.text[start..self.end()].to_owned()
    }

    fn comparison(&mut self) -> Result<Comparison, ParseError> {
        let token = self.next();
        let span = self.place_of(token.as_ref());
        Ok(match token.map(|token| token.kind) {
            Some(Kind::Sign("<")) => Comparison::Below,
            Some(Kind::Sign("<=")) => Comparison::AtMost,
            Some(Kind::Sign(">")) => Comparison::Above,
            Some(Kind::Sign(">=")) => Comparison::AtLeast,
            Some(Kind::Sign("==")) => Comparison::Equal,
            Some(Kind::Sign("!=")) => Comparison::Unequal,
            Some(Kind::Sign("=")) => return Err(self.error(span, "equal is written ==")),
            Some(Kind::Sign("=<")) => return Err(self.error(span, "at most is written <=")),
            Some(Kind::Sign("=>")) => return Err(self.error(span, "at least is written >=")),
            _ => {
                return Err(
                    self.error(span, "what compares is missing here: <, <=, >, >=, == or !=")
                );
            }
        })
    }

    /// A number with its unit, in the base of that unit, and where it stands.
    fn quantity(&mut self) -> Result<(f64, Unit, Range<usize>), ParseError> {
        let token = self.next();
        let span = self.place_of(token.as_ref());
        let Some(Token { kind: Kind::Number(number), .. }) = token else {
            return Err(
                self.error(span, "a number is missing here, such as 300ms, 0.1%, 480/s or 17")
            );
        };
        let unit = match self.tokens.get(self.at).map(|token| &token.kind) {
            Some(Kind::Sign("%")) => "%".to_owned(),
            Some(Kind::Sign("/")) => {
                self.at += 1;
                match self.tokens.get(self.at).map(|token| &token.kind) {
                    Some(Kind::Word(word)) => format!("/{word}"),
                    _ => "/".to_owned(),
                }
            }
            Some(Kind::Word(word)) if !is_clause(word) => word.clone(),
            _ => return Ok((number, Unit::Number, span)),
        };
        let token = self.next();
        let place = self.place_of(token.as_ref());
        let Some((_, unit, factor)) = UNITS.iter().find(|(name, ..)| *name == unit) else {
            let what = match unit.starts_with('/') {
                true => format!("`{unit}` is no unit; rates are a second: /s"),
                false => format!(
                    "`{unit}` is no unit{}; there are ns, us, ms, s, m, h, % and /s",
                    meant(nearest(&unit, UNITS.iter().map(|(name, ..)| *name)))
                ),
            };
            return Err(self.error(place, what));
        };
        Ok((scaled(number, *factor), *unit, span.start..place.end))
    }

    /// `over 10s` and `abort after 30s`, both or one of them.
    fn clauses(
        &mut self,
        statistic: Statistic,
        comparison: Comparison,
    ) -> Result<(Option<Duration>, Option<Duration>), ParseError> {
        let (mut over, mut abort) = (None, None);
        while let Some(token) = self.next() {
            let span = token.span.clone();
            match &token.kind {
                Kind::Word(word) if word == "over" && over.is_none() => {
                    over = Some(self.duration("over")?);
                }
                Kind::Word(word) if word == "abort" && abort.is_none() => {
                    let after = matches!(
                        self.tokens.get(self.at).map(|token| &token.kind),
                        Some(Kind::Word(word)) if word == "after"
                    );
                    abort = Some(match after {
                        true => {
                            self.at += 1;
                            self.duration("after")?
                        }
                        false => Duration::ZERO,
                    });
                    let grows = matches!(statistic, Statistic::Count | Statistic::Sum);
                    if grows && over.is_none() && !comparison.is_upper() {
                        let what = format!(
                            "{statistic} still grows, so that `{comparison}` is not broken before the end; abort goes with < and <="
                        );
                        return Err(self.error(span, what));
                    }
                }
                Kind::Word(word) => {
                    let what = format!(
                        "`{word}` does not belong here{}; behind the bound may stand `over 10s`, and then `abort` or `abort after 30s`",
                        meant(nearest(word, ["over", "abort"]).filter(|near| near != word))
                    );
                    return Err(self.error(span, what));
                }
                _ => return Err(self.error(span, "the threshold should end here")),
            }
        }
        Ok((over, abort))
    }

    fn duration(&mut self, behind: &str) -> Result<Duration, ParseError> {
        let token = self.tokens.get(self.at);
        let span = self.place_of(token);
        let wrong = format!("behind `{behind}` stands a time with its unit, such as 10s");
        let Some(Token { kind: Kind::Number(_), .. }) = token else {
            return Err(self.error(span, wrong));
        };
        let (nanos, unit, span) = self.quantity()?;
        let time = Some(nanos).filter(|_| unit == Unit::Time).map(|nanos| nanos / 1e9);
        let time = time.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        match time {
            Some(Duration::ZERO) if behind == "over" => {
                Err(self.error(span, "a stretch of no length holds nothing"))
            }
            Some(time) => Ok(time),
            None => Err(self.error(span, wrong)),
        }
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += usize::from(token.is_some());
        token
    }

    fn takes(&mut self, sign: &str) -> bool {
        let there = matches!(
            self.tokens.get(self.at).map(|token| &token.kind),
            Some(Kind::Sign(found)) if *found == sign
        );
        self.at += usize::from(there);
        there
    }

    /// Where what was taken ends.
    fn end(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |last| self.tokens[last].span.end)
    }

    /// Where a token stands; the end of the text without one.
    fn place_of(&self, token: Option<&Token>) -> Range<usize> {
        let end = self.text.trim_end().len();
        token.map_or(end..end, |token| token.span.clone())
    }

    fn error(&self, span: Range<usize>, what: impl Into<String>) -> ParseError {
        ParseError::new(self.text, span, what)
    }
}

fn is_clause(word: &str) -> bool {
    matches!(word, "over" | "abort" | "after")
}
