//! Models of other classes than ten digits.

use crate::fixture::{Fixture, RUN, csv, digit, digit_png, labels};
use crate::serve::client::Service;
use serde_json::{Value, json};

fn animals() -> Fixture {
    let names = ["capybara", "cat", "dog"].map(String::from).to_vec();
    let fixture = Fixture::with(names, "animals", None);
    fixture.write_digit("a.png", 0);
    fixture
}

fn letters() -> Fixture {
    let fixture = Fixture::with(('A'..='Z').map(String::from).collect(), "letters", None);
    fixture.write_digit("a.png", 0);
    fixture
}

#[test]
fn every_class_is_answered_by_its_name() {
    let fixture = animals();
    let rows = fixture
        .predict(&["-k", "200", "--format", "jsonl", "a.png"])
        .rows(0);
    let top = rows[0]["top"].as_array().unwrap();
    let mut names: Vec<&str> = top
        .iter()
        .map(|class| class["class"].as_str().unwrap())
        .collect();
    assert_eq!(rows[0]["class"], names[0]);
    names.sort_unstable();
    assert_eq!(names, ["capybara", "cat", "dog"]);
    let table = fixture
        .predict(&["-k", "26", "--format", "csv", "a.png"])
        .expect(0);
    let head = table.lines().next().unwrap();
    assert!(
        head.ends_with("label_3,class_3,probability_3,note"),
        "{head}"
    );
    // Numbers for names say no more than labels.
    let numbered = Fixture::with((0..12).map(|class| class.to_string()).collect(), "x", None);
    numbered.write_digit("a.png", 0);
    let rows = numbered.predict(&["--format", "jsonl", "a.png"]).rows(0);
    assert!(labels(&rows)[0] < 12 && rows[0].get("class").is_none());
}

#[test]
fn figures_are_of_the_models_classes() {
    let fixture = animals();
    for (place, class) in ["cat", "dog", "cat"].iter().enumerate() {
        fixture.write_digit(&format!("set/{class}/{place}.png"), place);
        fixture.write_digit(&format!("pictures/{class}/{place}.png"), place);
    }
    let figures = |arguments: &[&str]| -> Value {
        let run = fixture.evaluate(&[arguments, &["--format", "json"]].concat());
        serde_json::from_str(&run.expect(0)).unwrap()
    };
    for arguments in [&["--dataset", "set"][..], &["pictures"]] {
        let found = figures(arguments);
        let support = |class: usize| found["classes"][class]["support"].clone();
        assert_eq!(
            [support(0), support(1), support(2)],
            [0, 2, 1].map(Value::from)
        );
        assert_eq!(found["confusion"].as_array().unwrap().len(), 3);
    }
    // Numbers are the model's labels, and none beyond them.
    let all = csv(10);
    let few = all.lines().filter(|line| line.starts_with(['0', '1', '2']));
    let few: Vec<&str> = few.collect();
    fixture.write("few.csv", few.join("\n").as_bytes());
    assert_eq!(figures(&["--dataset", "few.csv"])["num_images"], 3);
    fixture.write("many.csv", csv(10).as_bytes());
    let run = fixture.evaluate(&["--dataset", "many.csv"]);
    assert!(run.stderr.contains("capybara"), "{}", run.stderr);
    run.expect(1);
    // A matrix of many classes is a list of mistakes for people.
    let fixture = letters();
    for (place, class) in ["B", "C", "D"].iter().enumerate() {
        fixture.write_digit(&format!("set/{class}/{place}.png"), place);
    }
    let text = fixture.evaluate(&["--dataset", "set"]).expect(0);
    assert!(
        text.contains(" read as ") && !text.contains("truth |"),
        "{text}"
    );
}

#[test]
fn numbers_are_read_by_networks_of_digits_alone() {
    let fixture = letters();
    let commands: [&[&str]; 2] = [
        &[
            "predict", "--model", RUN, "--device", "cpu", "--digits", "many", "a.png",
        ],
        &[
            "evaluate", "--model", RUN, "--device", "cpu", "--digits", "many", "a.png",
        ],
    ];
    for command in commands {
        let run = fixture.infer(command);
        let expected = "pictures of many digits are read by networks of digits, and this one tells others apart: A, B, C";
        assert!(run.stderr.contains(expected), "{}", run.stderr);
        run.expect(2);
    }
}

#[test]
fn the_service_has_as_many_outputs_as_classes() {
    let fixture = letters();
    let service = Service::start(&fixture, &["--name", "letters"]);
    let about = service.get("/v1/model").json(200);
    assert_eq!(
        (&about["class_names"][25], &about["reads_numbers"]),
        (&json!("Z"), &json!(false))
    );
    let said = service
        .post("/v1/predict", "image/png", &digit_png(0))
        .json(200);
    let one = &said["predictions"][0];
    assert_eq!(one["probabilities"].as_array().unwrap().len(), 26);
    let name = about["class_names"][one["label"].as_u64().unwrap() as usize].clone();
    assert_eq!(one["class"], name);
    service
        .post("/v1/predict?digits=many", "image/png", &digit_png(0))
        .problem(400);
    let about = service.get("/v2/models/letters").json(200);
    assert_eq!(about["outputs"][1]["shape"], json!([-1, 26]));
    let pixels: Vec<u8> = (0..2).flat_map(digit).collect();
    let input = json!({ "name": "images", "datatype": "UINT8", "shape": [2, 784], "data": pixels });
    let request =
        json!({ "inputs": [input], "outputs": [{ "name": "labels" }, { "name": "logits" }] });
    let request = request.to_string();
    let said = service.post(
        "/v2/models/letters/infer",
        "application/json",
        request.as_bytes(),
    );
    let said = said.json(200);
    assert_eq!(said["outputs"][0]["data"][0], one["label"]);
    assert_eq!(said["outputs"][1]["shape"], json!([2, 26]));
}

#[test]
fn networks_of_other_classes_are_exported() {
    let fixture = letters();
    let export = |format: &str, out: &str| {
        let arguments = ["export", "--format", format, "--model", RUN, "--out", out];
        fixture.infer(&arguments)
    };
    let run = export("onnx", "letters.onnx");
    assert!(
        run.stderr.contains("checked: on ten drawn digits"),
        "{}",
        run.stderr
    );
    run.expect(0);
    export("html", "letters.html").expect(0);
    let page = std::fs::read_to_string(fixture.path("letters.html")).unwrap();
    assert!(page.contains("\"Y\",\"Z\"]"));
    export("safetensors", "torch").expect(0);
    let module = std::fs::read_to_string(fixture.path("torch/model.py")).unwrap();
    assert!(
        module.contains("to logits [N, 26]") && module.contains("nn.Linear(784, 26)"),
        "{module}"
    );
    // The weights alone are a model of 26 classes too.
    export("safetensors", "letters.safetensors").expect(0);
    let predict = |model: &str| {
        let arguments = [
            "predict", "--model", model, "--device", "cpu", "-k", "26", "--format", "jsonl",
            "a.png",
        ];
        fixture.infer(&arguments).rows(0)
    };
    assert_eq!(predict("letters.safetensors"), predict(RUN));
    let facts = fixture.infer(&["inspect", "--model", RUN]).expect(0);
    assert!(
        facts.contains("X, Y, Z") && facts.contains("20,410"),
        "{facts}"
    );
}
