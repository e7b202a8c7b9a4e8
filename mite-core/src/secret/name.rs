//! Names of what is secret.

/// Parts of the names of what is not for showing; letters and digits only.
const WORDS: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "credential",
    "apikey",
    "accesskey",
    "private",
    "cookie",
    "bearer",
    "session",
    "signature",
];

/// Whether a name says that what is under it is not for showing, however it is
/// spelt: `password`, `api-key`, `X-Amz-Signature`.
///
/// ```
/// assert!(mite_core::config::is_secret("accessToken"));
/// assert!(!mite_core::config::is_secret("author"));
/// ```
pub fn is_secret(name: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let name: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    // Authors and authorities are no secret; who authorizes is.
    let authorizes = |rest: &str| !rest.starts_with("or") || rest.starts_with("oriz");
    name.split("auth").skip(1).any(authorizes) || WORDS.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_in_any_spelling() {
        for name in [
            "db_password",
            "PASSWD",
            "pwd",
            "passphrase",
            "api-key",
            "apiKey",
            "API_KEY",
            "access_key",
            "AwsAccessKeyId",
            "bearer",
            "session_id",
            "client-secret",
            "auth",
            "oauth",
            "author_auth",
            "Authorization",
            "X-Amz-Signature",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["key", "name", "path", "passengers", "author", "authority", "co-authors", ""] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
