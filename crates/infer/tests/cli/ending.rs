//! Jobs that end before their last input: what was done is kept, and the others can be done later.
#![cfg(unix)]

use crate::fixture::{Fixture, RUN, Run, digit_png, idx, paths};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

/// Files are read in chunks of four: all of these are done before the list goes on.
const NUM_DONE: usize = 8;
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Pictures `0.png` and so on.
fn pictures() -> Fixture {
    let fixture = Fixture::new();
    for index in 0..NUM_DONE + 4 {
        fixture.write_digit(&format!("{index}.png"), index);
    }
    fixture
}

fn list(indices: impl Iterator<Item = usize>) -> String {
    indices.fold(String::new(), |mut list, index| {
        let _ = writeln!(list, "{index}.png");
        list
    })
}

/// The size of the largest hidden file.
fn scratch_bytes(fixture: &Fixture) -> u64 {
    let entries = fs::read_dir(fixture.path("")).unwrap();
    let hidden = entries.map(Result::unwrap).filter(|entry| {
        let name = entry.file_name();
        name.to_string_lossy().starts_with('.')
    });
    hidden
        .filter_map(|entry| entry.metadata().ok())
        .map(|metadata| metadata.len())
        .max()
        .unwrap_or(0)
}

/// Runs `predict -o FILE -` with a list that does not end, and sends it the signal once [`NUM_DONE`]
/// pictures are done.
fn interrupted(fixture: &Fixture, file: &str, signal: &str) -> Run {
    let arguments = [
        "predict",
        "--model",
        RUN,
        "--device",
        "cpu",
        "--batch-size",
        "2",
        "-o",
        file,
        "-",
    ];
    let mut child = fixture.start(&arguments);
    let mut open_list = child.stdin.take().unwrap();
    open_list.write_all(list(0..NUM_DONE).as_bytes()).unwrap();
    let start = Instant::now();
    // A table has its rows in memory.
    let is_table = Some(file).is_some_and(|file| file.ends_with("parquet"));
    let mut last = (0, Instant::now());
    loop {
        std::thread::sleep(Duration::from_millis(20));
        let size = scratch_bytes(fixture);
        if size != last.0 {
            last = (size, Instant::now());
        }
        let is_idle = last.1.elapsed() > Duration::from_millis(1_500);
        if (size > 0 || is_table) && is_idle {
            break;
        }
        assert!(start.elapsed() < LONGEST_WAIT && child.try_wait().unwrap().is_none());
    }
    let kill = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let run = Run::new(&child.wait_with_output().unwrap());
    drop(open_list);
    run
}

#[test]
fn an_interrupted_job_keeps_what_was_done_and_can_go_on() {
    let fixture = pictures();
    fixture.write("digits.csv", b"old");
    let run = interrupted(&fixture, "digits.csv", "-INT");
    assert_eq!(run.code, 130, "{}", run.stderr);
    for said in [
        "error: interrupted after 8 pictures",
        "hint: the rows of 8 pictures are in digits.partial.csv",
        "`--skip 8 --output digits.rest.csv` does the others",
    ] {
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
    let read = |name: &str| fs::read_to_string(fixture.path(name)).unwrap();
    assert_eq!(read("digits.csv"), "old");
    assert_eq!(scratch_bytes(&fixture), 0);
    let partial = read("digits.partial.csv");
    assert!(partial.starts_with("path,label,") && partial.ends_with('\n'));
    // The parts together are the whole.
    let run = |arguments: &[&str]| {
        let always = ["predict", "--model", RUN, "--device", "cpu", "-"];
        let all = [&always, arguments].concat();
        let text = list(0..NUM_DONE + 3);
        fixture.infer_with_input(&all, &text).expect(0)
    };
    run(&["--skip", "8", "--output", "digits.rest.csv"]);
    run(&["--output", "whole.csv"]);
    let rest = read("digits.rest.csv");
    let (_, rest) = rest.split_once('\n').unwrap();
    assert_eq!(partial + rest, read("whole.csv"));
}

#[test]
fn a_job_that_is_told_to_end_keeps_a_whole_table() {
    let fixture = pictures();
    let run = interrupted(&fixture, "digits.parquet", "-TERM");
    assert_eq!(run.code, 143, "{}", run.stderr);
    assert!(
        run.stderr.contains("error: told to end after 8 pictures"),
        "{}",
        run.stderr
    );
    let file = fs::File::open(fixture.path("digits.partial.parquet")).unwrap();
    let rows = SerializedFileReader::new(file).unwrap();
    assert_eq!(rows.metadata().file_metadata().num_rows(), 8);
    // Another part does not replace the first.
    let run = interrupted(&fixture, "digits.parquet", "-TERM");
    assert!(
        run.stderr.contains("digits.partial-2.parquet"),
        "{}",
        run.stderr
    );
    assert!(fixture.path("digits.partial-2.parquet").exists());
}

#[test]
fn json_that_is_kept_is_whole() {
    let fixture = pictures();
    interrupted(&fixture, "digits.json", "-INT").expect(130);
    let rows = fs::read(fixture.path("digits.partial.json")).unwrap();
    let rows: Vec<Value> = serde_json::from_slice(&rows).unwrap();
    assert_eq!(rows.len(), NUM_DONE);
    assert_eq!(paths(&rows)[7], "7.png");
}

/// The signal is ignored that would end the program at a file too large: writing fails instead.
#[test]
fn on_a_full_disk_whole_rows_are_kept() {
    let fixture = Fixture::new();
    fixture.write("digits", &idx(3_000));
    let program = env!("CARGO_BIN_EXE_infer");
    for file in ["digits.csv", "digits.json"] {
        let command = format!(
            "trap '' XFSZ; ulimit -f 64; exec {program} predict --model {RUN} --device cpu \
             --batch-size 100 -o {file} digits"
        );
        let output = Command::new("sh")
            .args(["-c", &command])
            .current_dir(fixture.path(""))
            .output();
        let run = Run::new(&output.unwrap());
        let said = format!("error: {file}: cannot be written: ");
        assert!(
            run.code == 1 && run.stderr.contains(&said),
            "{}",
            run.stderr
        );
        assert!(!fixture.path(file).exists());
        let partial = file.replace('.', ".partial.");
        let text = fs::read_to_string(fixture.path(&partial)).unwrap();
        let num_rows = if file == "digits.csv" {
            assert!(text.ends_with('\n'));
            text.lines().count() - 1
        } else {
            serde_json::from_str::<Vec<Value>>(&text).unwrap().len()
        };
        assert!(
            num_rows > 0 && num_rows < 3_000 && num_rows % 100 == 0,
            "{num_rows}"
        );
        assert!(
            run.stderr.contains(&format!("--skip {num_rows} ")),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn an_input_that_ends_the_job_leaves_what_came_before_it() {
    let fixture = pictures();
    fixture.write("torn.png", b"\x89PNG\r\n\x1a\n");
    let arguments = [
        "--on-error",
        "fail",
        "-o",
        "rows.csv",
        "0.png",
        "1.png",
        "torn.png",
        "2.png",
    ];
    let run = fixture.predict(&arguments);
    for said in [
        "error: torn.png: cannot decode",
        "hint: `--on-error skip` passes over what cannot be used; the rows of 2 pictures are in \
         rows.partial.csv",
        "--skip 2 ",
    ] {
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
    run.expect(1);
    assert!(!fixture.path("rows.csv").exists());
    let rows = fs::read_to_string(fixture.path("rows.partial.csv")).unwrap();
    assert_eq!(rows.lines().count(), 3);
}

#[test]
fn what_is_skipped_keeps_its_number() {
    let fixture = Fixture::new();
    fixture.write("a.png", &digit_png(0));
    fixture.write("digits", &idx(30));
    let arguments = ["--format", "jsonl", "--skip", "21", "a.png", "digits"];
    let rows = fixture.predict(&arguments).rows(0);
    assert_eq!(rows.len(), 10);
    assert_eq!(paths(&rows)[0], "digits#20");
    let arguments = ["--format", "kaggle", "--skip", "21", "a.png", "digits"];
    let text = fixture.predict(&arguments).expect(0);
    assert!(text.starts_with("ImageId,Label\n22,"), "{text}");
}

/// While one program writes an output, another one is refused; what a killed one left refuses nobody.
#[test]
fn two_programs_never_write_the_same_output() {
    let fixture = pictures();
    let always = ["predict", "--model", RUN, "--device", "cpu"];
    let outputs = [
        ("--output", "results/rows.csv"),
        ("--errors", "faults/errors.csv"),
        ("--save-preprocessed", "seen"),
    ];
    for (flag, output) in outputs {
        let with = |inputs: &'static str| [&always[..], &[flag, output, inputs]].concat();
        let folder = output.split('/').next().unwrap();
        if folder != output {
            fs::create_dir(fixture.path(folder)).unwrap();
        }
        let hidden = || {
            let folder = fixture.path(folder);
            let entries = fs::read_dir(folder).into_iter().flatten();
            let names = entries.map(|entry| entry.unwrap().file_name());
            names.filter(|name| base::files::is_scratch(name)).count()
        };
        // It waits for the end of its list.
        let mut first = fixture.start(&with("-"));
        let start = Instant::now();
        while hidden() == 0 {
            assert!(start.elapsed() < LONGEST_WAIT && first.try_wait().unwrap().is_none());
            std::thread::sleep(Duration::from_millis(10));
        }
        let run = fixture.infer(&with("0.png"));
        let said = format!("error: {output}: another program is writing to it");
        assert!(run.stderr.contains(&said), "{}", run.stderr);
        assert!(run.stderr.contains("hint: wait until"), "{}", run.stderr);
        assert_eq!(run.code, 1);
        first.kill().unwrap();
        first.wait().unwrap();
        assert!(hidden() > 0, "a killed program takes nothing away");
        fixture.infer(&with("0.png")).expect(0);
    }
    for (_, output) in outputs {
        assert!(fixture.path(output).exists(), "{output}");
    }
    let seen = fs::read_dir(fixture.path("seen")).unwrap().count();
    assert_eq!(seen, 1, "a lock goes with its program");
}
