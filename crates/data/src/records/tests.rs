#![allow(clippy::unwrap_used)]
use super::*;
use crate::record::Content;
use base::IMAGE_PIXELS;

fn opened(path: &Path, with_labels: bool) -> Result<Option<Records>, DataError> {
    Records::open(
        path,
        &DecodeLimits::default(),
        with_labels,
        &Remarks::default(),
    )
}

#[test]
fn images_of_arrays_are_passed_over_without_being_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some-images-idx3-ubyte");
    let mut bytes = crate::idx::image_header(300);
    for place in 0..300 {
        bytes.extend([place as u8; IMAGE_PIXELS]);
    }
    std::fs::write(&path, &bytes).unwrap();
    let packed = folder.path().join("packed");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, &bytes).unwrap();
    std::fs::write(&packed, encoder.finish().unwrap()).unwrap();
    for path in [path, packed] {
        for num in [0, 3, 64, 65, 299] {
            let mut records = opened(&path, false).unwrap().unwrap();
            assert_eq!(records.pass_over(num), num);
            let next = records.next().unwrap().unwrap();
            assert_eq!(next.name, format!("{}#{num}", path.display()));
            let Content::Pixels(pixels) = next.content else {
                panic!("no pixels")
            };
            assert_eq!(pixels[0], num as u8);
            assert_eq!(records.count() as u64, 299 - num);
        }
        let mut records = opened(&path, false).unwrap().unwrap();
        assert_eq!(records.pass_over(1_000), 300);
        assert!(records.next().is_none());
    }
}

#[test]
fn labels_of_idx_files_are_read_from_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let images = folder.path().join("t10k-images-idx3-ubyte");
    let mut bytes = crate::idx::image_header(2);
    bytes.extend([1; 2 * IMAGE_PIXELS]);
    std::fs::write(&images, bytes).unwrap();
    let labels = |with_labels| -> Vec<Option<i64>> {
        let records = opened(&images, with_labels).unwrap().unwrap();
        assert_eq!(records.num_records(), Some(2));
        records.map(|record| record.unwrap().label).collect()
    };
    assert_eq!(labels(true), [None, None]);
    let write = |labels: &[u8]| {
        let header = crate::idx::label_header(labels.len());
        let path = folder.path().join("t10k-labels-idx1-ubyte");
        std::fs::write(path, [&header, labels].concat()).unwrap();
    };
    write(&[3, 4]);
    assert_eq!(labels(true), [Some(3), Some(4)]);
    assert_eq!(labels(false), [None, None]);
    write(&[3]);
    assert!(matches!(
        opened(&images, true),
        Err(DataError::CountMismatch { .. })
    ));
}
