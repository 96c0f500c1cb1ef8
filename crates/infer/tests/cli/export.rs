//! `infer export`.

use crate::fixture::{Fixture, RUN, digit};
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
