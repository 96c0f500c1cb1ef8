//! `infer export`.

use crate::fixture::{Fixture, RUN, digit, idx};
use image::{GrayImage, Luma, imageops};
use serde_json::Value;
use std::process::Command;

/// A digit as somebody would draw it on the page: 256×256 pixels, dark on white, as the bytes of a PGM.
fn drawing(index: usize) -> Vec<u8> {
    let side = 60 + 20 * index as u32;
    let ink = GrayImage::from_raw(28, 28, digit(index).to_vec()).unwrap();
    let large = imageops::resize(&ink, side, side, imageops::FilterType::Triangle);
    let mut sheet = GrayImage::from_pixel(256, 256, Luma([255]));
    for (x, y, pixel) in large.enumerate_pixels() {
        sheet.put_pixel(4 + x, 250 - side + y, Luma([255 - pixel.0[0]]));
    }
    [b"P5\n256 256\n255\n".as_slice(), sheet.as_raw()].concat()
}

/// Reads drawings with the scripts of a page, all but the one that makes the page move.
const READ: &str = r#"
const fs = require("fs");
const [html, ...files] = process.argv.slice(1);
const page = fs.readFileSync(html, "utf8");
const scripts = page.split("<script>\n").slice(1).map((part) => part.split("</script>")[0]);
const read = (id) => page.split(`id="${id}">`)[1].split("<")[0];
const main = () => {
  const bytes = Uint8Array.from(Buffer.from(read("weights"), "base64"));
  const network = new Digits.Network(JSON.parse(read("network")), bytes);
  for (const file of files) {
    const pixels = new Uint8Array(fs.readFileSync(file).subarray(-65536));
    const said = Digits.readDrawing(network, { width: 256, height: 256, pixels });
    console.log(JSON.stringify({ label: said.label, probabilities: said.probabilities, note: said.note }));
  }
};
new Function("main", "read", "files", "fs", scripts.slice(0, 4).join("\n") + "\n(" + main.toString() + ")()")(main, read, files, fs);
"#;

#[test]
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn the_page_reads_drawings_as_predict_does() {
    let fixture = Fixture::new();
    let export = [
        "export",
        "--format",
        "html",
        "--model",
        RUN,
        "--out",
        "page.html",
    ];
    fixture.infer(&export).expect(0);
    let page = std::fs::read_to_string(fixture.path("page.html")).unwrap();
    assert!(
        page.contains("default-src 'none'") && !page.contains("src=\""),
        "it needs no other file"
    );
    let names: Vec<String> = (0..8).map(|index| format!("{index}.pgm")).collect();
    for (index, name) in names.iter().enumerate() {
        fixture.write(name, &drawing(index));
    }
    fixture.write(
        "blank.pgm",
        &[b"P5\n256 256\n255\n".as_slice(), &vec![255; 65_536]].concat(),
    );
    let names: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .chain(["blank.pgm"])
        .collect();
    let rows = fixture
        .predict(&[&["--format", "jsonl", "-k", "10"], &names[..]].concat())
        .rows(0);
    let node = Command::new("node")
        .args([&["-e", READ, "page.html"], &names[..]].concat())
        .current_dir(fixture.path(""))
        .output();
    let Ok(output) = node else {
        eprintln!("SKIPPED, there is no node to run the page's scripts");
        return;
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let said = String::from_utf8(output.stdout).unwrap();
    let said: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(said.len(), rows.len());
    for (said, row) in said.iter().zip(&rows) {
        assert_eq!(
            (&said["label"], &said["note"]),
            (&row["label"], &row["note"]),
            "{row}"
        );
        for class in row["top"].as_array().unwrap() {
            let place = class["label"].as_u64().unwrap() as usize;
            let apart = said["probabilities"][place].as_f64().unwrap()
                - class["probability"].as_f64().unwrap();
            assert!(apart.abs() < 1e-3, "{said} {row}");
        }
    }
}

#[test]
fn one_model_is_exported_at_a_time() {
    let fixture = Fixture::new();
    let export = [
        "export",
        "--format",
        "html",
        "--model",
        RUN,
        "--model",
        RUN,
        "--out",
        "page.html",
    ];
    let refused = fixture.infer(&export);
    assert!(
        refused.stderr.contains("one model is exported at a time"),
        "{}",
        refused.stderr
    );
    refused.expect(2);
    assert!(!fixture.path("page.html").exists());
}

/// Rows of a prediction of some digits by these models.
fn rows(fixture: &Fixture, models: &[&str]) -> Vec<Value> {
    let named = models.iter().flat_map(|model| ["--model", model]);
    let mut arguments = vec![
        "predict", "--device", "cpu", "--format", "jsonl", "-k", "10",
    ];
    arguments.extend(named);
    arguments.push("digits");
    fixture.infer(&arguments).rows(0)
}

fn export(fixture: &Fixture, format: &str, models: &[&str], out: &str) -> crate::fixture::Run {
    let before = ["export", "--format", format, "--out", out, "--model"];
    fixture.infer(&[&before, models].concat())
}

#[test]
fn weights_for_pytorch_answer_as_their_run_does() {
    let fixture = Fixture::new();
    fixture.add_model("other", data::digit_names(), 2.0);
    fixture.write("digits", &idx(8));
    export(&fixture, "safetensors", &["other"], "net").expect(0);
    export(&fixture, "safetensors", &["other"], "alone.safetensors").expect(0);
    let there = rows(&fixture, &["other"]);
    // A folder that holds one file of weights is as good as its path.
    for model in ["net/model.safetensors", "net", "alone.safetensors"] {
        assert_eq!(rows(&fixture, &[model]), there, "{model}");
    }
    let together = rows(&fixture, &[RUN, "alone.safetensors"]);
    assert_eq!(together, rows(&fixture, &[RUN, "other"]));
    let card = std::fs::read_to_string(fixture.path("net/README.md")).unwrap();
    assert!(card.starts_with("---\nlicense: cc-by-sa-3.0\n"), "{card}");
    assert!(
        card.contains("- type: accuracy\n      value: 0.125\n"),
        "{card}"
    );
    assert!(card.contains("| test | 12.50 % | 2.5000 |"), "{card}");
    assert!(card.contains("Licence of the data: CC BY-SA 3.0"), "{card}");
    let module = std::fs::read_to_string(fixture.path("net/model.py")).unwrap();
    assert!(
        module.contains("(\"output\", nn.Linear(784, 10)),"),
        "{module}"
    );
    let inspected = fixture.infer(&["inspect", "alone.safetensors"]).expect(0);
    assert!(inspected.contains("not told"), "{inspected}");
    // What is there is never written over by a folder.
    let refused = export(&fixture, "safetensors", &["other"], "net");
    assert!(
        refused.stderr.contains("expected an empty folder"),
        "{}",
        refused.stderr
    );
    refused.expect(1);
}

#[test]
fn onnx_files_are_run_before_they_are_there() {
    let fixture = Fixture::new();
    fixture.add_model("other", data::digit_names(), 2.0);
    let written = export(&fixture, "onnx", &[RUN, "other"], "two.onnx");
    assert!(
        written.stderr.contains("checked: on ten drawn digits"),
        "{}",
        written.stderr
    );
    written.expect(0);
    assert!(fixture.path("two.onnx").exists());
    let unchecked = [
        "export",
        "--format",
        "onnx",
        "--no-verify",
        "--out",
        "one.onnx",
        "--model",
        RUN,
    ];
    let written = fixture.infer(&unchecked);
    assert!(!written.stderr.contains("checked"), "{}", written.stderr);
    written.expect(0);
    let no_onnx = [
        "export",
        "--format",
        "html",
        "--no-verify",
        "--out",
        "page.html",
        "--model",
        RUN,
    ];
    let refused = fixture.infer(&no_onnx);
    assert!(
        refused.stderr.contains("--no-verify is for ONNX files"),
        "{}",
        refused.stderr
    );
    refused.expect(2);
}

#[test]
fn weights_that_cannot_be_used_are_refused_by_name() {
    let fixture = Fixture::new();
    fixture.write("digits", &idx(1));
    export(&fixture, "safetensors", &[RUN], "net.safetensors").expect(0);
    let whole = std::fs::read(fixture.path("net.safetensors")).unwrap();
    let mut damaged = whole.clone();
    damaged[whole.len() - 3] ^= 1;
    let header = br#"{"output.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    let length = (header.len() as u64).to_le_bytes();
    let foreign = [&length[..], header, &[0; 4]].concat();
    for (name, bytes, problem, hint) in [
        (
            "damaged.safetensors",
            &damaged[..],
            "damaged: expected SHA-256",
            "again",
        ),
        (
            "short.safetensors",
            &whole[..whole.len() - 8],
            "are not in the file",
            "again",
        ),
        (
            "foreign.safetensors",
            &foreign,
            "does not say of which network",
            "train RECIPE --init",
        ),
        (
            "foreign.pt",
            b"\x80\x02cos\nsystem\n",
            "no PyTorch file that can be read",
            "state_dict",
        ),
    ] {
        fixture.write(name, bytes);
        let run = fixture.infer(&["predict", "--model", name, "digits"]);
        for expected in [name, problem, hint] {
            assert!(run.stderr.contains(expected), "{expected}: {}", run.stderr);
        }
        run.expect(1);
    }
}

#[test]
fn several_networks_are_one_onnx_file() {
    let fixture = Fixture::new();
    fixture.add_model("other", data::digit_names(), 2.0);
    export(&fixture, "onnx", &[RUN, "other"], "both.onnx").expect(0);
    export(&fixture, "onnx", &[RUN], "one.onnx").expect(0);
    let size = |name: &str| std::fs::metadata(fixture.path(name)).unwrap().len();
    let weights = 4 * 7_850;
    assert!(size("one.onnx") > weights && size("one.onnx") < weights + 4_000);
    assert!(size("both.onnx") > 2 * weights && size("both.onnx") < 2 * weights + 6_000);
    let floats = [
        "export",
        "--format",
        "safetensors",
        "--model",
        RUN,
        "--out",
        "a",
        "--input",
        "float",
    ];
    fixture.infer(&floats).expect(2);
    let mut names = data::digit_names();
    names[3] = "three".into();
    fixture.add_model("third", names, 1.0);
    let refused = export(&fixture, "onnx", &[RUN, "third"], "third.onnx");
    assert!(
        refused.stderr.contains("tell different classes apart"),
        "{}",
        refused.stderr
    );
    refused.expect(2);
    assert!(!fixture.path("third.onnx").exists());
}
