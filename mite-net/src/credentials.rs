//! A user's name and password, and how they leave a URL.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use percent_encoding::percent_decode_str;
use url::Url;

/// A user's name and password: bytes, as a URL may have any.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name.
    pub user: Vec<u8>,
    /// The password.
    pub password: Vec<u8>,
}

impl Credentials {
    /// A name and a password.
    pub fn new(user: impl Into<Vec<u8>>, password: impl Into<Vec<u8>>) -> Self {
        Self { user: user.into(), password: password.into() }
    }

    /// The value of an `Authorization` header.
    ///
    /// ```
    /// let bob = mite_net::Credentials::new("bob", "pw");
    /// assert_eq!(bob.basic(), "Basic Ym9iOnB3");
    /// ```
    pub fn basic(&self) -> String {
        format!("Basic {}", BASE64.encode([&*self.user, b":", &self.password].concat()))
    }
}

/// Takes `user:password@` out of a URL. What is percent-encoded in it is decoded, and
/// nothing else: a `+` stays one.
///
/// ```
/// let mut url = "http://us+er:p&w%2F%E9@h/".parse().unwrap();
/// let credentials = mite_net::take_credentials(&mut url).unwrap();
/// assert_eq!((&*credentials.user, &*credentials.password), (&b"us+er"[..], &b"p&w/\xe9"[..]));
/// assert_eq!(url.as_str(), "http://h/");
/// ```
pub fn take_credentials(url: &mut Url) -> Option<Credentials> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let decode = |text: &str| percent_decode_str(text).collect::<Vec<_>>();
    let credentials =
        Credentials::new(decode(url.username()), decode(url.password().unwrap_or_default()));
    // Both can only fail for URLs without a host, which have no credentials.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(credentials)
}
