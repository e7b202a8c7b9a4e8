//! Quantiles of Student's t and of the normal distribution.

use std::f64::consts::PI;

const HALVINGS: u32 = 200;

/// The value that Student's t with `df` degrees of freedom is below with
/// probability `p` (above one half).
///
/// The distribution for whole degrees of freedom is a finite sum (Abramowitz
/// and Stegun 26.7.3 and 26.7.4); its inverse is found by bisection.
pub(super) fn t_quantile(p: f64, df: u32) -> f64 {
    bisect(|t| t_inside(t, df), 2.0 * p - 1.0)
}

/// The value that a normal variable is below with probability `p` (above one half).
pub(super) fn normal_quantile(p: f64) -> f64 {
    bisect(normal_inside, 2.0 * p - 1.0)
}

/// Where `inside`, which grows from 0 at 0 to 1, reaches `goal`.
fn bisect(inside: impl Fn(f64) -> f64, goal: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while inside(high) < goal {
        high *= 2.0;
    }
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        if inside(middle) < goal {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

/// The probability that |T| is below `t`.
fn t_inside(t: f64, df: u32) -> f64 {
    let angle = (t / f64::from(df).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    if df == 1 {
        return 2.0 * angle / PI;
    }
    let odd = df % 2 == 1;
    let mut term = if odd { cosine } else { 1.0 };
    let mut sum = term;
    let mut k = if odd { 3.0 } else { 2.0 };
    while k <= f64::from(df) - 2.0 {
        term *= cosine * cosine * (k - 1.0) / k;
        sum += term;
        k += 2.0;
    }
    if odd { 2.0 / PI * (angle + sine * sum) } else { sine * sum }
}

/// The probability that |Z| is below `z`: a series that converges for all z.
fn normal_inside(z: f64) -> f64 {
    let (mut term, mut sum, mut k) = (z, z, 3.0);
    while term > sum * 1e-17 {
        term *= z * z / k;
        sum += term;
        k += 2.0;
    }
    2.0 * sum * (-z * z / 2.0).exp() / (2.0 * PI).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, expected: f64) {
        assert!((value / expected - 1.0).abs() < 5e-6, "{value}, not {expected}");
    }

    #[test]
    fn t_is_that_of_the_tables() {
        near(t_quantile(0.975, 1), 12.7062);
        near(t_quantile(0.975, 2), 4.302_65);
        near(t_quantile(0.999, 3), 10.2145);
        near(t_quantile(0.999, 8), 4.500_79);
        near(t_quantile(0.999, 29), 3.396_24);
        near(t_quantile(0.999, 58), 3.236_795);
        near(t_quantile(0.9, 10), 1.372_18);
    }

    #[test]
    fn normal_is_that_of_the_tables() {
        near(normal_quantile(0.975), 1.959_964);
        near(normal_quantile(0.999), 3.090_232);
        near(normal_quantile(0.9995), 3.290_527);
    }
}
