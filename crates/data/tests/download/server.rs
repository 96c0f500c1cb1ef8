//! Servers on this machine, each with its own way to answer.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::tiny_set::{NAMES, gzip, unpacked};

/// How a server answers the request for the file of that index; `None` for any other path.
pub(crate) type Answer = fn(&mut TcpStream, &str, Option<usize>);

/// A server on this machine; it lives until the tests end.
pub(crate) struct Server {
    pub(crate) address: String,
    pub(crate) num_requests: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let num_requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&num_requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let counter = Arc::clone(&counter);
                thread::spawn(move || {
                    let path = read_request(&stream);
                    counter.fetch_add(1, Ordering::SeqCst);
                    let index = NAMES.iter().position(|name| path == format!("/{name}.gz"));
                    answer(&mut stream, &path, index);
                });
            }
        });
        Self {
            address,
            num_requests,
        }
    }

    pub(crate) fn num_requests(&self) -> usize {
        self.num_requests.load(Ordering::SeqCst)
    }
}

/// The path that the request is for.
pub(crate) fn read_request(stream: &TcpStream) -> String {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    for line in lines {
        if line.is_empty() {
            break;
        }
    }
    first.split(' ').nth(1).unwrap_or_default().to_owned()
}

/// Errors of writing are the client's right: it may hang up.
pub(crate) fn send(stream: &mut TcpStream, status: &str, header: &str, body: &[u8]) {
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n{header}\r\n");
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body);
}

pub(crate) fn send_file(stream: &mut TcpStream, bytes: &[u8]) {
    send(
        stream,
        "200 OK",
        &format!("Content-Length: {}\r\n", bytes.len()),
        bytes,
    );
}

pub(crate) fn good(stream: &mut TcpStream, _path: &str, index: Option<usize>) {
    match index {
        Some(index) => send_file(stream, &gzip(&unpacked(index))),
        None => not_found(stream, "", None),
    }
}

pub(crate) fn not_found(stream: &mut TcpStream, _path: &str, _index: Option<usize>) {
    send(stream, "404 Not Found", "Content-Length: 0\r\n", b"");
}

pub(crate) fn stalling(stream: &mut TcpStream, _path: &str, _index: Option<usize>) {
    send(stream, "200 OK", "Content-Length: 500\r\n", b"\x1f\x8b");
    thread::sleep(Duration::from_secs(5));
}

pub(crate) fn dripping(stream: &mut TcpStream, _path: &str, _index: Option<usize>) {
    send(stream, "200 OK", "Content-Length: 500\r\n", b"\x1f\x8b");
    for _ in 0..100 {
        let _ = stream.write_all(b"x");
        thread::sleep(Duration::from_millis(50));
    }
}

pub(crate) fn cut_off(stream: &mut TcpStream, _path: &str, index: Option<usize>) {
    let whole = gzip(&unpacked(index.unwrap_or_default()));
    let header = format!("Content-Length: {}\r\n", whole.len());
    send(stream, "200 OK", &header, &whole[..whole.len() / 2]);
}

/// Cut off without having said how long it would be: only the contents can tell.
pub(crate) fn cut_off_unannounced(stream: &mut TcpStream, _path: &str, index: Option<usize>) {
    let whole = gzip(&unpacked(index.unwrap_or_default()));
    send(stream, "200 OK", "", &whole[..whole.len() / 2]);
}

pub(crate) fn other_labels(stream: &mut TcpStream, _path: &str, index: Option<usize>) {
    let mut bytes = unpacked(index.unwrap_or_default());
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    send_file(stream, &gzip(&bytes));
}

pub(crate) fn web_page(stream: &mut TcpStream, _path: &str, _index: Option<usize>) {
    send_file(stream, b"<!DOCTYPE html><title>Please log in</title>");
}

pub(crate) fn too_large(stream: &mut TcpStream, _path: &str, _index: Option<usize>) {
    send_file(stream, &vec![0; 1 << 20]);
}

pub(crate) fn endless(stream: &mut TcpStream, _path: &str, _index: Option<usize>) {
    send(stream, "200 OK", "", b"");
    while stream.write_all(&[0; 4096]).is_ok() {}
}

/// A few bytes that unpack to very many.
pub(crate) fn bomb(stream: &mut TcpStream, _path: &str, index: Option<usize>) {
    let mut bytes = unpacked(index.unwrap_or_default());
    bytes.resize(3 << 20, 0);
    send_file(stream, &gzip(&bytes));
}

/// Each file is somewhere else, by a full address or by a path.
pub(crate) fn redirecting(stream: &mut TcpStream, path: &str, index: Option<usize>) {
    let host = stream.local_addr().unwrap();
    match (index, path.strip_prefix("/moved")) {
        (Some(index), _) if index % 2 == 0 => {
            send(
                stream,
                "302 Found",
                &format!("Location: http://{host}/moved{path}\r\n"),
                b"",
            );
        }
        (Some(_), _) => send(
            stream,
            "301 Moved",
            &format!("Location: /moved{path}\r\n"),
            b"",
        ),
        (None, Some(rest)) => {
            let index = NAMES.iter().position(|name| rest == format!("/{name}.gz"));
            good(stream, path, index);
        }
        (None, None) => not_found(stream, path, None),
    }
}

pub(crate) fn in_circles(stream: &mut TcpStream, path: &str, _index: Option<usize>) {
    send(
        stream,
        "302 Found",
        &format!("Location: {path}\r\nContent-Length: 0\r\n"),
        b"",
    );
}

/// Has the first two files only.
pub(crate) fn half(stream: &mut TcpStream, path: &str, index: Option<usize>) {
    match index {
        Some(0 | 1) => good(stream, path, index),
        _ => not_found(stream, path, index),
    }
}
