//! The wire: requests in, answers out, and the faults that only a connection can show.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::extract::connect_info::Connected;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use futures_util::{StreamExt as _, stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use super::fault::FaultKind;
use super::service::{Answer, Call, Reply, Service};

/// Bodies larger than this are no calls of Graph.
const LARGEST_BODY: usize = 4 * 1024 * 1024;
const DRIPS: usize = 8;

/// The service, shared by the connections and the owner of the simulator.
pub(super) type Shared = Arc<Mutex<Service>>;

/// Serves until the runtime is dropped.
pub(super) async fn serve(listener: TcpListener, service: Shared) -> io::Result<()> {
    let app =
        axum::Router::new().fallback(move |ConnectInfo(line): ConnectInfo<Line>, request: Request<Body>| {
            let service = Arc::clone(&service);
            async move { Ok::<_, Infallible>(handle(&service, &line, request).await) }
        });
    axum::serve(Lines(listener), app.into_make_service_with_connect_info::<Line>()).await
}

async fn handle(service: &Shared, line: &Line, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let call = Call {
        method: parts.method.as_str().to_owned(),
        path: decode(parts.uri.path()),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        host: text("host").unwrap_or_else(|| "127.0.0.1".to_owned()),
        authorization: text("authorization"),
        prefer: prefer(&parts.headers),
        client_request_id: text("client-request-id"),
        body: body.to_vec(),
    };
    // A panic while the lock was held leaves data that is still whole: every change is one assignment.
    let Answer { reply, harm } = service.lock().unwrap_or_else(PoisonError::into_inner).answer(&call);
    if let Some(delay) = harm.as_ref().and_then(FaultKind::delay) {
        tokio::time::sleep(delay).await;
    }
    let lost = matches!(harm, Some(FaultKind::Reset { .. }))
        || (matches!(harm, Some(FaultKind::Truncate)) && reply.body.is_none());
    if lost {
        line.cut();
    }
    response(reply, harm.as_ref())
}

/// Several headers count as one.
fn prefer(headers: &HeaderMap) -> String {
    headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",")
}

/// Percent-decoding of a path, where `+` is no blank.
fn decode(path: &str) -> String {
    let escaped = path.replace('+', "%2B");
    url::form_urlencoded::parse(format!("p={}", escaped.replace('&', "%26")).as_bytes())
        .next()
        .map_or_else(|| path.to_owned(), |(_, value)| value.into_owned())
}

fn plain(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn response(reply: Reply, harm: Option<&FaultKind>) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = plain(status);
    let headers = response.headers_mut();
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let Some((kind, bytes)) = reply.body else { return response };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    *response.body_mut() = match harm {
        Some(FaultKind::Truncate) => truncated(bytes),
        Some(FaultKind::Slow { milliseconds }) => slow(&bytes, Duration::from_millis(*milliseconds)),
        _ => Body::from(bytes),
    };
    response
}

/// Half of the body, then an error: the connection closes before the announced length.
fn truncated(mut bytes: Vec<u8>) -> Body {
    bytes.truncate(bytes.len() / 2);
    let parts = [Ok(Bytes::from(bytes)), Err(io::Error::from(io::ErrorKind::ConnectionAborted))];
    // The error would overtake the bytes if both came at once.
    Body::from_stream(stream::iter(parts).then(|part| async {
        if part.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        part
    }))
}

fn slow(bytes: &[u8], whole: Duration) -> Body {
    let size = bytes.len().div_ceil(DRIPS).max(1);
    let drips: Vec<Bytes> = bytes.chunks(size).map(Bytes::copy_from_slice).collect();
    let pause = whole / DRIPS as u32;
    Body::from_stream(stream::iter(drips).then(move |drip| async move {
        tokio::time::sleep(pause).await;
        Ok::<_, Infallible>(drip)
    }))
}

/// A handle on a connection that can end it without an answer.
#[derive(Clone, Debug)]
struct Line(Arc<AtomicBool>);

impl Line {
    fn cut(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Connected<IncomingStream<'_, Lines>> for Line {
    fn connect_info(incoming: IncomingStream<'_, Lines>) -> Self {
        Self(Arc::clone(&incoming.io().cut))
    }
}

struct Lines(TcpListener);

impl Listener for Lines {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            match self.0.accept().await {
                Ok((stream, address)) => {
                    // Answers are small and go out at once.
                    let _ = stream.set_nodelay(true);
                    return (Connection { stream, cut: Arc::new(AtomicBool::new(false)) }, address);
                }
                // Out of file handles, or a client that left already: others may come.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// A connection that resets as soon as it should write after being cut.
struct Connection {
    stream: TcpStream,
    cut: Arc<AtomicBool>,
}

impl Connection {
    fn broken(&self) -> Option<io::Error> {
        self.cut.load(Ordering::Relaxed).then(|| {
            // Closing without lingering sends a reset instead of an orderly end.
            let _ = self.stream.set_zero_linger();
            io::Error::from(io::ErrorKind::ConnectionReset)
        })
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.broken() {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut self.stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.broken() {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut self.stream).poll_shutdown(context),
        }
    }
}

/// Runs the server on the present thread until told to stop.
pub(super) fn run(
    listener: std::net::TcpListener,
    service: Shared,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        tokio::select! {
            ended = serve(listener, service) => ended,
            () = stop => Ok(()),
        }
    })
}
