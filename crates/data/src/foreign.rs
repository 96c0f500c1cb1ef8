//! Files that are not read, known by their content: what they are, and the way out.
//!
//! Owns the list. A format that is read is never in it.

use std::fmt;

/// A kind of file that is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// What it is, such as `a HEIC picture`.
    pub what: &'static str,
    /// What to do with it.
    pub way_out: &'static str,
}

const PNG_BY_MAGICK: &str = "convert it with `magick in out.png`";
const HEIC: Foreign = Foreign {
    what: "a HEIC picture",
    way_out: "convert it with `heif-convert in.heic out.png`",
};
const AVIF: Foreign = Foreign {
    what: "an AVIF picture",
    way_out: "convert it with `avifdec in.avif out.png`",
};
const JPEG_XL: Foreign = Foreign {
    what: "a JPEG XL picture",
    way_out: "convert it with `djxl in.jxl out.png`",
};
const SPREADSHEET: Foreign = Foreign {
    what: "an Office document",
    way_out: "save a table as .csv, or the pictures in it as files",
};
const PYTORCH: Foreign = Foreign {
    what: "a PyTorch file",
    way_out: "save the tensors with numpy.savez(\"set.npz\", images=…, labels=…)",
};
const VIDEO: Foreign = Foreign {
    what: "a video",
    way_out: "take pictures out of it with `ffmpeg -i in.mp4 %04d.png`",
};

/// First bytes of files that are not read.
const STARTS: [(&[u8], Foreign); 16] = [
    (b"\xff\x0a", JPEG_XL),
    (b"\0\0\0\x0cJXL ", JPEG_XL),
    (
        b"\0\0\0\x0cjP  ",
        Foreign {
            what: "a JPEG 2000 picture",
            way_out: "convert it with `opj_decompress -i in -o out.png`",
        },
    ),
    (
        b"8BPS",
        Foreign {
            what: "a Photoshop document",
            way_out: PNG_BY_MAGICK,
        },
    ),
    (
        b"%!PS",
        Foreign {
            what: "a PostScript document",
            way_out: PNG_BY_MAGICK,
        },
    ),
    (
        b"Rar!\x1a\x07",
        Foreign {
            what: "a RAR archive",
            way_out: "unpack it with `unrar x`",
        },
    ),
    (
        b"7z\xbc\xaf\x27\x1c",
        Foreign {
            what: "a 7-Zip archive",
            way_out: "unpack it with `7z x`",
        },
    ),
    (b"\xd0\xcf\x11\xe0", SPREADSHEET),
    (
        b"\x89HDF\r\n\x1a\n",
        Foreign {
            what: "an HDF5 file (also MATLAB 7.3 and Keras)",
            way_out: "save its arrays with numpy.savez(\"set.npz\", images=…, labels=…)",
        },
    ),
    (
        b"MATLAB 5.0 MAT-file",
        Foreign {
            what: "a MATLAB file",
            way_out: "load it with scipy.io.loadmat and save it with numpy.savez(\"set.npz\", images=…, labels=…)",
        },
    ),
    (
        b"\x80\x02",
        Foreign {
            what: "a Python pickle, which may run programs when read",
            way_out: "save the arrays with numpy.savez",
        },
    ),
    (
        b"\x80\x03",
        Foreign {
            what: "a Python pickle, which may run programs when read",
            way_out: "save the arrays with numpy.savez",
        },
    ),
    (
        b"\x80\x04",
        Foreign {
            what: "a Python pickle, which may run programs when read",
            way_out: "save the arrays with numpy.savez",
        },
    ),
    (
        b"\x80\x05",
        Foreign {
            what: "a Python pickle, which may run programs when read",
            way_out: "save the arrays with numpy.savez",
        },
    ),
    (
        b"ARROW1",
        Foreign {
            what: "an Arrow file",
            way_out: "save it as Parquet",
        },
    ),
    (
        b"version https://git-lfs",
        Foreign {
            what: "a stand-in of Git LFS for a file that was not fetched",
            way_out: "fetch it with `git lfs pull`",
        },
    ),
];
/// Behind the size and the word `ftyp` of files of the MPEG family.
const BRANDS: [(&[u8], Foreign); 13] = [
    (b"heic", HEIC),
    (b"heix", HEIC),
    (b"hevc", HEIC),
    (b"heim", HEIC),
    (b"heis", HEIC),
    (b"mif1", HEIC),
    (b"msf1", HEIC),
    (b"avif", AVIF),
    (b"avis", AVIF),
    (b"isom", VIDEO),
    (b"mp41", VIDEO),
    (b"mp42", VIDEO),
    (b"qt  ", VIDEO),
];
/// Where DICOM has its mark.
const DICOM_MARK: (usize, &[u8]) = (128, b"DICM");
/// So much of a text is searched for what it is.
const TEXT_SEARCHED: usize = 1_024;

impl Foreign {
    /// By the first (unpacked) bytes of a file.
    #[must_use]
    pub fn of_start(start: &[u8]) -> Option<Self> {
        let known = STARTS.iter().find(|(mark, _)| start.starts_with(mark));
        if let Some((_, foreign)) = known {
            return Some(*foreign);
        }
        if start.get(4..8) == Some(b"ftyp") {
            let brand = BRANDS
                .iter()
                .find(|(mark, _)| start.get(8..12) == Some(mark));
            return brand.map(|(_, foreign)| *foreign);
        }
        let (offset, mark) = DICOM_MARK;
        if start
            .get(offset..)
            .is_some_and(|rest| rest.starts_with(mark))
        {
            let way_out = "convert it with `dcmj2pnm --write-png in out.png`";
            return Some(Self {
                what: "a DICOM picture",
                way_out,
            });
        }
        let text = start[..start.len().min(TEXT_SEARCHED)].to_ascii_lowercase();
        let holds = |word: &[u8]| text.windows(word.len()).any(|part| part == word);
        if !text.trim_ascii_start().starts_with(b"<") {
            None
        } else if holds(b"<svg") {
            let way_out = "convert it with `rsvg-convert in.svg -o out.png`";
            Some(Self {
                what: "an SVG drawing",
                way_out,
            })
        } else if holds(b"<!doctype html") || holds(b"<html") {
            let way_out = "the download was answered with a page: get the file itself";
            Some(Self {
                what: "a web page",
                way_out,
            })
        } else {
            None
        }
    }

    /// Why a picture cannot be read: what it is instead, or else what its decoder says.
    #[must_use]
    pub fn explain(bytes: &[u8], error: impl fmt::Display) -> String {
        match Self::of_start(bytes) {
            Some(Self { what, way_out }) => format!("it is {what}, which is not read: {way_out}"),
            None => error.to_string(),
        }
    }

    /// Of a ZIP archive, by the names of its first members: several programs pack what they save so.
    pub(crate) fn of_members<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        names.into_iter().find_map(|name| match name {
            "[Content_Types].xml" => Some(SPREADSHEET),
            name if name.ends_with("/data.pkl") => Some(PYTORCH),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_not_read_are_known_by_their_content() {
        let what = |start: &[u8]| Foreign::of_start(start).map(|foreign| foreign.what);
        assert_eq!(
            what(b"\0\0\0\x18ftypheic\0\0\0\0mif1"),
            Some("a HEIC picture")
        );
        assert_eq!(what(b"\0\0\0\x1cftypavif"), Some("an AVIF picture"));
        assert_eq!(what(b"\xff\x0a\x7f"), Some("a JPEG XL picture"));
        assert_eq!(
            what(b"<?xml version=\"1.0\"?>\n<SVG xmlns"),
            Some("an SVG drawing")
        );
        assert_eq!(what(b"\n<!DOCTYPE html><title>404"), Some("a web page"));
        assert_eq!(
            what(b"\x89HDF\r\n\x1a\n\0"),
            Some("an HDF5 file (also MATLAB 7.3 and Keras)")
        );
        assert_eq!(what(b"7z\xbc\xaf\x27\x1c\0"), Some("a 7-Zip archive"));
        for start in [
            &b"\x89PNG\r\n\x1a\n"[..],
            b"\xff\xd8\xff\xe0",
            b"PK\x03\x04",
            b"1,2,3",
            b"",
            b"<a>",
        ] {
            assert_eq!(what(start), None, "{start:?}");
        }
        let members = |names: &[&str]| Foreign::of_members(names.iter().copied());
        assert_eq!(
            members(&["[Content_Types].xml", "xl/a.xml"]),
            Some(SPREADSHEET)
        );
        assert_eq!(members(&["archive/data.pkl"]), Some(PYTORCH));
        assert_eq!(members(&["7/a.png"]), None);
    }
}
