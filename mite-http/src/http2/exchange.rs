//! One request and its response on one stream.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use h2::{Reason, RecvStream, SendStream};
use http::header::{self, HeaderMap, HeaderName};
use http::{Method, Request, Uri, Version};
use tokio::time::Instant;

use super::connection::Slot;
use super::failure;
use super::pulse::Pulse;
use crate::body::Outgoing;
use crate::cookie::Jar;
use crate::encoding;
use crate::error::{Failure, Kind};
use crate::head::Head;
use crate::held::{Limits, Share};
use crate::hop::Hop;
use crate::trace::Trace;
use crate::wire::Wire;

/// A response whose body is still to be read.
pub(crate) struct Received {
    pub(crate) head: Head,
    pub(crate) unread: Unread,
}

/// Sends `request`, which `hop` was written as, and its body on a stream, and waits
/// for the head of the response. Dropping the future resets the stream.
pub(crate) async fn send(
    slot: Slot,
    request: Request<()>,
    hop: &Hop,
    trace: &mut Trace,
) -> Result<Received, Failure> {
    trace.version = Version::HTTP_2;
    let body = Outgoing::new(&hop.body, hop.upload.as_ref());
    let ended = body.is_ended();
    let sent = slot.sender().send_request(request, ended);
    let pulse = slot.connection.pulse.clone();
    let (mut response, send) = sent.map_err(|error| before_head(error, &pulse, trace))?;
    let mut pump = Pump { send: (!ended).then_some(send), body, piece: Bytes::new() };
    let head = poll_fn(|cx| {
        pump.poll(cx);
        Pin::new(&mut response).poll(cx)
    })
    .await;
    let head = head.map_err(|error| before_head(error, &pulse, trace))?;
    trace.note_first_byte();
    trace.sent = hop.body.len() as u64;
    let (parts, body) = head.into_parts();
    trace.status = parts.status.as_u16();
    let head = Head::of_h2(parts.status, parts.headers);
    Ok(Received { head, unread: Unread { body, pump, slot } })
}

fn before_head(error: h2::Error, pulse: &Pulse, trace: &mut Trace) -> Failure {
    let (failure, unprocessed) = failure::before_head(error, pulse);
    trace.unprocessed = unprocessed;
    failure
}

/// A body that is still to be read.
pub(crate) struct Unread {
    body: RecvStream,
    pump: Pump,
    slot: Slot,
}

impl Unread {
    /// All of it, or nothing of what is to be read without `limits`; more than they say
    /// is an error.
    pub(crate) async fn whole(
        &mut self,
        limits: Option<Limits>,
        trace: &mut Trace,
    ) -> Result<Bytes, Failure> {
        let (mut kept, mut share) = (Vec::new(), Share::default());
        let mut first = Bytes::new();
        while let Some(piece) = self.chunk(trace).await? {
            match limits {
                Some(Limits { each, .. }) if trace.received > each => {
                    return Err(encoding::too_large(each));
                }
                Some(_) if first.is_empty() => first = piece,
                Some(limits) => {
                    if kept.is_empty() {
                        kept.extend_from_slice(&first);
                    }
                    kept.extend_from_slice(&piece);
                    share.set(kept.capacity() as u64, limits)?;
                }
                None => {}
            }
        }
        Ok(if kept.is_empty() { first } else { share.hold(kept) })
    }

    /// The next piece; none at the end.
    pub(crate) async fn chunk(&mut self, trace: &mut Trace) -> Result<Option<Bytes>, Failure> {
        loop {
            let piece = poll_fn(|cx| {
                self.pump.poll(cx);
                self.body.poll_data(cx)
            });
            match piece.await {
                None => return Ok(None),
                Some(Err(error)) => {
                    return Err(failure::in_body(error, &self.slot.connection.pulse));
                }
                Some(Ok(piece)) => {
                    // It only fails for more bytes than came.
                    let _ = self.body.flow_control().release_capacity(piece.len());
                    trace.received += piece.len() as u64;
                    if !piece.is_empty() {
                        return Ok(Some(piece));
                    }
                }
            }
        }
    }
}

/// A body on its way out, as far as the peer's window lets it.
struct Pump {
    /// None once all is sent, or cannot be.
    send: Option<SendStream<Bytes>>,
    body: Outgoing,
    piece: Bytes,
}

impl Pump {
    /// Sends what can be sent now. What goes wrong, the response tells.
    fn poll(&mut self, cx: &mut Context<'_>) {
        while let Some(send) = &mut self.send {
            if self.piece.is_empty() {
                match self.body.poll_piece(cx) {
                    Poll::Pending => return,
                    Poll::Ready(Some(Ok(piece))) => {
                        self.piece = piece;
                        send.reserve_capacity(self.piece.len());
                        if !self.piece.is_empty() || !self.body.is_ended() {
                            continue;
                        }
                        let _ = send.send_data(Bytes::new(), true);
                    }
                    Poll::Ready(Some(Err(_))) => send.send_reset(Reason::CANCEL),
                    Poll::Ready(None) => {
                        let _ = send.send_data(Bytes::new(), true);
                    }
                }
                self.send = None;
                return;
            }
            match send.poll_capacity(cx) {
                Poll::Pending => return,
                Poll::Ready(Some(Ok(room))) => {
                    let piece = self.piece.split_to(room.min(self.piece.len()));
                    let last = self.piece.is_empty() && self.body.is_ended();
                    if send.send_data(piece, last).is_err() || last {
                        self.send = None;
                    }
                }
                Poll::Ready(_) => self.send = None,
            }
        }
    }
}

/// A hop as a request of HTTP/2: its host in the URI, and without what speaks
/// of the connection.
pub(crate) fn request(
    hop: &Hop,
    wire: &Wire,
    jar: &Jar,
    now: Instant,
) -> Result<Request<()>, Failure> {
    let mut headers = HeaderMap::with_capacity(8 + hop.headers.len());
    hop.each_standard_header(&wire.user_agent, |name, value| {
        headers.append(name.clone(), value.clone());
    });
    hop.each_own_header(jar, now, |name, value| {
        let other_te = name == header::TE && value != "trailers";
        if !speaks_of_connection(name) && !other_te {
            headers.append(name.clone(), value.clone());
        }
    });
    let length = match &hop.upload {
        Some(upload) => upload.length(),
        None => Some(hop.body.len() as u64),
    };
    let says_length =
        length != Some(0) || [Method::POST, Method::PUT, Method::PATCH].contains(&hop.method);
    if let Some(length) = length.filter(|_| says_length) {
        headers.entry(header::CONTENT_LENGTH).or_insert_with(|| length.into());
    }
    let uri = Uri::builder()
        .scheme(if hop.target.origin.tls { "https" } else { "http" })
        .authority(hop.host().as_bytes())
        .path_and_query(hop.target.uri.path_and_query().map_or("/", |path| path.as_str()))
        .build();
    let uri = uri.map_err(|_| {
        Failure::new(Kind::Request, "its `Host` header is no host, as HTTP/2 wants it")
    })?;
    let mut request = Request::new(());
    *request.method_mut() = hop.method.clone();
    *request.uri_mut() = uri;
    *request.version_mut() = Version::HTTP_2;
    *request.headers_mut() = headers;
    Ok(request)
}

fn speaks_of_connection(name: &HeaderName) -> bool {
    let names = ["connection", "transfer-encoding", "upgrade", "keep-alive", "proxy-connection"];
    names.contains(&name.as_str())
}
