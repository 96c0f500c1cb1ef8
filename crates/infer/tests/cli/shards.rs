//! One job in shards: what they are joined to, and what is refused.

use crate::fixture::{Fixture, Run, digit_png, hub_parquet, idx, tar};
use std::fs;

/// Inputs of every kind, some of which cannot be used or show nothing.
const INPUTS: [&str; 5] = ["a.png", "digits", "torn.png", "more.tar", "some.parquet"];

fn inputs() -> Fixture {
    let fixture = Fixture::new();
    fixture.write_digit("a.png", 3);
    let mut images = idx(23);
    // One without ink.
    images.resize(images.len() - 784, 0);
    images.extend([0; 784]);
    fixture.write("digits", &images);
    fixture.write("torn.png", b"no picture");
    let members = ["x.png", "y.png", "z.png"].map(|name| (name, digit_png(name.len())));
    fixture.write("more.tar", &tar(members.into_iter()));
    fixture.write("some.parquet", &hub_parquet(9));
    fixture
}

fn shard(fixture: &Fixture, shard: &str, output: &str) -> Run {
    let how = ["--batch-size", "1", "--shard", shard, "-o", output];
    fixture.predict(&[&how[..], &INPUTS].concat())
}

/// Does all shards of so many.
fn shards(fixture: &Fixture, count: u32, output: &str, codes: &[i32]) {
    for number in 1..=count {
        let run = shard(fixture, &format!("{number}/{count}"), output);
        assert!(codes.contains(&run.code), "{}", run.stderr);
    }
}

fn refused(run: &Run, parts: &[&str]) {
    assert!(run.code != 0 && run.code != 3, "{}", run.stderr);
    for part in parts {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
}

#[test]
fn shards_that_are_joined_are_one_run_byte_for_byte() {
    let fixture = inputs();
    for name in ["all.csv", "all.jsonl", "all.json", "all.txt", "all.parquet"] {
        let how = ["--batch-size", "1", "-o", name];
        let single = fixture.predict(&[&how[..], &INPUTS].concat());
        single.expect(3);
        for count in [1, 3, 50] {
            let output = format!("{count}.{}", name.rsplit('.').next().unwrap());
            shards(&fixture, count, &output, &[0, 3]);
            assert!(!fixture.path(&output).exists());
            let merged = fixture.infer(&["merge", "-o", &output]);
            assert!(
                merged.stderr.contains("36 pictures of "),
                "{}",
                merged.stderr
            );
            merged.expect(3);
            let bytes = |name: &str| fs::read(fixture.path(name)).unwrap();
            assert!(bytes(&output) == bytes(name), "{output}");
        }
    }
}

/// A product of matrices may round in another way where it has another size.
#[test]
fn shares_begin_with_the_batches_of_one_run() {
    let fixture = Fixture::new();
    fixture.write("digits", &idx(430));
    let how = ["--batch-size", "100", "digits", "-o"];
    fixture
        .predict(&[&how[..], &["all.csv"]].concat())
        .expect(0);
    for shard in ["1/3", "2/3", "3/3"] {
        let run = fixture.predict(&[&how[..], &["cut.csv", "--shard", shard]].concat());
        run.expect(0);
    }
    fixture.infer(&["merge", "-o", "cut.csv"]).expect(0);
    let read = |name: &str| fs::read_to_string(fixture.path(name)).unwrap();
    assert_eq!(read("cut.csv"), read("all.csv"));
    assert_eq!(read("cut.1-of-3.csv").lines().count(), 1 + 100);
}

#[test]
fn pictures_keep_their_numbers_and_many_digits_their_rows() {
    let fixture = inputs();
    let how: [&[&str]; 2] = [&["--format", "kaggle"], &["--digits", "many"]];
    for (number, how) in how.into_iter().enumerate() {
        let (all, output) = (format!("all{number}.csv"), format!("cut{number}.csv"));
        let inputs = ["digits", "some.parquet"];
        let run = fixture.predict(&[how, &["-o", &all], &inputs].concat());
        run.expect(0);
        let shards = ["1/4", "2/4", "3/4", "4/4"].map(|shard| {
            let own = ["-o", &output, "--shard", shard];
            fixture.predict(&[how, &own, &inputs].concat()).expect(0);
            format!("cut{number}.{}.csv", shard.replace('/', "-of-"))
        });
        // In whatever order they are named.
        let named = [&shards[2], &shards[0], &shards[3], &shards[1]].map(String::as_str);
        let format = if number == 0 { "kaggle" } else { "csv" };
        let merge = ["merge", "-o", &output, "--format", format];
        fixture.infer(&[&merge[..], &named].concat()).expect(0);
        let read = |name: &str| fs::read_to_string(fixture.path(name)).unwrap();
        assert_eq!(read(&output), read(&all));
    }
}

#[test]
fn what_is_done_is_not_done_again_unless_it_is_of_something_else() {
    let fixture = inputs();
    shards(&fixture, 2, "rows.csv", &[0, 3]);
    let written = |name: &str| {
        fs::metadata(fixture.path(name))
            .unwrap()
            .modified()
            .unwrap()
    };
    let before = written("rows.1-of-2.csv");
    let again = shard(&fixture, "1/2", "rows.csv");
    assert!(
        again.stderr.contains("shard 1/2 is done: "),
        "{}",
        again.stderr
    );
    // One of its inputs could not be used, then as now, or none.
    assert!([0, 3].contains(&again.code));
    assert_eq!(written("rows.1-of-2.csv"), before);
    // Rows without a record are of a shard that did not come to its end.
    fs::remove_file(fixture.path("rows.1-of-2.csv.shard.json")).unwrap();
    let run = shard(&fixture, "1/2", "rows.csv");
    assert!(
        run.stderr.contains("shard 1/2: 18 of 37 inputs"),
        "{}",
        run.stderr
    );
    assert!(written("rows.1-of-2.csv") > before);
    // So are those of another job.
    fixture.write_digit("a.png", 8);
    let other = shard(&fixture, "1/2", "rows.csv");
    let is_said = other.stderr.contains("is done again: a.png has changed");
    assert!(is_said, "{}", other.stderr);
    refused(
        &fixture.infer(&["merge", "-o", "rows.csv"]),
        &["are not of one job: a.png has changed"],
    );
}

#[test]
fn shards_that_are_no_whole_are_not_joined() {
    let fixture = inputs();
    let merge = |files: &[&str]| fixture.infer(&[&["merge", "-o", "rows.csv"], files].concat());
    refused(&merge(&[]), &["no shard of it is there", "hint:"]);
    shards(&fixture, 3, "rows.csv", &[0, 3]);
    let (one, two, three) = ("rows.1-of-3.csv", "rows.2-of-3.csv", "rows.3-of-3.csv");
    refused(
        &merge(&[one, three]),
        &["shard 2/3 is missing: 2 of 3 are done"],
    );
    fs::copy(fixture.path(two), fixture.path("copy.csv")).unwrap();
    let record = |name: &str| fixture.path(&format!("{name}.shard.json"));
    fs::copy(record(two), record("copy.csv")).unwrap();
    refused(
        &merge(&[one, two, "copy.csv", three]),
        &["shard 2/3 is there twice", "copy.csv"],
    );
    refused(&merge(&[one, "a.png"]), &["a.png: no shard that is done"]);

    fixture.add_model("other", data::digit_names(), 1.0);
    let how = [
        "predict",
        "--model",
        "other",
        "--device",
        "cpu",
        "--batch-size",
        "1",
    ];
    let foreign = ["--shard", "2/3", "-o", "foreign.csv"];
    fixture.infer(&[&how[..], &foreign, &INPUTS].concat());
    refused(
        &merge(&[one, "foreign.2-of-3.csv", three]),
        &["not of one job: other models"],
    );
    let how = [
        "--batch-size",
        "1",
        "--shard",
        "2/3",
        "-o",
        "few.csv",
        "-k",
        "1",
    ];
    fixture.predict(&[&how[..], &INPUTS].concat());
    refused(
        &merge(&[one, "few.2-of-3.csv", three]),
        &["another --top-k: 3 and 1"],
    );
    let fewer = [
        "--batch-size",
        "1",
        "--shard",
        "2/3",
        "-o",
        "fewer.csv",
        "digits",
    ];
    fixture.predict(&fewer).expect(0);
    refused(
        &merge(&[one, "fewer.2-of-3.csv", three]),
        &["other inputs: "],
    );

    // Other bytes of the same number, and then of another one.
    let rows = fs::read_to_string(fixture.path(two)).unwrap();
    fixture.write(two, rows.replacen('1', "2", 1).as_bytes());
    refused(
        &merge(&[]),
        &["rows.2-of-3.csv: not as it was written: expected SHA-256"],
    );
    fixture.write(two, &rows.as_bytes()[1..]);
    refused(&merge(&[]), &["rows.2-of-3.csv: not as it was written"]);
    fixture.write(two, rows.as_bytes());
    fixture.write("rows.2-of-3.csv.shard.json", b"{}");
    refused(&merge(&[]), &["rows.2-of-3.csv.shard.json: damaged"]);
    assert!(!fixture.path("rows.csv").exists());
}

#[test]
fn a_shard_that_is_cut_short_leaves_nothing() {
    let fixture = inputs();
    let how = ["--on-error", "fail", "--shard", "2/2", "-o", "rows.csv"];
    let run = fixture.predict(&[&how[..], &["torn.png", "digits", "torn.png"]].concat());
    refused(&run, &["torn.png", "nothing is kept of the shard"]);
    let names = fs::read_dir(fixture.path(".")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(!names.into_iter().any(|name| name.starts_with("rows")));
}

#[test]
fn engines_say_which_share_is_meant() {
    let fixture = inputs();
    let always = ["predict", "--model", "run", "--device", "cpu", "digits"];
    let infer = |variables: &[(&str, &str)], arguments: &[&str]| {
        fixture.infer_with(variables, &[&always[..], arguments].concat())
    };
    let slurm = [
        ("SLURM_ARRAY_TASK_ID", "1"),
        ("SLURM_ARRAY_TASK_COUNT", "2"),
        ("SLURM_ARRAY_TASK_MIN", "0"),
        ("SLURM_ARRAY_TASK_MAX", "1"),
    ];
    let run = infer(&slurm, &["-o", "slurm.csv", "--shard"]);
    assert!(
        run.stderr.contains("shard 2/2: SLURM_ARRAY_TASK_ID is 1"),
        "{}",
        run.stderr
    );
    run.expect(0);
    assert!(fixture.path("slurm.2-of-2.csv.shard.json").exists());
    // Nobody gets a share who did not ask for one.
    let run = infer(&slurm, &["-o", "whole.csv"]);
    assert!(
        run.stderr.contains("`--shard auto` does shard 2/2"),
        "{}",
        run.stderr
    );
    run.expect(0);
    let rows = fs::read_to_string(fixture.path("whole.csv")).unwrap();
    assert_eq!(rows.lines().count(), 1 + 23);

    let pod = [("JOB_COMPLETION_INDEX", "0")];
    infer(&pod, &["-o", "pod.csv", "--shard", "auto/4"]).expect(0);
    assert!(fixture.path("pod.1-of-4.csv").exists());
    refused(
        &infer(&pod, &["-o", "pod.csv", "--shard"]),
        &["of how many", "hint:"],
    );
    refused(
        &infer(&[], &["-o", "pod.csv", "--shard"]),
        &["is not clear: none of SLURM"],
    );
}

#[test]
fn what_does_not_go_with_shards_is_said() {
    let fixture = inputs();
    for (arguments, part) in [
        (&["--shard", "1/2", "digits"][..], "needs a file"),
        (
            &["--shard", "1/2", "-o", "a.csv", "--skip", "3", "digits"],
            "--skip",
        ),
        (
            &[
                "--shard", "1/2", "-o", "a.csv", "--review", "p.html", "digits",
            ],
            "--review",
        ),
        (&["--shard", "1/2", "-o", "a.csv", "-"], "standard input"),
        (&["--shard", "3/2", "-o", "a.csv", "digits"], "such as 3/8"),
        (&["--shard", "digits", "-o", "a.csv"], "such as 3/8"),
    ] {
        let run = fixture.predict(arguments);
        assert_eq!(run.code, 2, "{}", run.stderr);
        refused(&run, &[part]);
    }
}
