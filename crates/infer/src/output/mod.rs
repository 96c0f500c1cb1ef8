//! Answers in their formats, and where they go: rows of text, JSON, CSV or Parquet, and pictures with
//! what was found drawn in.

mod annotate;
mod answer;
mod cell;
mod format;
mod numbers;
mod row;
mod sink;
mod table;
mod text;
mod writer;

pub use annotate::write_annotated;
pub use answer::{Answer, Note, Style, telling_names};
pub use cell::{Cell, Column};
pub use format::Format;
pub use numbers::Numbers;
pub use row::Row;
pub use sink::{Kept, Sink};
pub use text::{csv_rows, inert, printable};
pub use writer::Output;
