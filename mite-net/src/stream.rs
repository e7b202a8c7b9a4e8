//! What a dialer connects: a socket, plain or encrypted.

use std::fmt;
use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio_rustls::client::TlsStream;

/// A connection, plain or encrypted.
pub struct Stream(Socket);

pub(crate) enum Socket {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    #[cfg(unix)]
    Unix(UnixStream),
    #[cfg(unix)]
    UnixTls(Box<TlsStream<UnixStream>>),
}

macro_rules! stream {
    ($stream:expr, $method:ident $(, $arg:expr)*) => {
        match &mut $stream.get_mut().0 {
            Socket::Plain(tcp) => Pin::new(tcp).$method($($arg),*),
            Socket::Tls(tls) => Pin::new(tls).$method($($arg),*),
            #[cfg(unix)]
            Socket::Unix(unix) => Pin::new(unix).$method($($arg),*),
            #[cfg(unix)]
            Socket::UnixTls(tls) => Pin::new(tls).$method($($arg),*),
        }
    };
}

impl Stream {
    /// Whether there is nothing to read, not even the end. Costs a call to the
    /// system only if there is, or was when the runtime looked last.
    pub fn is_silent(&mut self) -> bool {
        match &mut self.0 {
            Socket::Plain(tcp) => {
                matches!(tcp.try_read(&mut [0]), Err(e) if e.kind() == std::io::ErrorKind::WouldBlock)
            }
            // What is to read may be TLS's own business, such as a session ticket.
            _ => {
                let mut cx = Context::from_waker(Waker::noop());
                Pin::new(self).poll_read(&mut cx, &mut ReadBuf::new(&mut [0])).is_pending()
            }
        }
    }
}

impl From<Socket> for Stream {
    fn from(socket: Socket) -> Self {
        Self(socket)
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Socket::Plain(_) => "Stream(TCP)",
            Socket::Tls(_) => "Stream(TLS)",
            #[cfg(unix)]
            Socket::Unix(_) => "Stream(Unix)",
            #[cfg(unix)]
            Socket::UnixTls(_) => "Stream(TLS on Unix)",
        })
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        stream!(self, poll_read, cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        stream!(self, poll_write, cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        stream!(self, poll_write_vectored, cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.0 {
            Socket::Plain(tcp) => tcp.is_write_vectored(),
            Socket::Tls(tls) => tls.is_write_vectored(),
            #[cfg(unix)]
            Socket::Unix(unix) => unix.is_write_vectored(),
            #[cfg(unix)]
            Socket::UnixTls(tls) => tls.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        stream!(self, poll_flush, cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        stream!(self, poll_shutdown, cx)
    }
}
