//! What is refused, and that it harms nobody.

use super::client::{Reply, Service, form, head};
use crate::fixture::{Fixture, digit_png};
use std::io::Write as _;
use std::time::{Duration, Instant};

#[test]
fn what_is_wrong_is_said_with_the_way_out() {
    let fixture = Fixture::new();
    let service = Service::start(&fixture, &["--max-body", "1", "-v"]);
    let json = "application/json";
    let cases: [(&str, &str, &[u8], u16, &str); 13] = [
        ("/v1/predict", "text/html", b"x", 415, "unsupported_type"),
        ("/v1/predict", "image/png", b"", 400, "bad_request"),
        (
            "/v1/predict",
            "image/png",
            b"no picture",
            422,
            "unusable_picture",
        ),
        ("/v1/predict", json, b"{", 400, "bad_request"),
        (
            "/v1/predict",
            json,
            b"{\"pictures\": [\"?\"]}",
            400,
            "bad_request",
        ),
        (
            "/v1/predict",
            json,
            b"{\"pixels\": [[1, 2]]}",
            400,
            "bad_request",
        ),
        (
            "/v1/predict",
            json,
            b"{\"path\": \"/etc/passwd\"}",
            400,
            "bad_request",
        ),
        (
            "/v1/predict",
            "multipart/form-data; boundary=x",
            b"--y",
            400,
            "bad_request",
        ),
        (
            "/v1/predict?digits=three",
            "image/png",
            b"x",
            400,
            "bad_request",
        ),
        (
            "/v1/predict?min_confidence=2",
            "image/png",
            b"x",
            400,
            "bad_request",
        ),
        (
            "/v1/predict?steps=true&digits=many",
            "image/png",
            b"x",
            400,
            "bad_request",
        ),
        (
            "/v1/predict?unknown=1",
            "image/png",
            b"x",
            400,
            "bad_request",
        ),
        ("/v1/nothing", json, b"x", 404, "not_found"),
    ];
    for (path, kind, body, status, code) in cases {
        let reply = service.post(path, kind, body);
        assert_eq!(reply.problem(status), code, "{path} {kind}");
    }
    assert_eq!(
        service.get("/v1/predict").problem(405),
        "method_not_allowed"
    );
    assert!(service.get("/v1/predict").head.contains("allow: post"));
    let packed = [("Content-Encoding", "gzip"), ("Content-Type", "image/png")];
    let reply = service.ask("POST", "/v1/predict", &packed, b"x");
    assert_eq!(reply.problem(415), "unsupported_type");
    let many = vec![("a.png", Vec::new()); 257];
    let (kind, body) = form(&many);
    let reply = service.post("/v1/predict", &kind, &body);
    assert_eq!(reply.problem(413), "too_large");
    // However many: they are counted, and not kept.
    let many = format!("{{\"pictures\": [{}\"\"]}}", "\"\",".repeat(100_000));
    let reply = service.post("/v1/predict", json, many.as_bytes());
    let text = String::from_utf8_lossy(&reply.body);
    assert!(text.contains("100001 pictures"), "{text}");
    assert_eq!(reply.problem(413), "too_large");
    let log = service.log();
    assert!(
        log.contains("POST /v1/predict 415 unsupported_type"),
        "{log}"
    );
    assert!(service.get("/v1/model").json(200)["class_names"][3] == "3");
}

#[test]
fn bodies_are_bounded_in_size_and_time() {
    let fixture = Fixture::new();
    let service = Service::start(&fixture, &["--max-body", "1", "--timeout", "1"]);
    // Announced: refused before any of it comes.
    let mut stream = service.connect();
    let kind = [("Content-Type", "image/png")];
    stream
        .write_all(&head("POST", "/v1/predict", &kind, 1 << 30))
        .unwrap();
    assert_eq!(Reply::read(stream).problem(413), "too_large");
    // Not announced: refused when it is too much.
    let mut stream = service.connect();
    let chunked = "POST /v1/predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(chunked.as_bytes()).unwrap();
    for _ in 0..20 {
        let _ = stream.write_all(b"10000\r\n");
        let _ = stream.write_all(&vec![0; 1 << 16]);
        let _ = stream.write_all(b"\r\n");
    }
    assert_eq!(Reply::read(stream).problem(413), "too_large");
    // Too slow.
    let mut stream = service.connect();
    stream
        .write_all(&head("POST", "/v1/predict", &kind, 100))
        .unwrap();
    assert_eq!(Reply::read(stream).problem(408), "slow_request");
    // A header without end.
    let mut stream = service.connect();
    let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(64 << 10));
    let _ = stream.write_all(long.as_bytes());
    assert_eq!(Reply::read(stream).status, 431);
    service
        .post("/v1/predict", "image/png", &digit_png(0))
        .json(200);
}

/// A client that goes on sending after its request was refused sees the answer, and its connection is still good.
#[test]
fn what_is_left_of_a_refused_body_is_read_away() {
    let fixture = Fixture::new();
    let service = Service::start(&fixture, &["--max-body", "1"]);
    for (path, status) in [("/v1/predict?digits=three", 400), ("/v1/predict", 413)] {
        let mut stream = service.connect();
        let length = 20 << 20;
        let begun = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(begun.as_bytes()).unwrap();
        std::thread::sleep(Duration::from_millis(100));
        stream.write_all(&vec![0; length]).unwrap();
        stream.write_all(&head("GET", "/v1/model", &[], 0)).unwrap();
        let reply = Reply::read(stream);
        assert_eq!(reply.status, status);
        let rest = String::from_utf8_lossy(&reply.body);
        assert!(rest.contains("HTTP/1.1 200 OK"), "{rest}");
    }
    // Who waits to be asked for it is not asked, and told that the connection ends.
    let waits = "POST /v1/predict HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n";
    let mut stream = service.connect();
    stream.write_all(waits.as_bytes()).unwrap();
    let reply = Reply::read(stream);
    assert_eq!(reply.status, 413);
    assert!(reply.head.contains("connection: close"), "{}", reply.head);
}

/// Bytes of requests that are under way, as the service tells them.
fn held_bytes(service: &Service) -> usize {
    let text = String::from_utf8(service.get("/metrics").body).unwrap();
    let mut lines = text.lines();
    let bytes = lines.find_map(|line| line.strip_prefix("digits_queue_bytes "));
    bytes.map_or(0, |bytes| bytes.parse().unwrap())
}

#[test]
fn who_finds_no_room_is_told_to_come_again() {
    let fixture = Fixture::new();
    let service = Service::start(&fixture, &["--max-queue-size", "1"]);
    let kind = [("Content-Type", "image/png")];
    let body = vec![0; 900 << 10];
    let mut holding = service.connect();
    holding
        .write_all(&head("POST", "/v1/predict", &kind, body.len() + 1))
        .unwrap();
    holding.write_all(&body).unwrap();
    // Only once it is held: else the other one comes first, and this one is told to come again.
    let deadline = Instant::now() + Duration::from_secs(20);
    while held_bytes(&service) < body.len() {
        assert!(Instant::now() < deadline, "{}", held_bytes(&service));
        std::thread::sleep(Duration::from_millis(20));
    }
    let reply = service.post("/v1/predict", "image/png", &body[..400 << 10]);
    assert_eq!(reply.problem(429), "queue_full");
    assert!(reply.head.contains("retry-after: 1"), "{}", reply.head);
    // Small ones still have room, and all of it comes back.
    service
        .post("/v1/predict", "image/png", &digit_png(0))
        .json(200);
    drop(holding);
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let text = String::from_utf8(service.get("/metrics").body).unwrap();
        let is_free =
            text.contains("digits_queue_bytes 0\n") && text.contains("digits_queue_images 0\n");
        if is_free && text.contains("{reason=\"client_left\"} 1\n") {
            break;
        }
        assert!(Instant::now() < deadline, "{text}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn slow_headers_hold_nobody_up() {
    let fixture = Fixture::new();
    let service = Service::start(&fixture, &[]);
    let slow: Vec<_> = (0..200)
        .map(|_| {
            let mut stream = service.connect();
            stream.write_all(b"GET / HTTP/1.1\r\nX").unwrap();
            stream
        })
        .collect();
    for index in 0..20 {
        service
            .post("/v1/predict", "image/png", &digit_png(index))
            .json(200);
    }
    drop(slow);
}

#[test]
fn keys_and_origins() {
    let fixture = Fixture::new();
    fixture.write("keys.txt", b"first key\n\nsecond\n");
    let arguments = ["--api-key-file", "keys.txt", "--cors", "https://a.example/"];
    let service = Service::start(&fixture, &arguments);
    let ask = |headers: &[(&str, &str)]| service.ask("GET", "/v1/model", headers, b"");
    assert_eq!(ask(&[]).problem(401), "unauthorized");
    assert_eq!(ask(&[("X-API-Key", "third")]).problem(401), "unauthorized");
    ask(&[("X-API-Key", "second")]).json(200);
    ask(&[("Authorization", "Bearer first key")]).json(200);
    let reply = service.get("/v2/models/run");
    assert!(
        reply.json(401)["error"]
            .as_str()
            .unwrap()
            .contains("X-API-Key")
    );
    // The page asks for a key itself; probes have none.
    for path in ["/", "/v2/health/ready", "/metrics"] {
        assert_eq!(service.get(path).status, 200, "{path}");
    }
    let origin = |origin| [("X-API-Key", "second"), ("Origin", origin)];
    let allowed = "access-control-allow-origin: https://a.example";
    assert!(ask(&origin("https://a.example")).head.contains(allowed));
    assert!(
        !ask(&origin("https://b.example"))
            .head
            .contains("access-control")
    );
    let question = service.ask("OPTIONS", "/v1/predict", &origin("https://a.example"), b"");
    assert_eq!(question.status, 204);
    assert!(
        question
            .head
            .contains("access-control-allow-headers: authorization")
    );
    let page = service.get("/").head;
    assert!(
        page.contains("content-security-policy: default-src 'none';"),
        "{page}"
    );
    assert!(!page.contains("unsafe"), "{page}");
    fixture.write("none.txt", b"\n");
    let refused = fixture.infer(&["serve", "--model", "run", "--api-key-file", "none.txt"]);
    assert!(
        refused.stderr.contains("there is no key in it"),
        "{}",
        refused.stderr
    );
    refused.expect(2);
}
