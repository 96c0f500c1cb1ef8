//! The end of a service.

use super::client::{Reply, Service, head};
use crate::fixture::{Fixture, digit_png};
use std::io::Write as _;
use std::time::{Duration, Instant};

#[test]
fn what_was_accepted_is_answered_and_nothing_more_is_taken() {
    let fixture = Fixture::new();
    let mut service = Service::start(&fixture, &["--log-format", "json"]);
    let body = digit_png(3);
    let kind = [("Content-Type", "image/png")];
    let mut accepted: Vec<_> = (0..8)
        .map(|_| {
            let mut stream = service.connect();
            stream
                .write_all(&head("POST", "/v1/predict", &kind, body.len()))
                .unwrap();
            stream.write_all(&body[..10]).unwrap();
            stream
        })
        .collect();
    wait_for(&service, "digits_active_requests 8\n");
    service.signal("-TERM");
    wait_for(&service, "digits_ready 0\n");
    assert_eq!(service.get("/v2/health/ready").status, 503);
    assert_eq!(service.get("/v2/models/run/ready").status, 503);
    assert_eq!(service.get("/v2/health/live").status, 200);
    let refused = service.post("/v1/predict", "image/png", &body);
    assert_eq!(refused.problem(503), "draining");
    assert!(refused.head.contains("connection: close"));
    for stream in &mut accepted {
        stream.write_all(&body[10..]).unwrap();
    }
    for stream in accepted {
        let said = Reply::read(stream).json(200);
        assert!(said["predictions"][0]["label"].is_u64());
    }
    assert_eq!(service.child.wait().unwrap().code(), Some(0));
    let log = service.log();
    let lines = log.lines().filter(|line| line.starts_with('{'));
    let lines: Vec<serde_json::Value> = lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let answered = lines
        .iter()
        .filter(|line| line["path"] == "/v1/predict" && line["status"] == 200);
    assert_eq!(answered.count(), 8, "{log}");
}

#[test]
fn an_idle_service_ends_at_once_with_connections_open() {
    let fixture = Fixture::new();
    let mut service = Service::start(&fixture, &[]);
    let _idle = service.connect();
    wait_for(&service, "digits_ready 1\n");
    service.signal("-INT");
    let start = Instant::now();
    assert_eq!(service.child.wait().unwrap().code(), Some(0));
    assert!(start.elapsed() < Duration::from_secs(20));
}

fn wait_for(service: &Service, line: &str) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let text = String::from_utf8(service.get("/metrics").body).unwrap();
        if text.contains(line) {
            return;
        }
        assert!(Instant::now() < deadline, "{line}: {text}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
