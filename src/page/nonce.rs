//! What a policy of a page allows once.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Another one each time, of the random keys that the standard library takes from the system.
pub(super) fn nonce() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_another_one_each_time() {
        assert_ne!(nonce(), nonce());
        assert!(nonce().bytes().all(|b| b.is_ascii_hexdigit()));
    }
}
