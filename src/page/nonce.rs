//! What a policy of a page allows once.

/// Another one each time.
pub(super) fn nonce() -> String {
    crate::web::random()
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
