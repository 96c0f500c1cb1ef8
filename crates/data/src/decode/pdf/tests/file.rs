//! Writes PDF files.

use super::{HEIGHT, WIDTH};
use image::GrayImage;
use std::io::Write as _;

/// Objects that are added one by one; the catalog is 1, the list of pages 2.
#[derive(Clone, Default)]
pub struct File {
    objects: Vec<(u32, Vec<u8>)>,
    pages: Vec<u32>,
    /// What the trailer says beside the catalog.
    pub trailer: String,
}

impl File {
    pub fn add(&mut self, number: u32, value: &[u8]) {
        self.objects.push((number, value.to_vec()));
    }

    /// A page, of number 10, 20 and so on: its content is the next object, its picture the one after that.
    pub fn add_page(&mut self, picture: &[u8], content: &str, others: &str) {
        let page = 10 * (self.pages.len() as u32 + 1);
        let [of_content, of_picture] = [page + 1, page + 2];
        let dictionary = format!(
            "<< /Type /Page /Parent 2 0 R /Contents [{of_content} 0 R] /Resources << /XObject << /Im0 {of_picture} 0 R >> >> \
             {others} >>"
        );
        self.pages.push(page);
        self.add(page, dictionary.as_bytes());
        self.add(of_content, &stream("", content.as_bytes()));
        self.add(of_picture, picture);
    }

    /// Exchanges a text wherever it stands in an object.
    pub fn replace(&mut self, from: &str, to: &str) {
        for (_, value) in &mut self.objects {
            if let Ok(text) = std::str::from_utf8(value) {
                *value = text.replace(from, to).into_bytes();
            }
        }
    }

    fn catalog(&self) -> [(u32, Vec<u8>); 2] {
        let kids: Vec<String> = self
            .pages
            .iter()
            .map(|page| format!("{page} 0 R"))
            .collect();
        let tree = format!(
            "<< /Type /Pages /MediaBox [0 0 48 20] /Kids [{}] >>",
            kids.join(" ")
        );
        [
            (1, b"<< /Type /Catalog /Pages 2 0 R >>".to_vec()),
            (2, tree.into_bytes()),
        ]
    }

    pub fn written(&self) -> Vec<u8> {
        let mut file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
        for (number, value) in self.objects.iter().chain(&self.catalog()) {
            file.extend([format!("{number} 0 obj\n").as_bytes(), value, b"\nendobj\n"].concat());
        }
        let trailer = format!(
            "trailer\n<< /Root 1 0 R {} >>\nstartxref\n0\n%%EOF\n",
            self.trailer
        );
        file.extend(trailer.into_bytes());
        file
    }

    /// The same with all that is no stream in a stream of objects, and a stream of places in the place of a trailer.
    pub fn with_objects_packed(&self) -> Vec<u8> {
        let all: Vec<(u32, Vec<u8>)> = self.objects.iter().cloned().chain(self.catalog()).collect();
        let is_stream = |value: &[u8]| value.ends_with(b"endstream");
        let (mut places, mut values) = (String::new(), Vec::new());
        for (number, value) in all.iter().filter(|(_, value)| !is_stream(value)) {
            places = format!("{places}{number} {} ", values.len());
            values.extend([&value[..], b"\n"].concat());
        }
        let number = all.iter().filter(|(_, value)| !is_stream(value)).count();
        let head = format!(
            "/Type /ObjStm /N {number} /First {} /Filter /FlateDecode",
            places.len()
        );
        let packed = stream(&head, &compressed(&[places.as_bytes(), &values].concat()));
        let of_places = stream("/Type /XRef /Root 1 0 R", b"places that nobody reads");
        let mut file = b"%PDF-1.7\n".to_vec();
        let others = [(500, packed), (501, of_places)];
        for (number, value) in all
            .iter()
            .chain(&others)
            .filter(|(_, value)| is_stream(value))
        {
            file.extend(
                [
                    format!("{number} 0 obj\r\n").as_bytes(),
                    value,
                    b"\r\nendobj\r\n",
                ]
                .concat(),
            );
        }
        file
    }
}

/// A stream of these settings.
pub fn stream(settings: &str, data: &[u8]) -> Vec<u8> {
    let head = format!("<< {settings} /Length {} >>\nstream\r\n", data.len());
    [head.as_bytes(), data, b"\nendstream"].concat()
}

/// The settings of a grey picture of so many bits.
pub fn grey(bits: u32, others: &str) -> String {
    // Of two settings of a name, the last counts.
    format!(
        "/Subtype /Image /Width {WIDTH} /Height {HEIGHT} /BitsPerComponent {bits} /ColorSpace /DeviceGray {others}"
    )
}

pub fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

pub fn flate(picture: &GrayImage) -> Vec<u8> {
    compressed(picture.as_raw())
}
