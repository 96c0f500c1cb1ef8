//! A server on this machine that keeps objects in memory, and answers as Amazon's S3 and as a plain web server: just
//! what the tests ask of it, which is small. It looks at no signature.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::thread;

const DATE: &str = "Sat, 28 Nov 2026 12:00:00 GMT";
const XML_DATE: &str = "2026-11-28T12:00:00.000Z";

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Vec<u8>>,
    num_requests: u64,
    num_faults: u64,
    fails_every: Option<u64>,
    has_no_ranges: bool,
}

/// A server with objects, called `BUCKET/NAME`.
pub struct Server {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                thread::spawn(move || serve(stream, &state));
            }
        });
        Self { port, state }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn put(&self, name: &str, bytes: Vec<u8>) {
        self.state
            .lock()
            .unwrap()
            .objects
            .insert(name.into(), bytes);
    }

    pub fn get(&self, name: &str) -> Option<Vec<u8>> {
        self.state.lock().unwrap().objects.get(name).cloned()
    }

    /// From here on, every so many-th answer is a fault, or ends in its middle.
    pub fn fail_every(&self, number: u64) {
        self.state.lock().unwrap().fails_every = Some(number);
    }

    pub fn num_faults(&self) -> u64 {
        self.state.lock().unwrap().num_faults
    }

    /// From here on, objects are handed out as a whole only.
    pub fn forget_ranges(&self) {
        self.state.lock().unwrap().has_no_ranges = true;
    }
}

struct Request {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    range: Option<Range<usize>>,
    body: Vec<u8>,
}

struct Answer {
    status: &'static str,
    headers: String,
    body: Vec<u8>,
}

fn serve(stream: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let (answer, is_fault) = {
            let mut state = state.lock().unwrap();
            state.num_requests += 1;
            let number = state.num_requests;
            let is_fault = state
                .fails_every
                .is_some_and(|every| number.is_multiple_of(every));
            state.num_faults += u64::from(is_fault);
            if is_fault && state.num_faults.is_multiple_of(2) {
                (plain("503 Service Unavailable"), false)
            } else {
                (state.answer(&request), is_fault)
            }
        };
        let length = answer.body.len();
        let head = format!(
            "HTTP/1.1 {}\r\nContent-Length: {length}\r\n{}\r\n",
            answer.status, answer.headers
        );
        let body = if request.method == "HEAD" {
            &[]
        } else {
            answer.body.as_slice()
        };
        // An answer that ends before its end.
        let sent = if is_fault {
            &body[..body.len() / 2]
        } else {
            body
        };
        let stream = reader.get_mut();
        let written = stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(sent));
        if written.is_err() || sent.len() < body.len() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader
        .read_line(&mut line)
        .ok()
        .filter(|&length| length > 0)?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut length, mut range) = (0, None);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap(),
            "range" => {
                let (start, end) = value.trim().strip_prefix("bytes=")?.split_once('-')?;
                range = Some(start.parse().unwrap()..end.parse::<usize>().unwrap() + 1);
            }
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let query = pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (name.to_owned(), plainly(value))
    });
    Some(Request {
        method,
        path: plainly(path.trim_start_matches('/')),
        query: query.collect(),
        range,
        body,
    })
}

/// A text without the ways in which addresses write letters.
fn plainly(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            let digits = std::str::from_utf8(&digits).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn plain(status: &'static str) -> Answer {
    Answer {
        status,
        headers: String::new(),
        body: Vec::new(),
    }
}

fn xml(body: String) -> Answer {
    Answer {
        status: "200 OK",
        headers: "Content-Type: application/xml\r\n".into(),
        body: body.into_bytes(),
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Answer {
        if request.path.contains("denied") {
            return plain("403 Forbidden");
        }
        let path = request.path.clone();
        match request.method.as_str() {
            "PUT" => {
                self.objects.insert(path, request.body.clone());
                Answer {
                    headers: "ETag: \"0\"\r\n".into(),
                    ..plain("200 OK")
                }
            }
            "GET" if request.query.contains_key("list-type") => self.list(request),
            "GET" | "HEAD" => self.hand_out(request),
            _ => plain("405 Method Not Allowed"),
        }
    }

    fn hand_out(&self, request: &Request) -> Answer {
        let Some(bytes) = self.objects.get(&request.path) else {
            return plain("404 Not Found");
        };
        let mut headers = format!("ETag: \"{}\"\r\nLast-Modified: {DATE}\r\n", bytes.len());
        match request.range.clone().filter(|_| !self.has_no_ranges) {
            Some(range) if range.start >= bytes.len() => plain("416 Range Not Satisfiable"),
            Some(range) => {
                let (start, end) = (range.start, range.end.min(bytes.len()));
                let all = bytes.len();
                let _ = write!(
                    headers,
                    "Content-Range: bytes {start}-{}/{all}\r\n",
                    end - 1
                );
                Answer {
                    status: "206 Partial Content",
                    headers,
                    body: bytes[start..end].to_vec(),
                }
            }
            None => Answer {
                status: "200 OK",
                headers,
                body: bytes.clone(),
            },
        }
    }

    fn list(&self, request: &Request) -> Answer {
        let bucket = request.path.trim_end_matches('/');
        let prefix = request.query.get("prefix").map_or("", String::as_str);
        let is_flat = request.query.contains_key("delimiter");
        let mut text = String::from("<ListBucketResult><IsTruncated>false</IsTruncated>");
        for (name, bytes) in &self.objects {
            let Some(key) = name.strip_prefix(&format!("{bucket}/")) else {
                continue;
            };
            let below = key.strip_prefix(prefix);
            if below.is_some_and(|below| !is_flat || !below.contains('/')) {
                let _ = write!(
                    text,
                    "<Contents><Key>{key}</Key><LastModified>{XML_DATE}</LastModified><Size>{}</Size></Contents>",
                    bytes.len()
                );
            }
        }
        xml(text + "</ListBucketResult>")
    }
}
