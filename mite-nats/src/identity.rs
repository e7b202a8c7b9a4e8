//! Who one is to the server.

use std::fmt;
use std::path::PathBuf;

/// Who one is to the server.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Identity {
    /// Nobody in particular.
    #[default]
    Nobody,
    /// A file of credentials, as `nsc` writes it.
    Credentials(PathBuf),
    /// A file with the seed of an nkey, as `nk -gen user` writes it.
    Nkey(PathBuf),
    /// A user with a password.
    User {
        /// The user's name.
        name: String,
        /// The password.
        password: String,
    },
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("Nobody"),
            Self::Credentials(path) => f.debug_tuple("Credentials").field(path).finish(),
            Self::Nkey(path) => f.debug_tuple("Nkey").field(path).finish(),
            Self::User { name, .. } => {
                f.debug_struct("User").field("name", name).finish_non_exhaustive()
            }
        }
    }
}
