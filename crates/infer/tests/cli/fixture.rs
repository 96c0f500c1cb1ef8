//! A small saved model, some drawn digits, and running the program on them.

use base::{IMAGE_PIXELS, IMAGE_SIDE};
use data::synthetic::{SyntheticSplit, draw_digit};
use image::ImageFormat;
use model::{
    ClassifierConfig, DatasetProvenance, DeviceChoice, LinearConfig, ModelDescription,
    NetworkConfig, ProgramProvenance, SavedMetrics, Score, Temperature, Views, open_device,
    save_model,
};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use tempfile::TempDir;

/// The path of the run folder, below the fixture's.
pub const RUN: &str = "run";

/// A folder with a model in [`RUN`].
pub struct Fixture {
    folder: TempDir,
}

impl Fixture {
    /// A softmax regression for digits, as drawn from a seed.
    pub fn new() -> Self {
        Self::with(data::digit_names(), "mnist", None)
    }

    /// With these classes and this data set.
    pub fn with(class_names: Vec<String>, dataset: &str, stands_in_for: Option<&str>) -> Self {
        let fixture = Self {
            folder: TempDir::new().unwrap(),
        };
        fixture.save(RUN, class_names, dataset, stands_in_for, (1, false), None);
        fixture
    }

    /// For digits, and pairs of them.
    pub fn reading_pairs() -> Self {
        let fixture = Self {
            folder: TempDir::new().unwrap(),
        };
        fixture.save(RUN, data::digit_names(), "mnist", None, (1, true), None);
        fixture
    }

    /// Another model, of another seed and with this temperature.
    pub fn add_model(&self, run: &str, class_names: Vec<String>, temperature: f64) {
        let temperature = Some(temperature.try_into().unwrap());
        self.save(run, class_names, "mnist", None, (2, false), temperature);
    }

    fn save(
        &self,
        run: &str,
        class_names: Vec<String>,
        dataset: &str,
        stands_in_for: Option<&str>,
        (seed, pairs): (u64, bool),
        temperature: Option<Temperature>,
    ) {
        let run = self.path(run);
        fs::create_dir(&run).unwrap();
        let config = ClassifierConfig {
            pairs,
            ..NetworkConfig::Linear(LinearConfig::default()).into()
        };
        let device = open_device(DeviceChoice::Cpu).unwrap().device;
        let classifier = config.init(class_names.len(), seed, &device).unwrap();
        let description = ModelDescription {
            classifier: config,
            class_names,
            dataset: DatasetProvenance {
                name: dataset.into(),
                sha256: "00".into(),
                origin: "nowhere".into(),
                stands_in_for: stands_in_for.map(String::from),
            },
            seed,
            program: ProgramProvenance {
                name: "train".into(),
                version: "1.2.3".into(),
                git_commit: Some("abcdef".into()),
            },
            metrics: SavedMetrics {
                validation: None,
                test: Some(Score {
                    accuracy: 0.125,
                    loss: 2.5,
                }),
            },
            temperature,
            views: Views::One,
            cut_short: None,
            based_on: None,
        };
        save_model(&run, &classifier, description).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// A picture of the drawn digit with this number.
    pub fn write_digit(&self, name: &str, index: usize) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, digit_png(index)).unwrap();
    }

    /// Starts the program in the folder.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.start_with(&[], arguments)
    }

    /// Starts the program in the folder, with these variables.
    pub fn start_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_infer"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("MNIST_DIR")
            .env_remove("RUST_BACKTRACE")
            .env("XDG_CACHE_HOME", self.path("cache"))
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Runs the program in the folder.
    pub fn infer(&self, arguments: &[&str]) -> Run {
        self.infer_with_input(arguments, "")
    }

    /// Runs the program in the folder with something on standard input.
    pub fn infer_with_input(&self, arguments: &[&str], input: &str) -> Run {
        let mut child = self.start(arguments);
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        Run::new(&child.wait_with_output().unwrap())
    }

    /// Runs the program in the folder, with these variables.
    pub fn infer_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
        let child = self.start_with(variables, arguments);
        Run::new(&child.wait_with_output().unwrap())
    }

    /// `infer predict` on the CPU.
    pub fn predict(&self, arguments: &[&str]) -> Run {
        let always = ["predict", "--model", RUN, "--device", "cpu"];
        self.infer(&[&always, arguments].concat())
    }

    /// `infer evaluate` on the CPU.
    pub fn evaluate(&self, arguments: &[&str]) -> Run {
        let always = ["evaluate", "--model", RUN, "--device", "cpu", "--offline"];
        self.infer(&[&always, arguments].concat())
    }
}

/// What the program said.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Of a run that has ended.
    pub fn new(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// Standard output, after a run that ended with `code`.
    pub fn expect(self, code: i32) -> String {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        self.stdout
    }

    /// The rows of JSON Lines, after a run that ended with `code`.
    pub fn rows(self, code: i32) -> Vec<Value> {
        let rows = self.expect(code);
        rows.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// The digit that [`digit`] draws.
pub fn label(index: usize) -> u8 {
    (index * 7 % 10) as u8
}

/// A drawn digit.
pub fn digit(index: usize) -> [u8; IMAGE_PIXELS] {
    draw_digit(1, SyntheticSplit::Test, index as u64, label(index))
}

/// An IDX file of the first drawn digits.
pub fn idx(num_images: usize) -> Vec<u8> {
    let side = IMAGE_SIDE as u32;
    let words = [0x803, num_images as u32, side, side];
    let header = words.iter().flat_map(|word| word.to_be_bytes());
    header.chain((0..num_images).flat_map(digit)).collect()
}

/// A PNG of a drawn digit.
pub fn digit_png(index: usize) -> Vec<u8> {
    let side = IMAGE_SIDE as u32;
    let picture = image::GrayImage::from_raw(side, side, digit(index).to_vec()).unwrap();
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A CSV file of the first drawn digits, with their labels.
pub fn csv(num_images: usize) -> String {
    let mut csv = String::new();
    for index in 0..num_images {
        let _ = write!(csv, "{}", label(index));
        for pixel in digit(index) {
            let _ = write!(csv, ",{pixel}");
        }
        csv.push('\n');
    }
    csv
}

/// A tar archive.
pub fn tar<'a>(members: impl Iterator<Item = (&'a str, Vec<u8>)>) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        archive
            .append_data(&mut header, name, bytes.as_slice())
            .unwrap();
    }
    archive.into_inner().unwrap()
}

/// A Parquet file of PNGs of the first drawn digits with their labels, as the Hugging Face hub has
/// them.
pub fn hub_parquet(num_images: usize) -> Vec<u8> {
    let schema = "message schema { \
        optional group image { optional binary bytes; optional binary path (STRING); } \
        optional int64 label; }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let levels = |level: i16| vec![level; num_images];
    let pictures = (0..num_images).map(|index| ByteArray::from(digit_png(index)));
    let pictures: Vec<ByteArray> = pictures.collect();
    let mut column = group.next_column().unwrap().unwrap();
    let bytes = column.typed::<ByteArrayType>();
    bytes
        .write_batch(&pictures, Some(&levels(2)), None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let names = column.typed::<ByteArrayType>();
    names.write_batch(&[], Some(&levels(1)), None).unwrap();
    column.close().unwrap();
    let numbers: Vec<i64> = (0..num_images).map(|index| label(index).into()).collect();
    let mut column = group.next_column().unwrap().unwrap();
    let labels = column.typed::<Int64Type>();
    labels
        .write_batch(&numbers, Some(&levels(1)), None)
        .unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.into_inner().unwrap()
}

/// The paths of rows.
pub fn paths(rows: &[Value]) -> Vec<&str> {
    rows.iter()
        .map(|row| row["path"].as_str().unwrap())
        .collect()
}

/// The labels of rows.
pub fn labels(rows: &[Value]) -> Vec<u64> {
    rows.iter()
        .map(|row| row["label"].as_u64().unwrap())
        .collect()
}

/// Turns over one bit in the middle of a file.
pub fn damage(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}
