//! What the help says beside the options: examples, formats, exit codes. Lines fit 80 columns.

use console::EXIT_CODES;

/// A command's examples, and the exit codes of all commands.
pub(super) fn with_exit_codes(examples: &str) -> String {
    format!("{examples}\n\n{EXIT_CODES}")
}

pub(super) const EXAMPLES: &str = "\
Examples:
  infer predict --model cnn-001 seven.png
  infer evaluate --model cnn-001
  infer inspect cnn-001
  infer show photo.jpg --out steps.png
  infer serve --model cnn-001
  infer export --format html --model cnn-001 --out page.html

cnn-001 is short for artifacts/cnn-001, a run folder that `train` wrote.";

pub(super) const PREDICT_EXAMPLES: &str = "\
Examples:
  infer predict --model cnn-001 seven.png scans/
  infer predict --model cnn-001 'scans/**/*.jpg' --output digits.csv
  infer predict --model cnn-001 scans.tar.gz test.parquet -o digits.parquet
  infer predict --model cnn-001 t10k-images-idx3-ubyte.gz --format jsonl
  infer predict --model cnn-001 test.csv --format kaggle -o submission.csv
  find scans -name '*.png' | infer predict --model cnn-001 - --format jsonl
  infer predict --model cnn-001 --digits many bill.jpg --annotate seen
  infer predict --model cnn-001 --digits 5 postcodes/ -o postcodes.csv
  infer predict --model cnn-001 scans.tif -o rows.csv --review page.html
  infer predict --model 'cnn-00*' seven.png

Inputs:
  PNG, JPEG, BMP, TIFF, WebP, GIF and PNM pictures; tar and zip archives of
  them; Parquet files with a column `image` of them, as on the Hugging Face hub;
  IDX, CSV and NumPy (.npy, .npz) files of pixels, also in archives. All may be
  packed by gzip, bzip2, xz or zstd, but not the pictures in an archive. Files of
  many are read one picture at a time. Each page of a TIFF file, or of a PDF file
  of scans, and each frame of a GIF or WebP, is a picture: scans.tif#0, … What is
  passed over in folders and archives is counted and named. docs/formats.md has a
  table of all kinds.

  A picture may have any size and be dark on light or light on dark: it is cut,
  scaled to 28×28 pixels and centred as MNIST's digits are. A picture of 28×28
  pixels, light on dark, is taken as it is. Inputs that cannot be used are named
  on standard error, the others are classified.

Results:
  A line of --format jsonl:
    {\"path\":\"seven.png\",\"label\":7,\"probability\":0.98,
     \"top\":[{\"label\":7,\"probability\":0.98},…],\"note\":null}
  `label` is the number of the class; `class` is its name and is there only where
  the names are not just the digits. CSV and Parquet have the columns path,
  label, (class,) probability, then label_2, (class_2,) probability_2 and so on
  up to --top-k, and note. A picture out of a file of many is called FILE#INDEX
  or FILE#MEMBER.

  A picture without ink, all of one colour, has no label and no probability, and
  its note is `no ink`. Below --min-confidence there is no label, and the note is
  `low confidence`. Both are answers: the exit code stays 0, and --errors does
  not name them. No label is null in JSON and Parquet, empty in CSV and `none` in
  text. Only --format kaggle gives every picture a label: the most probable one
  however unsure, 0 without ink. Where a picture plainly shows several digits, the
  greatest has the label, and the note is `several digits`.

  A job that is interrupted or cannot go on keeps the rows that were done:
  digits.partial.csv where digits.csv was asked for, which stays as it was. With
  --skip, the same command does the rest.

With --digits many:
  All digits of a picture are read, line after line, and digits that touch are
  cut apart. A line of --format jsonl is then
    {\"path\":\"bill.jpg\",\"text\":\"40 71\",\"lines\":[\"40\",\"71\"],
     \"digits\":[{\"label\":4,\"probability\":0.98,\"line\":0,
     \"box\":{\"left\":31,\"top\":12,\"width\":18,\"height\":30}},…],\"note\":null}
  and CSV and Parquet have a row for each digit: path, text, line, place, label,
  probability, left, top, width, height, guess, label_2, probability_2, note. A
  digit below --min-confidence is `?` in the text and has no label; its guess and
  runner-up stay. --rows picture gives a row for each picture (path, text, guess,
  probability of the least sure digit, note), --rows digit an object for each
  digit. With a number, such as --digits 4 for a PIN, the likeliest four digits
  are read, and signs and all else left out. Where there are fewer, or what is
  left out looks like a digit, too, the note is `another number of digits`.";

pub(super) const MERGE_EXAMPLES: &str = "\
Examples:
  infer predict --model cnn-001 scans.tar -o digits.csv --shard 1/2   # here
  infer predict --model cnn-001 scans.tar -o digits.csv --shard 2/2   # elsewhere
  infer merge -o digits.csv
  infer merge a/digits.1-of-2.csv b/digits.2-of-2.csv -o digits.csv

The rows are those of one run without --shard, in the order of the inputs. What
is missing, there twice, changed, or of another model, other inputs or other
options is refused. A shard lies beside its record, such as
digits.1-of-2.csv.shard.json, which is written last: where it is, the shard is
whole. docs/scaling.md has it for Slurm, Kubernetes and HyperQueue.";

pub(super) const EVALUATE_EXAMPLES: &str = "\
Examples:
  infer evaluate --model cnn-001
  infer evaluate --model cnn-001 --dataset mnist --data-dir ~/mnist --format json
  infer evaluate --model cnn-001 --dataset scans/
  infer evaluate --model cnn-001 test.parquet
  infer evaluate --model cnn-001 scans.tar --labels labels.csv
  infer evaluate --model cnn-001 --digits many numbers/ --labels labels.csv

A data set is what `train` takes for one: a folder is laid out as
FOLDER/CLASS/picture.png or FOLDER/test/CLASS/picture.png (beside FOLDER/train),
or has such files as test.csv; a CSV file has a label and 784 pixels a line; an
IDX file has its labels beside it; Parquet files and tar archives have pictures.

Paths are what `predict` takes. Each picture's label is the one in --labels,
which has the columns file and label; without that, the one in its IDX, CSV or
Parquet file; else the name of the folder that it lies in. A picture without ink
cannot be used.

With --digits many, a label is all digits of its picture in reading order, such
as 0412; white space in it does not count, and it is empty where there are none.
What is measured is how many pictures are read without a fault, by the number of
their digits.";

pub(super) const INSPECT_EXAMPLES: &str = "\
Examples:
  infer inspect cnn-001
  infer inspect --model artifacts/cnn-001 --format json";

pub(super) const SHOW_EXAMPLES: &str = "\
Examples:
  infer show photo.jpg
  infer show photo.jpg --model cnn-001
  infer show scans/ --out steps.png

Steps, of which a picture takes those that it needs: shades of grey; dark ink on
light paper; the paper as it is estimated; contrast of ink to paper; printed
lines left out; the pieces of ink that are taken for the digit; strokes of
MNIST's width; boxed and centred, which is what the network gets.";

pub(super) const EXPORT_EXAMPLES: &str = "\
Examples:
  infer export --format html --model cnn-001 --out page.html
  infer export --format onnx --model cnn-001 --out digits.onnx
  infer export --format onnx --model cnn-001 cnn-002 cnn-003 --out three.onnx
  infer export --format safetensors --model cnn-001 --out for-pytorch

Forms:
  html         one page to draw on, which holds the network and the preparation
               of drawings, opens from disk in any browser and asks no server
  onnx         one file of one network or several: pixels in, logits and
               probabilities out, normalisation and temperature inside
  safetensors  weights by PyTorch's names, and where --out is a folder a module
               that loads them and a model card; infer reads the file, too";

pub(super) const SERVE_EXAMPLES: &str = "\
Examples:
  infer serve --model cnn-001
  infer serve --model accurate-001 --listen 0.0.0.0:80 --api-key-file keys.txt
  infer serve --model cnn-001 --collect wrong
  curl --data-binary @seven.png http://127.0.0.1:8080/v1/predict

The page to draw on is at /, predictions are at /v1/predict, the Open Inference
Protocol at /v2, figures for Prometheus at /metrics, and all of it is described
in /openapi.json. Ctrl-C and SIGTERM end the service once what it has in hand is
answered: the exit code is then 0.";

pub(super) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  infer completions bash > ~/.local/share/bash-completion/completions/infer
  infer completions fish > ~/.config/fish/completions/infer.fish";

pub(super) const MAN_EXAMPLES: &str = "\
Examples:
  infer man ~/.local/share/man/man1";
