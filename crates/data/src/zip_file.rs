//! Reads the pictures out of ZIP archives one by one.
//!
//! Owns the order and what a bad member is; the format is [`directory`]'s.

mod directory;
mod fields;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::foreign::Foreign;
use crate::members::{Kind, Spill, kind};
use crate::reading::{Reading, Stream};
use crate::record::{Content, Part, Record};
use crate::remarks::Remarks;
use crate::unpack::Contents;
pub(crate) use directory::{Directory, Entry};

/// So many of the first members are looked at to say what the archive is.
const MEMBERS_LOOKED_AT: usize = 64;

/// Whether an archive is one of `NumPy`'s, of arrays alone.
///
/// # Errors
/// [`DataError::Foreign`] where it is what another program saves so; [`DataError::Container`] where it is damaged.
pub(crate) fn holds_arrays(path: &Path) -> Result<bool, DataError> {
    let mut names = Vec::new();
    let mut directory = Directory::open(path)?;
    while let Some(entry) = directory.next_entry()? {
        names.push(entry.name);
        if names.len() == MEMBERS_LOOKED_AT {
            break;
        }
    }
    if let Some(foreign) = Foreign::of_members(names.iter().map(String::as_str)) {
        return Err(DataError::foreign(path, foreign));
    }
    let is_array = |name: &String| {
        let end = Path::new(name).extension();
        end.is_some_and(|end| end.eq_ignore_ascii_case("npy"))
    };
    Ok(!names.is_empty() && names.iter().all(is_array))
}

/// The pictures of an archive, in its order, named `ARCHIVE#MEMBER`, and then the images of files of many in it.
///
/// A member that is damaged or too large is an error in its place, and the rest goes on.
pub(crate) fn open(path: &Path, reading: &Reading) -> Result<Stream, DataError> {
    Ok(Box::new(ZipReader {
        directory: Directory::open(path)?,
        path: path.into(),
        max_member_bytes: reading.limits.max_file_bytes,
        spill: Some(Spill::new(path, reading)),
        spilled: None,
        remarks: reading.remarks.clone(),
        is_finished: false,
    }))
}

struct ZipReader {
    directory: Directory,
    path: PathBuf,
    max_member_bytes: u64,
    spill: Option<Spill>,
    /// The images of files of many in the archive, once all members were looked at.
    spilled: Option<Stream>,
    remarks: Remarks,
    is_finished: bool,
}

impl ZipReader {
    fn read_next(&mut self) -> Result<Option<Record>, DataError> {
        if let Some(spilled) = &mut self.spilled {
            return spilled.next().transpose();
        }
        while let Some(entry) = self.directory.next_entry()? {
            match kind(&entry.name) {
                Kind::Hidden => {}
                Kind::Other => self.remarks.pass_over_member(&entry.name),
                Kind::Picture => return self.read_picture(&entry).map(Some),
                Kind::OfMany => {
                    let member = self.directory.member(&entry);
                    let member = member.map_err(|error| self.bad(&entry, &error.to_string()))?;
                    if let Some(spill) = &mut self.spill {
                        spill.take(&entry.name, member)?;
                    }
                }
            }
        }
        let spilled = self.spill.take().map(Spill::into_records).transpose()?;
        self.spilled = spilled;
        self.spilled.as_mut().and_then(Iterator::next).transpose()
    }

    fn read_picture(&self, entry: &Entry) -> Result<Record, DataError> {
        let limit = self.max_member_bytes;
        let too_large = |found: &str| {
            self.bad(
                entry,
                &format!("the picture has {found} bytes, expected at most {limit}"),
            )
        };
        if entry.num_bytes > limit {
            return Err(too_large(&entry.num_bytes.to_string()));
        }
        let mut bytes = Vec::new();
        let member = self.directory.member(entry);
        let read = member.and_then(|member| member.take(limit + 1).read_to_end(&mut bytes));
        read.map_err(|error| self.bad(entry, &error.to_string()))?;
        if bytes.len() as u64 > limit {
            return Err(too_large("more"));
        }
        Ok(Record {
            name: format!("{}#{}", self.path.display(), entry.name),
            content: Content::Picture(bytes),
            label: None,
            part: Part::Unknown,
        })
    }

    fn bad(&self, entry: &Entry, reason: &str) -> DataError {
        DataError::Picture {
            path: format!("{}#{}", self.path.display(), entry.name).into(),
            reason: reason.into(),
        }
    }
}

impl Iterator for ZipReader {
    type Item = Result<Record, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_finished {
            return None;
        }
        let item = self.read_next().transpose();
        let goes_on =
            self.spilled.is_some() || matches!(item, Some(Ok(_) | Err(DataError::Picture { .. })));
        self.is_finished = !goes_on || item.is_none();
        item
    }
}

/// A member of an archive as contents to be read; `name` is what messages call it.
pub(crate) fn contents(
    directory: &Directory,
    entry: &Entry,
    name: &Path,
) -> Result<Contents<'static>, DataError> {
    let member = directory.member(entry);
    let member = member.map_err(|error| DataError::Container {
        path: name.into(),
        place: "member".into(),
        reason: error.to_string(),
    })?;
    Contents::of_reader(member, name)
}

#[cfg(test)]
pub(crate) mod tests;
