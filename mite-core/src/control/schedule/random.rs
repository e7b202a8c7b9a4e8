//! Numbers that look random and are functions of others.

/// SplitMix64's output function: neighbouring numbers become independent ones.
pub(super) fn scatter(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Of two numbers, one.
pub(super) fn mix(a: u64, b: u64) -> u64 {
    scatter(scatter(a).wrapping_add(b))
}

/// Between 0 and 1, and neither of them.
pub(super) fn unit(x: u64) -> f64 {
    ((x >> 11) as f64 + 0.5) / (1u64 << 53) as f64
}

/// A number with the Poisson distribution of this mean, which is some hundreds at most:
/// as many as independent gaps fit.
pub(super) fn poisson(mean: f64, seed: u64) -> u32 {
    let least = (-mean).exp();
    let mut product = 1.0;
    for n in 0.. {
        product *= unit(mix(seed, n.into()));
        if product < least {
            return n;
        }
    }
    u32::MAX
}
