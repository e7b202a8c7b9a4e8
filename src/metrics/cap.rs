//! How many sets of labels a metric may have.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::family::{Family, Labels, OVERFLOW, Row};

/// Bounds the rows of each metric: what comes first has a row of its own, for good; the
/// rest is added up in one.
#[derive(Debug)]
pub(super) struct Cap {
    most: usize,
    admitted: HashMap<Cow<'static, str>, HashSet<Labels>>,
}

/// Labels that stay what they are in the row of the rest.
const KEPT: [&str; 3] = ["test", "had_error", "state"];

impl Cap {
    /// So many rows for each metric.
    pub(super) fn new(most: usize) -> Self {
        Self { most, admitted: HashMap::new() }
    }

    /// Adds up what has the same labels, and what finds no room.
    pub(super) fn apply(&mut self, family: &mut Family) {
        let admitted = self.admitted.entry(family.name.clone()).or_default();
        let mut places: HashMap<Labels, usize> = HashMap::with_capacity(family.rows.len());
        let mut rows: Vec<Row> = Vec::with_capacity(family.rows.len());
        for mut row in family.rows.drain(..) {
            if !admitted.contains(&row.labels) {
                if admitted.len() < self.most {
                    admitted.insert(row.labels.clone());
                } else {
                    let rest = row.labels.iter_mut().filter(|(name, _)| !KEPT.contains(&&**name));
                    rest.for_each(|(_, value)| OVERFLOW.clone_into(value));
                }
            }
            match places.get(&row.labels) {
                Some(at) => rows[*at].value.merge(&row.value),
                None => {
                    places.insert(row.labels.clone(), rows.len());
                    rows.push(row);
                }
            }
        }
        family.rows = rows;
    }
}

#[cfg(test)]
mod tests {
    use super::super::family::Value;
    use super::*;

    fn shown(cap: &mut Cap, rows: &[(&str, f64)]) -> Vec<(String, f64)> {
        let mut family = Family::counter("orders_total", "Orders.");
        rows.iter().for_each(|(kind, n)| family.row(&[("test", "t"), ("kind", kind)], *n));
        cap.apply(&mut family);
        let shown = family.rows.iter().map(|row| match row.value {
            Value::Number(n) => (row.labels[1].1.clone(), n),
            Value::Histogram(_) => unreachable!("none was added"),
        });
        shown.collect()
    }

    #[test]
    fn who_came_first_keeps_its_row_whatever_comes_later() {
        let mut cap = Cap::new(2);
        assert_eq!(shown(&mut cap, &[("b", 1.0)]), [("b".into(), 1.0)]);
        let rows = [("a", 1.0), ("c", 5.0), ("b", 2.0), ("d", 6.0), ("a", 0.5)];
        let all: [(String, f64); 3] =
            [("a".into(), 1.5), (OVERFLOW.into(), 11.0), ("b".into(), 2.0)];
        assert_eq!(shown(&mut cap, &rows), all, "and the sum is that of all");
        assert_eq!(shown(&mut cap, &[("d", 7.0)]), [(OVERFLOW.to_owned(), 7.0)]);
    }
}
