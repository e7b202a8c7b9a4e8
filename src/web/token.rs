//! What somebody must know who may change the run.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};

/// What nobody can guess: 128 bits, of the random keys that the standard library takes
/// from the system.
pub(crate) fn random() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

/// What somebody must know who may change the run: it is printed at the start.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Token {
    /// A new one.
    pub(crate) fn random() -> Self {
        Self(random())
    }

    /// Whether it is this one. Takes as long whatever is wrong.
    pub(super) fn is(&self, text: &str) -> bool {
        let (own, other) = (self.0.as_bytes(), text.as_bytes());
        let different = own.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
        own.len() == other.len() && different == 0
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_another_one_and_fits_itself_alone() {
        let (one, other) = (Token::random(), Token::random());
        assert_eq!(one.to_string().len(), 32);
        assert!(one.is(&one.to_string()) && !one.is(&other.to_string()));
        assert!(!one.is("") && !one.is(&one.to_string()[1..]) && !one.is(&format!("{one}0")));
    }
}
