//! Bodies of requests.

use std::fmt;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use tokio::io::{AsyncRead, ReadBuf};

/// The body of a request: bytes, or a stream of them.
///
/// ```
/// use mite::http::Body;
/// let body: Body = "plain text".into();
/// assert_eq!(body.len(), Some(10));
/// assert_eq!(Body::from(vec![0, 1, 2]).len(), Some(3));
/// ```
#[derive(Clone, Default)]
pub struct Body {
    pub(crate) bytes: Bytes,
    pub(crate) upload: Option<Upload>,
}

impl Body {
    /// A body that is sent while it is made. Without a `length` it is sent in chunks.
    /// It can be sent once: such a request is not retried, and a redirect that keeps
    /// the method is not followed.
    ///
    /// ```
    /// use mite::http::Body;
    /// use std::pin::Pin;
    /// use std::task::{Context, Poll};
    ///
    /// /// Any `futures_core::Stream` will do.
    /// struct Counter(u8);
    /// impl futures_core::Stream for Counter {
    ///     type Item = std::io::Result<Vec<u8>>;
    ///     fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
    ///         self.0 += 1;
    ///         Poll::Ready((self.0 < 10).then(|| Ok(vec![self.0; 1000])))
    ///     }
    /// }
    /// assert_eq!(Body::stream(Counter(0), Some(9000)).len(), Some(9000));
    /// ```
    pub fn stream<S, B>(stream: S, length: Option<u64>) -> Self
    where
        S: Stream<Item = io::Result<B>> + Send + 'static,
        B: Into<Bytes>,
    {
        Self { bytes: Bytes::new(), upload: Some(Upload::new(Mapped(Box::pin(stream)), length)) }
    }

    /// A body that is read from a file while it is sent.
    ///
    /// # Errors
    /// If the file cannot be opened.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # use mite::http::Body;
    /// # async fn journey(ctx: &Context) -> mite::Result {
    /// let video = Body::file("fixtures/video.mp4").await?;
    /// ctx.http().put("http://127.0.0.1:8080/videos/1").body(video).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn file(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let named = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", path.display()));
        let file = tokio::fs::File::open(path).await.map_err(named)?;
        let length = file.metadata().await.map_err(named)?.len();
        Ok(Self::stream(Pieces { reader: file, buffer: BytesMut::new() }, Some(length)))
    }

    /// How many bytes it has, if that is known.
    pub fn len(&self) -> Option<u64> {
        match &self.upload {
            Some(upload) => upload.length(),
            None => Some(self.bytes.len() as u64),
        }
    }

    /// Whether it is known to have none.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.upload {
            Some(upload) => write!(f, "Body(stream of {:?} bytes)", upload.length()),
            None => write!(f, "Body({:?})", self.bytes),
        }
    }
}

macro_rules! bodies {
    ($($t:ty),*) => { $(
        impl From<$t> for Body {
            fn from(body: $t) -> Self {
                Self { bytes: body.into(), upload: None }
            }
        }
    )* };
}
bodies!(Bytes, String, Vec<u8>, &'static str, &'static [u8]);

/// Where the bytes of an upload come from.
type Source = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// A streamed body: it can be taken once, and knows what became of it.
#[derive(Clone)]
pub(crate) struct Upload(Arc<Uploading>);

struct Uploading {
    length: Option<u64>,
    source: Mutex<Option<Source>>,
    sent: AtomicU64,
    failure: Mutex<Option<String>>,
}

impl Upload {
    pub(crate) fn new(
        stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
        length: Option<u64>,
    ) -> Self {
        Self(Arc::new(Uploading {
            length,
            source: Mutex::new(Some(Box::pin(stream))),
            sent: AtomicU64::new(0),
            failure: Mutex::new(None),
        }))
    }

    pub(crate) fn length(&self) -> Option<u64> {
        self.0.length
    }

    /// How many bytes have left it.
    pub(crate) fn sent(&self) -> u64 {
        self.0.sent.load(Ordering::Relaxed)
    }

    /// Why its source ended before its end, if it did.
    pub(crate) fn failure(&self) -> Option<String> {
        self.0.failure.lock().unwrap_or_else(|e| e.into_inner()).clone()
    }

    fn fail(&self, error: io::Error) -> io::Error {
        let mut failure = self.0.failure.lock().unwrap_or_else(|e| e.into_inner());
        *failure = Some(error.to_string());
        error
    }

    /// The next piece; checks that the length is what it was said to be.
    fn poll_piece(
        &self,
        source: &mut Option<Source>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Bytes>>> {
        let piece = match source {
            Some(source) => ready!(source.as_mut().poll_next(cx)),
            None => Some(Err(io::Error::other("a streamed body can be sent only once"))),
        };
        let sent = self.sent();
        Poll::Ready(match (piece, self.0.length) {
            (Some(Ok(piece)), Some(length)) if sent + piece.len() as u64 > length => {
                Some(Err(self
                    .fail(io::Error::other(format!("it is longer than the {length} bytes said")))))
            }
            (Some(Ok(piece)), _) => {
                self.0.sent.store(sent + piece.len() as u64, Ordering::Relaxed);
                Some(Ok(piece))
            }
            (Some(Err(error)), _) => Some(Err(self.fail(error))),
            (None, Some(length)) if sent < length => Some(Err(self.fail(io::Error::other(
                format!("it ended after {sent} of the {length} bytes said"),
            )))),
            (None, _) => None,
        })
    }
}

/// A body on its way out.
pub(crate) enum Outgoing {
    Bytes(Bytes),
    Stream { upload: Upload, source: Option<Source>, ended: bool },
}

impl Outgoing {
    /// The body of a hop. A second one of the same stream fails when it is read.
    pub(crate) fn new(bytes: &Bytes, upload: Option<&Upload>) -> Self {
        match upload {
            None => Self::Bytes(bytes.clone()),
            Some(upload) => {
                let source = upload.0.source.lock().unwrap_or_else(|e| e.into_inner()).take();
                Self::Stream { upload: upload.clone(), source, ended: upload.0.length == Some(0) }
            }
        }
    }
}

impl Outgoing {
    /// The next piece; none at the end.
    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        match self {
            Self::Bytes(bytes) => {
                let bytes = std::mem::take(bytes);
                Poll::Ready((!bytes.is_empty()).then_some(Ok(bytes)))
            }
            Self::Stream { ended: true, .. } => Poll::Ready(None),
            Self::Stream { upload, source, ended } => {
                let piece = ready!(upload.poll_piece(source, cx));
                *ended = !matches!(piece, Some(Ok(_)));
                Poll::Ready(piece)
            }
        }
    }

    /// Whether it is known that no piece follows.
    pub(crate) fn is_ended(&self) -> bool {
        match self {
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::Stream { ended, .. } => *ended,
        }
    }
}

/// A stream whose items become [`Bytes`].
struct Mapped<S>(Pin<Box<S>>);

impl<S: Stream<Item = io::Result<B>>, B: Into<Bytes>> Stream for Mapped<S> {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(cx).map(|item| item.map(|piece| piece.map(Into::into)))
    }
}

/// What a reader gives, piece by piece.
struct Pieces<R> {
    reader: R,
    buffer: BytesMut,
}

impl<R: AsyncRead + Unpin> Stream for Pieces<R> {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        const PIECE: usize = 64 << 10;
        let Self { reader, buffer } = &mut *self;
        buffer.resize(PIECE, 0);
        let mut into = ReadBuf::new(buffer);
        ready!(Pin::new(reader).poll_read(cx, &mut into))?;
        let n = into.filled().len();
        Poll::Ready((n > 0).then(|| Ok(buffer.split_to(n).freeze())))
    }
}
