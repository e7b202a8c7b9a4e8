//! Forms with files in them.

use std::fmt::Write;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;

use crate::body::{Body, Outgoing};

/// A form as `multipart/form-data`: fields and files.
///
/// ```
/// use mite::prelude::*;
/// use mite::http::{Multipart, Part};
///
/// async fn upload(ctx: &Context) -> mite::Result {
///     let form = Multipart::new()
///         .text("title", "Sunset")
///         .part("image", Part::bytes(vec![0xff, 0xd8]).file_name("s.jpg").mime("image/jpeg"))
///         .part("raw", Part::file("fixtures/sunset.raw").await?);
///     ctx.http().post("http://127.0.0.1:8080/pictures").multipart(form).send().await?;
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct Multipart {
    boundary: String,
    parts: Vec<(String, Part)>,
}

impl Default for Multipart {
    fn default() -> Self {
        Self::new()
    }
}

impl Multipart {
    /// A form without parts.
    pub fn new() -> Self {
        let boundary = format!("mite-{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        Self { boundary, parts: Vec::new() }
    }

    /// Adds a field.
    #[must_use]
    pub fn text(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.part(name, Part::bytes(value.into()))
    }

    /// Adds a part.
    #[must_use]
    pub fn part(mut self, name: impl Into<String>, part: Part) -> Self {
        self.parts.push((name.into(), part));
        self
    }

    pub(crate) fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// The body; in one piece if no part is a stream.
    pub(crate) fn into_body(self) -> Body {
        let mut pieces = Vec::with_capacity(2 * self.parts.len() + 1);
        let mut separator = format!("--{}\r\n", self.boundary);
        for (name, part) in self.parts {
            let head = format!("{separator}{}\r\n", part.head(&name));
            pieces.push(Body::from(head));
            pieces.push(part.body);
            separator = format!("\r\n--{}\r\n", self.boundary);
        }
        let end =
            separator.replace(&format!("--{}", self.boundary), &format!("--{}--", self.boundary));
        pieces.push(Body::from(end));
        if pieces.iter().all(|piece| piece.upload.is_none()) {
            let whole: Vec<u8> =
                pieces.iter().flat_map(|piece| piece.bytes.iter().copied()).collect();
            return whole.into();
        }
        let length = pieces.iter().map(Body::len).sum();
        let mut pieces: Vec<_> =
            pieces.iter().map(|p| Outgoing::new(&p.bytes, p.upload.as_ref())).collect();
        pieces.reverse();
        Body::stream(Chain(pieces), length)
    }
}

/// One part of a [`Multipart`].
#[derive(Debug)]
pub struct Part {
    body: Body,
    file_name: Option<String>,
    mime: Option<String>,
}

impl Part {
    /// A part with this content.
    pub fn bytes(content: impl Into<Body>) -> Self {
        Self { body: content.into(), file_name: None, mime: None }
    }

    /// A file, under its own name, read while it is sent.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub async fn file(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let mut part = Self::bytes(Body::file(path).await?);
        part.file_name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        part.mime = Some("application/octet-stream".to_owned());
        Ok(part)
    }

    /// Sets the name of the file that it is said to be.
    #[must_use]
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = Some(name.into());
        self.mime.get_or_insert_with(|| "application/octet-stream".to_owned());
        self
    }

    /// Sets its content type.
    #[must_use]
    pub fn mime(mut self, mime: impl Into<String>) -> Self {
        self.mime = Some(mime.into());
        self
    }

    fn head(&self, name: &str) -> String {
        let mut head = format!("Content-Disposition: form-data; name=\"{}\"", escaped(name));
        // Writing to a String cannot fail.
        if let Some(file_name) = &self.file_name {
            let _ = write!(head, "; filename=\"{}\"", escaped(file_name));
        }
        head.push_str("\r\n");
        if let Some(mime) = &self.mime {
            let _ = write!(head, "Content-Type: {}\r\n", mime.replace(['\r', '\n'], " "));
        }
        head
    }
}

/// A name in quotes, escaped as browsers do.
fn escaped(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// Bodies one after the other, the first last.
struct Chain(Vec<Outgoing>);

impl Stream for Chain {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while let Some(body) = self.0.last_mut() {
            match ready!(body.poll_piece(cx)) {
                None => drop(self.0.pop()),
                piece => return Poll::Ready(piece),
            }
        }
        Poll::Ready(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_written_part_by_part() {
        let form = Multipart::new()
            .text("a", "1")
            .part("f\"x", Part::bytes(vec![0, 255]).file_name("é\n.bin").mime("image/png"));
        let boundary = form.boundary.clone();
        assert_eq!(form.content_type(), format!("multipart/form-data; boundary={boundary}"));
        let mut expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--{boundary}\r\n\
             Content-Disposition: form-data; name=\"f%22x\"; filename=\"é%0A.bin\"\r\n\
             Content-Type: image/png\r\n\r\n"
        )
        .into_bytes();
        expected.extend([0, 255]);
        expected.extend(format!("\r\n--{boundary}--\r\n").into_bytes());
        assert_eq!(form.into_body().bytes, expected);
        let empty = Multipart::new();
        let boundary = empty.boundary.clone();
        assert_eq!(empty.into_body().bytes, format!("--{boundary}--\r\n"));
    }
}
