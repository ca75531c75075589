//! Plain HTTP over a socket, from both sides: asking the simulated tenant, and playing something that is no Graph.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// A call, and its status and body.
pub(crate) fn call(address: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("the server is there");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time limit");
    // HTTP/1.0: the answer ends with the connection, and is not sent in chunks.
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, body.to_owned())
}

/// What a fake server answers to everything.
#[derive(Clone, Copy)]
pub(crate) struct Fake {
    pub(crate) status: &'static str,
    pub(crate) headers: &'static str,
    pub(crate) body: &'static str,
}

impl Fake {
    /// An answer in JSON.
    pub(crate) const fn json(status: &'static str, body: &'static str) -> Self {
        Self { status, headers: "Content-Type: application/json\r\n", body }
    }

    /// Starts to answer, until the test ends. Its address.
    pub(crate) fn listen(self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || self.answer(stream));
            }
        });
        address
    }

    fn answer(self, mut stream: TcpStream) {
        let mut lines = BufReader::new(&stream).lines();
        // A read has no body: the head is all there is.
        while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
        let (status, headers, body) = (self.status, self.headers, self.body);
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n");
        // Whoever asked may have gone.
        let _ = stream.write_all(format!("{head}\r\n{body}").as_bytes());
    }
}

/// An address at which nobody listens.
pub(crate) fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}
