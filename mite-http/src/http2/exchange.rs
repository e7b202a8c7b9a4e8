//! One request and its response on one stream.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use h2::{Reason, RecvStream, SendStream};
use http::header::{self, HeaderMap, HeaderName};
use http::{Method, Request, Uri, Version};

use super::connection::Slot;
use super::failure;
use crate::body::Outgoing;
use crate::cookie::Jar;
use crate::engine::Engine;
use crate::error::{Failure, Kind};
use crate::exchange::{Content, Trace};
use crate::head::Head;
use crate::hop::Hop;
use crate::plan::{Keep, Plan};
use crate::rest::Rest;
use crate::session::Session;
use crate::{encoding, redirect};

/// Sends `hop` on a stream and reads the response, its body as the plan says.
/// Dropping the future resets the stream.
pub(crate) async fn exchange(
    slot: Slot,
    engine: &Engine,
    session: &Session,
    plan: &Plan,
    hop: &Hop,
    trace: &mut Trace,
) -> Result<(Head, Content), Failure> {
    let timings = &mut trace.timings;
    timings.reused = slot.reused;
    timings.transfer_start = timings.so_far();
    trace.remote = Some(slot.connection.remote);
    trace.tls = slot.connection.route.tls;
    trace.version = Version::HTTP_2;
    let body = Outgoing::new(&hop.body, hop.upload.as_ref());
    let request = request(hop, engine, &session.memory().jar)?;
    let failed = |error| {
        let (failure, unprocessed) = failure::before_head(error);
        (failure, unprocessed)
    };
    let ended = body.is_ended();
    let opened = slot.sender().send_request(request, ended);
    let (mut response, send) = opened.map_err(failed).map_err(|(failure, unprocessed)| {
        trace.unprocessed = unprocessed;
        failure
    })?;
    let mut pump = Pump { send: (!ended).then_some(send), body, piece: Bytes::new() };
    let head = poll_fn(|cx| {
        pump.poll(cx);
        Pin::new(&mut response).poll(cx)
    })
    .await;
    let head = head.map_err(failed).map_err(|(failure, unprocessed)| {
        trace.unprocessed = unprocessed;
        failure
    })?;
    trace.note_first_byte();
    trace.sent = hop.body.len() as u64;
    let (parts, body) = head.into_parts();
    trace.status = parts.status.as_u16();
    let head = Head::of_h2(parts.status, parts.headers);
    let mut unread = Unread { body, pump, _slot: slot };

    let limit = match plan.keep {
        Keep::Nothing => None,
        Keep::Stream if !(plan.follow && redirect::is_one(&head)) => {
            return Ok((head, Content::Unread(Rest::Http2(unread))));
        }
        Keep::Whole | Keep::Stream => Some(engine.settings.max_body),
    };
    let mut kept = Vec::new();
    let mut first = Bytes::new();
    while let Some(piece) = unread.chunk(trace).await? {
        match limit {
            Some(limit) if trace.received > limit => return Err(encoding::too_large(limit)),
            Some(_) if first.is_empty() => first = piece,
            Some(_) => {
                if kept.is_empty() {
                    kept.extend_from_slice(&first);
                }
                kept.extend_from_slice(&piece);
            }
            None => {}
        }
    }
    trace.timings.total = trace.timings.so_far();
    let body = if kept.is_empty() { first } else { kept.into() };
    Ok((head, Content::Read(body)))
}

/// A body that is still to be read.
pub(crate) struct Unread {
    body: RecvStream,
    pump: Pump,
    _slot: Slot,
}

impl Unread {
    /// The next piece; none at the end.
    pub(crate) async fn chunk(&mut self, trace: &mut Trace) -> Result<Option<Bytes>, Failure> {
        loop {
            let piece = poll_fn(|cx| {
                self.pump.poll(cx);
                self.body.poll_data(cx)
            });
            match piece.await {
                None => return Ok(None),
                Some(Err(error)) => return Err(failure::in_body(error)),
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
fn request(hop: &Hop, engine: &Engine, jar: &Jar) -> Result<Request<()>, Failure> {
    let mut headers = HeaderMap::with_capacity(8 + hop.headers.len());
    hop.each_standard_header(&engine.user_agent, |name, value| {
        headers.append(name.clone(), value.clone());
    });
    hop.each_own_header(jar, |name, value| {
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
