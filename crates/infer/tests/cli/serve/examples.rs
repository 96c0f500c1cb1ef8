//! The examples of docs/serving.md, run as they stand there by whatever of curl, Python and Node there is.

use super::client::Service;
use crate::fixture::{Fixture, digit_png};
use std::path::Path;
use std::process::Command;

/// The blocks of a language in the document.
fn blocks(language: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/serving.md");
    let text = std::fs::read_to_string(path).unwrap();
    let parts = text.split("```").skip(1).step_by(2);
    let wanted = parts.filter_map(|part| part.strip_prefix(language)?.strip_prefix('\n'));
    wanted.map(str::to_owned).collect()
}

#[test]
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn the_examples_of_the_document_run() {
    let fixture = Fixture::new();
    fixture.write("seven.png", &digit_png(1));
    fixture.write("two.png", &digit_png(6));
    let service = Service::start(&fixture, &["--name", "cnn-001"]);
    let label = service
        .post("/v1/predict", "image/png", &digit_png(1))
        .json(200)["predictions"][0]["label"]
        .to_string();
    let shell = blocks("sh");
    let curls = shell
        .iter()
        .flat_map(|block| block.lines())
        .filter(|line| line.starts_with("curl "));
    let curls: Vec<String> = curls
        .map(|line| line.replacen("curl", "curl -fsS", 1))
        .collect();
    let curls = curls
        .iter()
        .map(|line| ("curl", "sh", "-c", line.clone(), "\"label\":"));
    let python = blocks("python").into_iter().map(|block| {
        let says = if block.contains("tritonclient") {
            "[["
        } else {
            label.as_str()
        };
        ("python3", "python3", "-c", block, says)
    });
    let node = blocks("js")
        .into_iter()
        .map(|block| ("node", "node", "-e", block, label.as_str()));
    let examples: Vec<_> = curls.chain(python).chain(node).collect();
    assert!(examples.len() >= 6);
    for (needs, program, flag, example, says) in examples {
        if Command::new(needs).arg("--version").output().is_err() {
            eprintln!("SKIPPED, there is no {needs}:\n{example}");
            continue;
        }
        let here = example.replace("127.0.0.1:8080", &service.address);
        let output = Command::new(program)
            .args([flag, &here])
            .current_dir(fixture.path(""))
            .output()
            .unwrap();
        let (said, errors) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        if errors.contains("ModuleNotFoundError") || errors.contains("fetch is not defined") {
            eprintln!("SKIPPED, {needs} lacks something: {errors}\n{example}");
            continue;
        }
        assert!(
            output.status.success() && said.contains(says),
            "{example}\n{said}\n{errors}"
        );
    }
}
