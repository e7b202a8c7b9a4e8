//! The methods of HTTP, as calls.

use http::Method;

use crate::client::Http;
use crate::request::RequestBuilder;

macro_rules! verbs {
    ($($verb:ident $method:ident),*) => { $(
        #[doc = concat!("A `", stringify!($method), "` request.")]
        pub fn $verb(&self, url: impl AsRef<str>) -> RequestBuilder {
            RequestBuilder::new(self.clone(), Method::$method, url.as_ref())
        }
    )* };
}

impl Http {
    verbs!(get GET, post POST, put PUT, patch PATCH, delete DELETE, head HEAD, options OPTIONS);

    /// A request of any method, given as text or as [`Method`].
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # let ctx = Context::for_test();
    /// let request = ctx.http().request("PROPFIND", "http://h/files");
    /// assert_eq!(request.to_curl(), "curl -X PROPFIND http://h/files");
    /// ```
    pub fn request(&self, method: impl AsRef<str>, url: impl AsRef<str>) -> RequestBuilder {
        let text = method.as_ref();
        match Method::from_bytes(text.as_bytes()) {
            Ok(method) => RequestBuilder::new(self.clone(), method, url.as_ref()),
            Err(_) => RequestBuilder::new(self.clone(), Method::GET, url.as_ref())
                .refuse(format!("{text:?} is not a method")),
        }
    }
}
