//! Answers in their formats, and where they go: rows of text, JSON, CSV or Parquet, and pictures with
//! what was found drawn in.

mod annotate;
mod answer;
mod cell;
mod doubt;
mod folder;
mod format;
mod numbers;
mod review;
mod row;
mod sink;
mod table;
mod table_copy;
mod text;
mod writer;

pub use annotate::write_annotated;
pub use answer::{Answer, Note, Rows, Style, telling_names};
pub use cell::{Cell, Column};
pub use doubt::Doubt;
pub use folder::NewFolder;
pub use format::Format;
pub use numbers::Numbers;
pub use review::Review;
pub use row::Row;
pub use sink::{Kept, Sink, Written};
pub use table_copy::TableCopy;
pub use text::{csv_rows, printable};
pub use writer::Output;
