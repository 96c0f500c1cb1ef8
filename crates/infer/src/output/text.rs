//! Text as terminals and tables take it.

use crate::error::Error;

/// In one line, and without what a terminal would obey.
#[must_use]
pub fn printable(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// The bytes of rows of a CSV file, each with the end of the line.
///
/// # Errors
///
/// Where a row cannot be put together.
pub fn csv_rows<R, F>(rows: impl IntoIterator<Item = R>) -> Result<Vec<u8>, Error>
where
    R: IntoIterator<Item = F>,
    F: AsRef<[u8]>,
{
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        let written = writer.write_record(row);
        written.map_err(|error| Error::Format(error.to_string()))?;
    }
    let bytes = writer.into_inner();
    bytes.map_err(|error| Error::Format(error.to_string()))
}
