//! A running service, and a client that sends exactly what it is told to.

use crate::fixture::{Fixture, RUN};
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// So long, nothing here takes.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A service that ends with this.
pub struct Service {
    pub child: Child,
    pub address: String,
    log: Arc<Mutex<String>>,
}

impl Service {
    /// On the fixture's model, with more arguments.
    pub fn start(fixture: &Fixture, arguments: &[&str]) -> Self {
        let always = [
            "serve",
            "--model",
            RUN,
            "--device",
            "cpu",
            "--listen",
            "127.0.0.1:0",
        ];
        let mut child = fixture.start(&[&always, arguments].concat());
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next().unwrap().unwrap();
            if let Some((_, address)) = line.split_once("listening on http://") {
                break address.to_owned();
            }
        };
        let log = Arc::<Mutex<String>>::default();
        let copy = Arc::clone(&log);
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = writeln!(copy.lock().unwrap(), "{line}");
            }
        });
        Self {
            child,
            address,
            log,
        }
    }

    /// What it said since it listens.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    pub fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[], b"")
    }

    pub fn post(&self, path: &str, kind: &str, body: &[u8]) -> Reply {
        self.ask("POST", path, &[("Content-Type", kind)], body)
    }

    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut stream = self.connect();
        stream
            .write_all(&head(method, path, headers, body.len()))
            .unwrap();
        // Who refuses a body does not read it.
        let _ = stream.write_all(body);
        Reply::read(stream)
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let status = std::process::Command::new("kill")
            .args([name, &id])
            .status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The header of a request for one answer.
pub fn head(method: &str, path: &str, headers: &[(&str, &str)], length: usize) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    format!("{head}Content-Length: {length}\r\n\r\n").into_bytes()
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        // A connection that is closed with a body unread may break off behind the answer.
        let _ = stream.read_to_end(&mut bytes);
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(&bytes)));
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self {
            status,
            head: head.to_lowercase(),
            body: bytes[end + 4..].to_vec(),
        }
    }

    /// The JSON of an answer with this status.
    pub fn json(&self, status: u16) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{}\n{text}", self.head);
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// The code of a problem with this status.
    pub fn problem(&self, status: u16) -> String {
        let body = self.json(status);
        let is_told = |name: &str| body[name].as_str().is_some_and(|text| !text.is_empty());
        assert!(is_told("message") && is_told("hint"), "{body}");
        body["code"].as_str().unwrap().to_owned()
    }
}

/// Base64.
pub fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Pictures as the parts of a form, with its type.
pub fn form(pictures: &[(&str, Vec<u8>)]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (name, bytes) in pictures {
        body.extend(
            format!(
                "--X-X\r\nContent-Disposition: form-data; name=\"p\"; filename=\"{name}\"\r\n\r\n"
            )
            .bytes(),
        );
        body.extend(bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--X-X--\r\n");
    ("multipart/form-data; boundary=X-X".to_owned(), body)
}

/// Whether two probabilities are one, computed in batches of other sizes.
pub fn assert_near(left: &Value, right: &Value) {
    let apart = (left.as_f64().unwrap() - right.as_f64().unwrap()).abs();
    assert!(apart < 1e-6, "{left} {right}");
}
