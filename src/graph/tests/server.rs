//! A server that answers what a test tells it to, and remembers what it was asked.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) path: String,
    /// Decoded, so that filters can be read.
    pub(super) query: String,
    pub(super) headers: HashMap<String, String>,
    pub(super) body: String,
}

/// What to do with a request.
pub(super) enum Reply {
    /// Status, further headers, body.
    Http(u16, Vec<(&'static str, String)>, String),
    /// These bytes, then the end.
    Raw(String),
    /// A reset connection.
    Reset,
    /// Nothing, for as long as the client likes.
    Silence,
}

impl Reply {
    pub(super) fn json(body: String) -> Self {
        Self::status(200, body)
    }

    pub(super) fn status(status: u16, body: String) -> Self {
        Self::Http(
            status,
            vec![("content-type", "application/json".into()), ("request-id", "r-1".into())],
            body,
        )
    }
}

pub(super) struct Server {
    pub(super) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Answers request number `n`, counted from 0, with what `answer(n, request)` says.
    pub(super) async fn start(answer: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (all, answer) = (Arc::clone(&seen), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (all, answer) = (Arc::clone(&all), Arc::clone(&answer));
                tokio::spawn(async move { serve(stream, &all, &*answer).await });
            }
        });
        Self { url, seen }
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// The address of a port where nobody listens.
pub(super) async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

async fn serve(
    mut stream: TcpStream,
    all: &Mutex<Vec<Seen>>,
    answer: &(dyn Fn(usize, &Seen) -> Reply + Sync),
) {
    let Some(request) = read(&mut stream).await else { return };
    let reply = {
        let mut all = all.lock().unwrap();
        all.push(request.clone());
        answer(all.len() - 1, &request)
    };
    let text = match reply {
        Reply::Raw(text) => text,
        Reply::Reset => return stream.set_zero_linger().unwrap(),
        Reply::Silence => return std::future::pending().await,
        Reply::Http(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n");
            for (name, value) in headers {
                let _ = write!(head, "{name}: {value}\r\n");
            }
            if status != 204 {
                let _ = write!(head, "content-length: {}\r\n", body.len());
            }
            format!("{head}\r\n{body}")
        }
    };
    // The client may have gone already.
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut lines = head.lines();
            let mut first = lines.next()?.split(' ');
            let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
            let headers: HashMap<String, String> = lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect();
            let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            if body.len() >= length {
                let (path, query) = target.split_once('?').unwrap_or((&target, ""));
                let query: Vec<String> = url::form_urlencoded::parse(query.as_bytes())
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                let (path, query, body) = (path.to_owned(), query.join("&"), body.to_owned());
                return Some(Seen { method, path, query, headers, body });
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
