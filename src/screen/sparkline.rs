//! A row of heights: how a figure went.

use super::look::Look;

/// The last of `values`, a column each, the greatest of those shown being full height.
/// Zero stands at the bottom: what is small looks small.
pub(super) fn sparkline(values: &[f64], columns: usize, look: &Look) -> String {
    let shown = &values[values.len().saturating_sub(columns)..];
    let most = shown.iter().copied().fold(0.0, f64::max);
    let part = |value: &f64| if most > 0.0 { value / most } else { 0.0 };
    shown.iter().map(|value| look.height(part(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_values_are_shown_from_zero_up() {
        let look = Look { unicode: true, colours: true };
        assert_eq!(sparkline(&[9.0, 0.0, 1.0, 2.0, 4.0], 4, &look), "▁▃▅█");
        assert_eq!(sparkline(&[0.0, 0.0], 9, &look), "▁▁");
        assert_eq!(sparkline(&[], 9, &look), "");
        let ascii = Look { unicode: false, colours: true };
        assert_eq!(sparkline(&[0.0, 4.0], 9, &ascii), "_#");
    }
}
