//! Inputs and outputs on other machines, against a small server that speaks as object stores and web servers do.

mod server;

use crate::fixture::{Fixture, Run, digit_png, hub_parquet, idx, tar};
use server::Server;
use std::fs;

/// One image at a time goes through the network: sums are the same then wherever an image stands.
const ALWAYS: [&str; 7] = [
    "predict",
    "--model",
    "run",
    "--device",
    "cpu",
    "--batch-size",
    "1",
];

/// Runs the program with the server in the place of Amazon's.
fn infer(fixture: &Fixture, server: &Server, arguments: &[&str]) -> Run {
    let endpoint = server.url();
    let variables = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "somebody"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", "us-east-1"),
    ];
    fixture.infer_with(&variables, arguments)
}

fn predict(fixture: &Fixture, server: &Server, arguments: &[&str]) -> Run {
    infer(fixture, server, &[&ALWAYS[..], arguments].concat())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The rows of a run here on the same bytes, with the names of objects for those of files.
fn expected(fixture: &Fixture, files: &[&str]) -> String {
    let arguments = [&ALWAYS[..], &["--format", "csv"], files].concat();
    let rows = fixture.infer(&arguments).expect(0);
    let named = |line: &str| format!("s3://bucket/in/{line}\n");
    let mut lines = rows.lines();
    let header = format!("{}\n", lines.next().unwrap());
    header + &lines.map(named).collect::<String>()
}

#[test]
fn objects_give_the_rows_of_files() {
    let (fixture, server) = (Fixture::new(), Server::start());
    let members = ["x.png", "y.png"].map(|name| (name, digit_png(name.len())));
    for (name, bytes) in [
        ("a.png", digit_png(3)),
        ("digits-idx3-ubyte", idx(40)),
        ("more.tar", tar(members.into_iter())),
        ("some.parquet", hub_parquet(9)),
        (".hidden.png", digit_png(1)),
        ("notes.txt", b"nothing".to_vec()),
    ] {
        fixture.write(name, &bytes);
        server.put(&format!("bucket/in/{name}"), bytes);
    }
    let rows = expected(
        &fixture,
        &["a.png", "digits-idx3-ubyte", "more.tar", "some.parquet"],
    );
    let run = predict(
        &fixture,
        &server,
        &["s3://bucket/in/", "-o", "s3://bucket/out/rows.csv"],
    );
    run.expect(0);
    assert_eq!(text(&server.get("bucket/out/rows.csv").unwrap()), rows);

    let single = predict(
        &fixture,
        &server,
        &["s3://bucket/in/a.png", "--format", "csv"],
    );
    assert_eq!(single.expect(0).lines().nth(1), rows.lines().nth(1));

    let all = [
        "s3://bucket/in/",
        "-o",
        "s3://bucket/out/cut.csv",
        "--shard",
    ];
    for shard in ["2/3", "1/3", "3/3", "2/3"] {
        predict(&fixture, &server, &[&all[..], &[shard]].concat()).expect(0);
    }
    assert!(server.get("bucket/out/cut.2-of-3.csv.shard.json").is_some());
    infer(
        &fixture,
        &server,
        &["merge", "-o", "s3://bucket/out/cut.csv"],
    )
    .expect(0);
    assert_eq!(text(&server.get("bucket/out/cut.csv").unwrap()), rows);
    let packed = [
        "s3://bucket/in/",
        "-o",
        "s3://bucket/out/cut.parquet",
        "--shard",
    ];
    for shard in ["1/2", "2/2"] {
        predict(&fixture, &server, &[&packed[..], &[shard]].concat()).expect(0);
    }
    infer(
        &fixture,
        &server,
        &["merge", "-o", "s3://bucket/out/cut.parquet"],
    )
    .expect(0);
    let single = ["s3://bucket/in/", "-o", "one.parquet"];
    predict(&fixture, &server, &single).expect(0);
    let merged = server.get("bucket/out/cut.parquet").unwrap();
    assert!(merged == fs::read(fixture.path("one.parquet")).unwrap());
}

/// Larger than what is asked for at a time; some answers are faults of the server, which pass.
#[test]
fn faults_that_pass_are_tried_again() {
    let (fixture, server) = (Fixture::new(), Server::start());
    let bytes = idx(12).repeat(1);
    let mut many = bytes[..16].to_vec();
    many[4..8].copy_from_slice(&12_000_u32.to_be_bytes());
    for _ in 0..1_000 {
        many.extend_from_slice(&bytes[16..]);
    }
    fixture.write("digits-idx3-ubyte", &many);
    server.put("bucket/in/digits-idx3-ubyte", many);
    let rows = expected(&fixture, &["digits-idx3-ubyte"]);
    server.fail_every(3);
    let output = "s3://bucket/out/rows.csv";
    let input = "s3://bucket/in/digits-idx3-ubyte";
    predict(&fixture, &server, &[input, "-o", output]).expect(0);
    assert!(server.num_faults() > 1);
    assert!(text(&server.get("bucket/out/rows.csv").unwrap()) == rows);
}

#[test]
fn web_servers_with_and_without_ranges() {
    let (fixture, server) = (Fixture::new(), Server::start());
    server.put("bucket/digits-idx3-ubyte", idx(30));
    let address = format!("{}/bucket/digits-idx3-ubyte", server.url());
    let rows = |run: Run| run.expect(0).lines().count();
    let arguments = [address.as_str(), "--format", "csv"];
    assert_eq!(rows(predict(&fixture, &server, &arguments)), 31);
    server.forget_ranges();
    assert_eq!(rows(predict(&fixture, &server, &arguments)), 31);
    let output = format!("{}/bucket/rows.csv", server.url());
    predict(&fixture, &server, &[&address, "-o", &output]).expect(0);
    assert_eq!(
        text(&server.get("bucket/rows.csv").unwrap())
            .lines()
            .count(),
        31
    );
    let folder = format!("{}/bucket/", server.url());
    let run = predict(&fixture, &server, &[&folder]);
    assert!(
        run.stderr.contains("a web server lists no folders"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_cannot_be_had_is_named_with_the_way_out() {
    let (fixture, server) = (Fixture::new(), Server::start());
    server.put("bucket/in/a.png", digit_png(1));
    server.put("bucket/in/empty.tar", Vec::new());
    for (input, part) in [
        ("s3://bucket/in/b.png", "s3://bucket/in/b.png: "),
        ("s3://bucket/in/b.tar", "there is no such object"),
        ("s3://bucket/none/", "no pictures and no IDX"),
        ("s3://bucket/in/empty.tar", "expected a tar header"),
        ("s3://bucket/in/denied.png", "AWS_ACCESS_KEY_ID"),
    ] {
        let run = predict(&fixture, &server, &[input]);
        assert_eq!(run.code, 1, "{}", run.stderr);
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    let run = predict(
        &fixture,
        &server,
        &["s3://bucket/in/a.png", "-o", "s3://bucket/denied.csv"],
    );
    assert!(
        run.code == 1 && run.stderr.contains("s3://bucket/denied.csv"),
        "{}",
        run.stderr
    );
    // A job that cannot go on leaves nothing there.
    server.put("bucket/in/torn.png", b"no picture".to_vec());
    let output = "s3://bucket/out/rows.csv";
    let run = predict(
        &fixture,
        &server,
        &["--on-error", "fail", "s3://bucket/in/", "-o", output],
    );
    assert!(
        run.code == 1 && run.stderr.contains("nothing of it is kept there"),
        "{}",
        run.stderr
    );
    assert!(server.get("bucket/out/rows.csv").is_none());
}
