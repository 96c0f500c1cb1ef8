//! A picture in a PDF file becomes the file of a picture: JPEG, TIFF or PNG, whose decoders unpack what PDF packs in the
//! same ways. So nothing is unpacked here but what is packed twice, or in a way that these do not know.

use super::layout::{Colours, Layout};
use super::objects::Objects;
use super::{unread, write};
use crate::decode::DecodeError;
use image::metadata::Orientation;
use lopdf::{Dictionary, Object, Stream};

/// The largest side of a picture.
const MAX_SIDE: i64 = 1 << 24;
/// Compressions of TIFF.
const NONE: u32 = 1;
const FAX_3: u32 = 3;
const FAX_4: u32 = 4;
const DEFLATE: u32 = 8;

/// The file of a picture that something refers to, of at most so many bytes.
///
/// # Errors
/// Where it is packed in a way, or of colours, that are not read; and where it is damaged.
pub(super) fn file<B: AsRef<[u8]>>(
    objects: &Objects<B>,
    reference: &Object,
    orientation: Orientation,
    max_bytes: u64,
) -> Result<Vec<u8>, DecodeError> {
    let (dictionary, data) = objects
        .stream(reference)
        .ok_or_else(|| DecodeError::Structure("its picture is not there".into()))?;
    let mut filters = filters(objects, &dictionary);
    let last = filters.pop();
    let (name, settings) = last.unwrap_or_default();
    let outer = |packed: &[u8]| unpacked(packed, &filters, max_bytes);
    match &name[..] {
        b"DCTDecode" | b"DCT" => return Ok(write::turned_jpeg(outer(data)?, orientation)),
        b"JBIG2Decode" => return Err(unread("a PDF page packed by JBIG2")),
        b"JPXDecode" => return Err(unread("a PDF page packed by JPEG 2000")),
        _ => {}
    }
    let layout = layout(objects, &dictionary, orientation)?;
    let whole = |key: &[u8], otherwise: i64| {
        settings
            .get(key)
            .and_then(Object::as_i64)
            .unwrap_or(otherwise)
    };
    let is_set = |key: &[u8]| settings.get(key).and_then(Object::as_bool).unwrap_or(false);
    // That the rows of differences are those of the picture.
    let is_of_rows = whole(b"Columns", 1) == i64::from(layout.width)
        && whole(b"Colors", 1) == i64::from(layout.colours.number())
        && whole(b"BitsPerComponent", 8) == i64::from(layout.bits);
    match (&name[..], whole(b"Predictor", 1)) {
        (b"CCITTFaxDecode" | b"CCF", _) => {
            let compression = match whole(b"K", 0) {
                ..0 if !is_set(b"EncodedByteAlign") => FAX_4,
                0 if !is_set(b"EncodedByteAlign") => FAX_3,
                0 => 2,
                _ => return Err(unread("a PDF page packed as a fax of this kind")),
            };
            let Colours::Grey { is_inverted } = layout.colours else {
                return Err(unread("a PDF page packed as a fax in colours"));
            };
            // Black is 0, which is dark, unless it is said to be 1.
            let colours = Colours::Grey {
                is_inverted: is_inverted == is_set(b"BlackIs1"),
            };
            let width = u32::try_from(whole(b"Columns", 1728)).unwrap_or(layout.width);
            let layout = Layout {
                width,
                colours,
                bits: 1,
                ..layout
            };
            Ok(write::tiff(&layout, compression, &outer(data)?))
        }
        (b"FlateDecode" | b"Fl", 1) => Ok(write::tiff(&layout, DEFLATE, &outer(data)?)),
        (b"FlateDecode" | b"Fl", 10..) if is_of_rows && write::may_be_png(&layout) => {
            Ok(write::png(&layout, &outer(data)?))
        }
        (b"", _) => Ok(write::tiff(&layout, NONE, data)),
        _ => {
            let num_bytes = layout.num_bytes();
            if num_bytes > max_bytes {
                return Err(DecodeError::TooLarge {
                    verb: "has",
                    unit: "bytes",
                    limit: max_bytes,
                    found: num_bytes,
                });
            }
            filters.push((name.clone(), settings.clone()));
            let plain = unpacked(data, &filters, max_bytes)?;
            Ok(write::tiff(&layout, NONE, &plain))
        }
    }
}

/// The ways in which data are packed, the outermost first, with their settings.
fn filters<B: AsRef<[u8]>>(
    objects: &Objects<B>,
    dictionary: &Dictionary,
) -> Vec<(Vec<u8>, Dictionary)> {
    let list = |object: Object| match object {
        Object::Array(values) => values,
        Object::Null => Vec::new(),
        value => vec![value],
    };
    let names = list(objects.get(dictionary, b"Filter"));
    let mut settings = list(objects.get(dictionary, b"DecodeParms")).into_iter();
    let all = names.iter().map(|name| {
        let name = objects.resolved(name).as_name().map(<[u8]>::to_vec);
        let settings = settings
            .next()
            .and_then(|settings| objects.dictionary(&settings));
        let settings = settings.unwrap_or_default();
        let resolved = settings
            .iter()
            .map(|(key, value)| (key.clone(), objects.resolved(value)));
        (name.unwrap_or_default(), resolved.collect())
    });
    all.take(Stream::MAX_FILTERS).collect()
}

/// Data without these ways to pack them, of at most so many bytes.
fn unpacked(
    data: &[u8],
    filters: &[(Vec<u8>, Dictionary)],
    max_bytes: u64,
) -> Result<Vec<u8>, DecodeError> {
    if filters.is_empty() {
        return Ok(data.to_vec());
    }
    let mut dictionary = Dictionary::new();
    let names = filters.iter().map(|(name, _)| Object::Name(name.clone()));
    let settings = filters
        .iter()
        .map(|(_, settings)| Object::Dictionary(settings.clone()));
    dictionary.set("Filter", Object::Array(names.collect()));
    dictionary.set("DecodeParms", Object::Array(settings.collect()));
    let max_bytes = usize::try_from(max_bytes).unwrap_or(usize::MAX);
    Stream::new(dictionary, data.to_vec())
        .decompressed_content_with_limit(max_bytes)
        .map_err(|error| match error {
            lopdf::Error::Unimplemented(_) => unread("a PDF page packed in an unknown way"),
            error => DecodeError::Structure(format!("its picture: {error}")),
        })
}

fn layout<B: AsRef<[u8]>>(
    objects: &Objects<B>,
    dictionary: &Dictionary,
    orientation: Orientation,
) -> Result<Layout, DecodeError> {
    let whole = |key: &[u8]| objects.get(dictionary, key).as_i64();
    let side = |key: &[u8]| {
        let side = whole(key).ok().filter(|side| (1..=MAX_SIDE).contains(side));
        side.and_then(|side| u32::try_from(side).ok())
            .ok_or_else(|| DecodeError::Structure("its picture has no size".into()))
    };
    let is_mask = objects
        .get(dictionary, b"ImageMask")
        .as_bool()
        .unwrap_or(false);
    let mut colours = if is_mask {
        Colours::Grey { is_inverted: false }
    } else {
        colours(objects, &objects.get(dictionary, b"ColorSpace"))?
    };
    let decode = objects.get(dictionary, b"Decode");
    let first = decode
        .as_array()
        .ok()
        .and_then(|values| values.first()?.as_float().ok());
    if let (Colours::Grey { is_inverted }, Some(first)) = (&mut colours, first) {
        *is_inverted ^= first > 0.5;
    }
    let bits = if is_mask {
        1
    } else {
        whole(b"BitsPerComponent").unwrap_or(1)
    };
    let bits = u32::try_from(bits)
        .ok()
        .filter(|bits| [1, 2, 4, 8, 16].contains(bits));
    Ok(Layout {
        width: side(b"Width")?,
        height: side(b"Height")?,
        bits: bits
            .ok_or_else(|| DecodeError::Structure("its pixels have no usual depth".into()))?,
        colours,
        orientation,
    })
}

/// What a space of colours is.
fn colours<B: AsRef<[u8]>>(objects: &Objects<B>, space: &Object) -> Result<Colours, DecodeError> {
    let parts = space.as_array().map(Vec::as_slice).unwrap_or_default();
    let part = |index: usize| {
        parts
            .get(index)
            .map_or(Object::Null, |part| objects.resolved(part))
    };
    let name = if parts.is_empty() {
        space.clone()
    } else {
        part(0)
    };
    let grey = |is_inverted| Colours::Grey { is_inverted };
    Ok(match name.as_name().unwrap_or_default() {
        // Of faxes, nothing is said.
        b"" | b"DeviceGray" | b"G" | b"CalGray" => grey(false),
        b"DeviceRGB" | b"RGB" | b"CalRGB" => Colours::Rgb,
        b"DeviceCMYK" | b"CMYK" => Colours::Cmyk,
        b"Separation" => grey(true),
        b"ICCBased" => {
            let profile = parts.get(1).and_then(|profile| objects.stream(profile));
            let number = profile.map(|(profile, _)| objects.get(&profile, b"N"));
            match number.and_then(|number| number.as_i64().ok()) {
                Some(1) => grey(false),
                Some(4) => Colours::Cmyk,
                _ => Colours::Rgb,
            }
        }
        b"Indexed" | b"I" => {
            let table = match part(3) {
                Object::String(table, _) => table,
                _ => match parts.get(3) {
                    Some(table) => super::page::unpacked(objects, table, 1 << 12)?,
                    None => Vec::new(),
                },
            };
            Colours::Palette(palette(&colours_of_palette(objects, &part(1))?, &table))
        }
        name => {
            let name = String::from_utf8_lossy(name);
            return Err(unread(&format!("a PDF page of the colours {name}")));
        }
    })
}

/// Those of a palette's own colours, which are none of a palette.
fn colours_of_palette<B: AsRef<[u8]>>(
    objects: &Objects<B>,
    space: &Object,
) -> Result<Colours, DecodeError> {
    let name = space.as_array().ok().and_then(|parts| parts.first());
    let name = name.map(|name| objects.resolved(name));
    match name.as_ref().unwrap_or(space).as_name() {
        Ok(b"Indexed" | b"I") => Err(unread("a PDF page whose palette has a palette")),
        _ => colours(objects, space),
    }
}

/// The colours of a palette.
fn palette(colours: &Colours, table: &[u8]) -> Vec<[u8; 3]> {
    let entries = table.chunks_exact(colours.number() as usize);
    let colour = |values: &[u8]| match (colours, values) {
        (Colours::Grey { is_inverted }, [grey]) => {
            [if *is_inverted { u8::MAX - grey } else { *grey }; 3]
        }
        (Colours::Cmyk, [cyan, magenta, yellow, black]) => [cyan, magenta, yellow].map(|ink| {
            let light = u16::from(u8::MAX - ink) * u16::from(u8::MAX - black);
            (light / 255) as u8
        }),
        (_, [red, green, blue]) => [*red, *green, *blue],
        _ => [0; 3],
    };
    entries.take(256).map(colour).collect()
}
