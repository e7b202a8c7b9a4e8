//! InfluxDB, versions 1 to 3.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use mite_core::error::{Error, Result};

use super::client::{Answer, Post};
use super::line::{self, Field};
use super::percentile::percentile;
use super::protocol::{Protocol, Shot, nanos};
use super::settings::{Environment, checked};
use crate::metrics::{Family, Histogram, Kind, Labels, Native, SCHEMA, Value};

/// How often, as upstream mite, and how long an answer may take.
const EVERY: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(10);

/// Percentiles, by the names of their fields since the last time, and in all.
const PERCENTILES: [(f64, &str, &str); 5] = [
    (0.50, "p50", "p50_cumulative"),
    (0.75, "p75", "p75_cumulative"),
    (0.90, "p90", "p90_cumulative"),
    (0.95, "p95", "p95_cumulative"),
    (0.99, "p99", "p99_cumulative"),
];

/// What was taken last, by measurement.
type Taken = HashMap<String, HashMap<Labels, Value>>;

/// Points for InfluxDB, named as upstream mite's.
pub(crate) struct Influx {
    url: String,
    headers: Vec<(String, String)>,
    /// Whether the buckets of histograms are sent, too.
    buckets: bool,
    /// Differences are to what was taken last: what was not is in the next one.
    taken: Taken,
    /// The time of what was sent and may have been taken or not: what is sent instead has
    /// the same one, and takes its place there.
    unanswered: Option<u64>,
}

impl Influx {
    /// To this server; the environment says which version it is, and who asks. With `buckets`
    /// the buckets of histograms have points, too.
    ///
    /// # Errors
    /// If a setting is missing or makes no sense; the text names it.
    pub(crate) fn new(url: &str, environment: &Environment, buckets: bool) -> Result<Self> {
        let url = checked("--influxdb", url)?;
        let get = |name: &str| environment.first(&[name]).map(str::to_owned);
        let need = |name: &str, version: u32| {
            get(name).ok_or_else(|| {
                Error::new(format!(
                    "--influxdb needs {name} for version {version} of InfluxDB (INFLUXDB_VERSION says which)"
                ))
            })
        };
        let version = version(environment)?;
        let base = url.trim_end_matches('/');
        let mut headers = vec![("content-type".into(), "text/plain; charset=utf-8".into())];
        let token = get("INFLUXDB_TOKEN");
        let url = match version {
            1 => {
                let mut query = vec![("db", need("INFLUXDB_DATABASE", 1)?)];
                query.extend(get("INFLUXDB_RETENTION_POLICY").map(|policy| ("rp", policy)));
                if let (Some(user), Some(password)) =
                    (get("INFLUXDB_USERNAME"), get("INFLUXDB_PASSWORD"))
                {
                    use base64::Engine;
                    let pair = format!("{user}:{password}");
                    let pair = base64::engine::general_purpose::STANDARD.encode(pair);
                    headers.push(("authorization".into(), format!("Basic {pair}")));
                }
                query.push(("precision", "ns".into()));
                whole(base, "/write", &query)
            }
            2 => {
                let query = [
                    ("org", need("INFLUXDB_ORG", 2)?),
                    ("bucket", need("INFLUXDB_BUCKET", 2)?),
                    ("precision", "ns".into()),
                ];
                headers.extend(token.map(|t| ("authorization".into(), format!("Token {t}"))));
                whole(base, "/api/v2/write", &query)
            }
            _ => {
                let query =
                    [("db", need("INFLUXDB_DATABASE", 3)?), ("precision", "nanosecond".into())];
                headers.extend(token.map(|t| ("authorization".into(), format!("Bearer {t}"))));
                whole(base, "/api/v3/write_lp", &query)
            }
        };
        Ok(Self { url, headers, buckets, taken: Taken::new(), unanswered: None })
    }
}

/// What the environment says, or what its other settings are for; 3 as upstream's.
fn version(environment: &Environment) -> Result<u32> {
    let Some(text) = environment.first(&["INFLUXDB_VERSION"]) else {
        let has = |name| environment.first(&[name]).is_some();
        return Ok(match (has("INFLUXDB_BUCKET"), has("INFLUXDB_USERNAME")) {
            (true, _) => 2,
            (false, true) => 1,
            (false, false) => 3,
        });
    };
    let major = text.trim_start_matches(['v', 'V']).split('.').next().unwrap_or_default();
    match major.parse() {
        Ok(version @ 1..=3) => Ok(version),
        _ => Err(Error::new(format!("INFLUXDB_VERSION `{text}` is none of 1, 2 and 3"))),
    }
}

fn whole(base: &str, path: &str, query: &[(&str, String)]) -> String {
    let encoded = |text: &str| -> String {
        let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let shown = text.bytes().map(|byte| match keep(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        });
        shown.collect()
    };
    let query: Vec<_> =
        query.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    format!("{base}{path}?{}", query.join("&"))
}

impl Protocol for Influx {
    fn name(&self) -> &'static str {
        "influxdb"
    }

    fn every(&self) -> Duration {
        EVERY
    }

    fn encode(&mut self, shot: &Shot) -> Option<Post> {
        let mut out = String::new();
        let at = *self.unanswered.get_or_insert(nanos(shot.at));
        for family in shot.families.iter() {
            let taken = self.taken.get(&*family.name);
            points(&mut out, family, taken, (at, self.buckets));
        }
        (!out.is_empty()).then(|| Post {
            url: self.url.clone(),
            headers: self.headers.clone(),
            body: out.into_bytes(),
            timeout: TIMEOUT,
        })
    }

    fn delivered(&mut self, shot: &Shot, _answer: &Answer) -> Option<String> {
        self.unanswered = None;
        for family in shot.families.iter() {
            let taken = self.taken.entry(family.name.to_string()).or_default();
            taken.extend(family.rows.iter().map(|row| (row.labels.clone(), row.value.clone())));
        }
        None
    }
}

/// A line for each row that has changed; if so asked, one for each bucket of a histogram.
fn points(
    out: &mut String,
    family: &Family,
    taken: Option<&HashMap<Labels, Value>>,
    (at, with_buckets): (u64, bool),
) {
    for row in &family.rows {
        let before = taken.and_then(|taken| taken.get(&row.labels));
        let tags = row.labels.iter().map(|(name, value)| (&**name, value.as_str()));
        match (&row.value, before) {
            (Value::Number(n), _) if family.kind == Kind::Gauge => {
                line::write(out, &family.name, tags, &[("value", Field::Float(*n))], at);
            }
            (Value::Number(n), before) => {
                let earlier = match before {
                    Some(Value::Number(earlier)) => *earlier,
                    _ => 0.0,
                };
                if before.is_some() && earlier == *n {
                    continue;
                }
                let field = |n: f64| match family.is_whole {
                    true => Field::Whole(n as u64),
                    false => Field::Float(n),
                };
                let fields =
                    [("value", field((n - earlier).max(0.0))), ("value_cumulative", field(*n))];
                line::write(out, &family.name, tags, &fields, at);
            }
            (Value::Histogram(now), before) => {
                let earlier = match before {
                    Some(Value::Histogram(earlier)) => Some(earlier),
                    _ => None,
                };
                if earlier.is_some_and(|earlier| earlier.count == now.count) {
                    continue;
                }
                let measurement = format!("{}_summary", family.name);
                line::write(out, &measurement, tags.clone(), &summary(now, earlier), at);
                if with_buckets {
                    buckets(out, &format!("{}_bucket", family.name), tags, now, at);
                }
            }
        }
    }
}

/// Upstream's buckets: how many did not exceed a bound, since the start.
fn buckets<'a>(
    out: &mut String,
    measurement: &str,
    tags: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    histogram: &Histogram,
    at: u64,
) {
    let bounds = histogram.cumulative().map(|(bound, n)| (bound.to_string(), n));
    for (bound, n) in bounds.chain([("+Inf".to_owned(), histogram.count)]) {
        let mut tags: Vec<(&str, &str)> = tags.clone().collect();
        tags.push(("le", &bound));
        line::write(out, measurement, tags, &[("count", Field::Whole(n))], at);
    }
}

/// Upstream's fields of a histogram: since the last time, and in all.
fn summary(now: &Histogram, earlier: Option<&Arc<Histogram>>) -> Vec<(&'static str, Field)> {
    let all = &now.native;
    let before = earlier.map(|earlier| earlier.native.clone()).unwrap_or_default();
    let lately = since(all, &before);
    let (count, sum) = earlier.map_or((0, 0.0), |earlier| (earlier.count, earlier.sum));
    let mean = |sum: f64, count: u64| if count == 0 { 0.0 } else { sum / count as f64 };
    let (new_count, new_sum) = (now.count.saturating_sub(count), now.sum - sum);
    let mut fields = Vec::new();
    for (share, name, cumulative) in PERCENTILES {
        fields.push((name, Field::Float(percentile(&lately, share, SCHEMA))));
        fields.push((cumulative, Field::Float(percentile(all, share, SCHEMA))));
    }
    fields.extend([
        ("sum", Field::Float(new_sum)),
        ("count", Field::Whole(new_count)),
        ("avg", Field::Float(mean(new_sum, new_count))),
        ("sum_cumulative", Field::Float(now.sum)),
        ("count_cumulative", Field::Whole(now.count)),
        ("avg_cumulative", Field::Float(mean(now.sum, now.count))),
    ]);
    fields
}

fn since(now: &Native, before: &Native) -> Native {
    let side = |now: &BTreeMap<i32, u64>, before: &BTreeMap<i32, u64>| {
        let more =
            |(at, n): (&i32, &u64)| (*at, n.saturating_sub(before.get(at).copied().unwrap_or(0)));
        now.iter().map(more).filter(|(_, n)| *n > 0).collect()
    };
    Native {
        zero: now.zero.saturating_sub(before.zero),
        positive: side(&now.positive, &before.positive),
        negative: side(&now.negative, &before.negative),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Result<Influx> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        Influx::new("http://h:8086/", &Environment::of(pairs), false)
    }

    #[test]
    fn buckets_are_cumulative_and_have_the_bound_as_a_tag() {
        let sent = |is_wanted: bool| {
            let mut times = mite_core::stats::Distribution::default();
            for ms in [200, 900, 7_000] {
                times.record(Duration::from_millis(ms));
            }
            let mut family = Family::times("mite_http_response_time_seconds", "Times.");
            family.spread(&[("transaction", "pay")], Arc::new(Histogram::of_list(&times, "0.5,1")));
            let mut out = String::new();
            points(&mut out, &family, None, (9, is_wanted));
            let lines = out.lines().map(str::to_owned).collect::<Vec<_>>();
            assert!(lines[0].starts_with("mite_http_response_time_seconds_summary,"), "{out}");
            lines[1..].to_vec()
        };
        let line = |bound: &str, n: u64| {
            let name = "mite_http_response_time_seconds_bucket";
            format!("{name},transaction=pay,le={bound} count={n}i 9")
        };
        assert_eq!(sent(true), [line("0.5", 1), line("1", 2), line("+Inf", 3)]);
        assert_eq!(sent(false), [""; 0]);
    }

    #[test]
    fn each_version_has_its_own_path_and_its_own_way_to_say_who_asks() {
        let one = of(&[
            ("INFLUXDB_VERSION", "1.8"),
            ("INFLUXDB_DATABASE", "a b"),
            ("INFLUXDB_RETENTION_POLICY", "autogen"),
            ("INFLUXDB_USERNAME", "u"),
            ("INFLUXDB_PASSWORD", "p"),
        ]);
        let one = one.unwrap();
        assert_eq!(one.url, "http://h:8086/write?db=a%20b&rp=autogen&precision=ns");
        assert_eq!(one.headers[1], ("authorization".into(), "Basic dTpw".into()));
        let two = of(&[("INFLUXDB_BUCKET", "b"), ("INFLUXDB_ORG", "o"), ("INFLUXDB_TOKEN", "t")]);
        let two = two.unwrap();
        assert_eq!(two.url, "http://h:8086/api/v2/write?org=o&bucket=b&precision=ns");
        assert_eq!(two.headers[1], ("authorization".into(), "Token t".into()));
        let three = of(&[("INFLUXDB_DATABASE", "d"), ("INFLUXDB_TOKEN", "t")]).unwrap();
        assert_eq!(three.url, "http://h:8086/api/v3/write_lp?db=d&precision=nanosecond");
        assert_eq!(three.headers[1], ("authorization".into(), "Bearer t".into()));
    }

    #[test]
    fn what_may_have_been_taken_is_sent_again_in_its_place() {
        let mut influx = of(&[("INFLUXDB_DATABASE", "d")]).unwrap();
        let mut told = |n: f64, at: u64, is_taken: bool| {
            let mut family = Family::counter("orders_total", "Orders.");
            family.row(&[("kind", "new")], n);
            let shot = Shot {
                families: Arc::new(vec![family]),
                started: std::time::UNIX_EPOCH,
                at: std::time::UNIX_EPOCH + Duration::from_nanos(at),
                is_last: false,
            };
            let sent = influx.encode(&shot).map(|post| String::from_utf8(post.body).unwrap());
            if is_taken {
                influx.delivered(&shot, &Answer { status: 204, body: Vec::new() });
            }
            sent.unwrap_or_default()
        };
        let line = |more: u64, all: u64, at: u64| {
            format!("orders_total,kind=new value={more}i,value_cumulative={all}i {at}\n")
        };
        assert_eq!(told(3.0, 10, true), line(3, 3, 10));
        assert_eq!(told(5.0, 20, false), line(2, 5, 20));
        assert_eq!(told(9.0, 30, true), line(6, 9, 20), "instead of the one before");
        assert_eq!(told(10.0, 40, true), line(1, 10, 40));
        assert_eq!(told(10.0, 50, true), "", "nothing has changed");
    }

    #[test]
    fn what_is_missing_is_told_by_its_name() {
        let error = |pairs: &[_]| of(pairs).err().unwrap().text().to_owned();
        assert!(error(&[]).starts_with("--influxdb needs INFLUXDB_DATABASE for version 3"));
        assert!(error(&[("INFLUXDB_BUCKET", "b")]).starts_with("--influxdb needs INFLUXDB_ORG"));
        let wrong = error(&[("INFLUXDB_VERSION", "v4")]);
        assert_eq!(wrong, "INFLUXDB_VERSION `v4` is none of 1, 2 and 3");
    }
}
