//! The pages of TIFF files: each is taken out as a TIFF file of its own, with what its directory names and nothing else.

use crate::tiff_file::{Entry, Form, Reader, Source, directory, pages};
use std::vec;

/// Where strips or tiles lie, and how long each is.
const PLACES: [(u16, u16); 2] = [(273, 279), (324, 325)];
/// Other directories, profiles, texts of programs: they say nothing of the digits.
const LEFT_OUT: [u16; 9] = [330, 700, 33723, 34377, 34665, 34675, 34853, 37724, 40965];
/// The types of numbers as which places are written.
const LONG: u16 = 4;
const LONG8: u16 = 16;

/// Takes the pages out, one after the other.
pub(super) struct Splitter<R> {
    reader: Reader<R>,
    /// The places of their directories.
    pages: vec::IntoIter<u64>,
    max_bytes: u64,
}

impl<R: Source> Splitter<R> {
    /// Pages of at most so many bytes; `None` where it is no TIFF file.
    pub(super) fn new(mut file: R, max_bytes: u64) -> Option<Self> {
        let pages = pages(&mut file)?.into_iter();
        let reader = Reader::new(file, max_bytes)?;
        Some(Self {
            reader,
            pages,
            max_bytes,
        })
    }

    fn take_out(&mut self, place: u64) -> Result<Vec<u8>, String> {
        let form = self.reader.form;
        let read = directory(&mut self.reader.file, form, place);
        let (mut kept, _) = read.map_err(|error| error.to_string())?;
        kept.retain(|entry| entry.size().is_some() && !LEFT_OUT.contains(&entry.tag));
        let mut left = self.max_bytes;
        let mut values = Vec::new();
        for entry in &kept {
            values.push(self.reader.values(entry, &mut left)?);
        }
        let find = |tag: u16| kept.iter().position(|entry| entry.tag == tag);
        let mut data = Vec::new();
        let mut places = None;
        for (at, lengths) in PLACES {
            let Some(at) = find(at) else { continue };
            let lengths = find(lengths).ok_or("it does not say how long its strips are")?;
            let numbers = |index: usize| self.reader.numbers(&kept[index], &values[index]);
            let stretches: Vec<(u64, u64)> =
                numbers(at).into_iter().zip(numbers(lengths)).collect();
            let mut starts = Vec::new();
            for (place, length) in stretches {
                starts.push(data.len() as u64);
                data.extend(self.reader.bytes(place, length, &mut left)?);
            }
            places = Some((at, starts));
        }
        let (at, starts) = places.ok_or("it has no pixels")?;
        Ok(written(form, &kept, values, (at, starts), &data))
    }
}

impl<R: Source> Iterator for Splitter<R> {
    type Item = Result<Vec<u8>, String>;

    fn next(&mut self) -> Option<Self::Item> {
        let place = self.pages.next()?;
        Some(self.take_out(place))
    }
}

/// A file of one page: header, directory, the values that do not fit into it, data.
fn written(
    form: Form,
    entries: &[Entry],
    mut values: Vec<Vec<u8>>,
    (at, starts): (usize, Vec<u64>),
    data: &[u8],
) -> Vec<u8> {
    let word = form.word();
    let directory_end = form.header() + form.count() + entries.len() * form.entry() + word;
    values[at] = vec![0; starts.len() * word];
    let outside = |values: &Vec<u8>| if values.len() > word { values.len() } else { 0 };
    let data_place = directory_end + values.iter().map(outside).sum::<usize>();
    values[at].clear();
    for start in &starts {
        form.write(&mut values[at], data_place as u64 + start, word);
    }
    let mut file = Vec::with_capacity(data_place + data.len());
    file.extend(if form.is_little_endian { b"II" } else { b"MM" });
    if form.is_big {
        form.write(&mut file, 43, 2);
        form.write(&mut file, 8, 2);
        form.write(&mut file, 0, 2);
    } else {
        form.write(&mut file, 42, 2);
    }
    form.write(&mut file, form.header() as u64, word);
    form.write(&mut file, entries.len() as u64, form.count());
    let mut place = directory_end as u64;
    for (index, (entry, values)) in entries.iter().zip(&values).enumerate() {
        let (kind, num_values) = if index == at {
            let kind = if form.is_big { LONG8 } else { LONG };
            (kind, starts.len() as u64)
        } else {
            (entry.kind, entry.num_values)
        };
        form.write(&mut file, entry.tag.into(), 2);
        form.write(&mut file, kind.into(), 2);
        form.write(&mut file, num_values, word);
        if values.len() > word {
            form.write(&mut file, place, word);
            place += values.len() as u64;
        } else {
            file.extend(values);
            file.resize(file.len() + word - values.len(), 0);
        }
    }
    form.write(&mut file, 0, word);
    for values in values.iter().filter(|values| values.len() > word) {
        file.extend(values);
    }
    file.extend(data);
    file
}
