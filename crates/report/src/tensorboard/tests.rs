#![allow(clippy::unwrap_used)]
use super::messages::{DataClass, DataType, TensorProto};
use super::*;

/// The records of a file, their sums checked.
fn records(path: &Path) -> Vec<Vec<u8>> {
    let bytes = fs::read(path).unwrap();
    let mut rest = bytes.as_slice();
    let mut records = Vec::new();
    while !rest.is_empty() {
        let length = u64::from_le_bytes(rest[..8].try_into().unwrap());
        let sum = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
        assert_eq!(sum(8), masked_crc(&rest[..8]));
        let end = 12 + usize::try_from(length).unwrap();
        assert_eq!(sum(end), masked_crc(&rest[12..end]));
        records.push(rest[12..end].to_vec());
        rest = &rest[end + 4..];
    }
    records
}

fn events(folder: &Path) -> Vec<Event> {
    let mut files = fs::read_dir(folder).unwrap();
    let path = files.next().unwrap().unwrap().path();
    assert!(files.next().is_none());
    assert!(path.to_string_lossy().contains("events.out.tfevents."));
    let decode = |data: Vec<u8>| Event::decode(data.as_slice()).unwrap();
    records(&path).into_iter().map(decode).collect()
}

fn value(event: &Event) -> &Value {
    match &event.what {
        Some(What::Summary(summary)) => &summary.value[0],
        other => panic!("no summary: {other:?}"),
    }
}

fn sizes(tensor: &TensorProto) -> Vec<i64> {
    let shape = tensor.tensor_shape.as_ref().unwrap();
    shape.dim.iter().map(|dim| dim.size).collect()
}

/// Sums of the CRC-32C standard (RFC 3720, B.4).
#[test]
fn sums_are_those_of_the_standard() {
    assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
    assert_eq!(crc32c::crc32c(&[0xff; 32]), 0x62a8_ab43);
    let unmasked = masked_crc(&[0; 32]).wrapping_sub(MASK).rotate_left(15);
    assert_eq!(unmasked, 0x8a91_36aa);
}

/// Written with protobuf's own encoder: wall time 1.5, step 3, scalar 0.25 under `loss`.
#[test]
fn a_scalar_has_the_bytes_that_protobuf_gives_it() {
    let event = Event {
        wall_time: 1.5,
        step: 3,
        what: Some(What::Summary(messages::Summary {
            value: vec![Value::new("loss", Plugin::Scalars, messages::scalar(0.25))],
        })),
    };
    let found: Vec<String> = event
        .encode_to_vec()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(found.concat(), REFERENCE_SCALAR);
}

const REFERENCE_SCALAR: &str = "09000000000000f83f10032a230a210a046c6f7373420a080112002a040000803e4a0d0a090a077363616c6172732001";

#[test]
fn what_was_written_is_read_back() {
    let folder = empty_folder("read-back");
    let mut writer = EventWriter::create(&folder).unwrap();
    writer.scalar(7, "loss", 0.5).unwrap();
    writer
        .histogram(7, "weights", &[0.0, 1.0, f32::NAN])
        .unwrap();
    let names = ["a".to_string(), "b".to_string()];
    let picture = crate::png::confusion(&names, &[vec![3, 1], vec![0, 12]]);
    let picture = picture.unwrap().unwrap();
    writer.picture(7, "confusion", &picture).unwrap();
    assert!(writer.picture(7, "confusion", &picture[1..]).is_err());
    writer.flush().unwrap();

    let events = events(&folder);
    assert_eq!(events.len(), 4);
    assert_eq!(
        events[0].what,
        Some(What::FileVersion("brain.Event:2".to_string()))
    );
    assert!(events[1..].iter().all(|event| event.step == 7));
    assert!(events.iter().all(|event| event.wall_time > 1.7e9));

    let scalar = value(&events[1]);
    let tensor = scalar.tensor.as_ref().unwrap();
    assert_eq!(
        (scalar.tag.as_str(), tensor.dtype()),
        ("loss", DataType::Float)
    );
    assert_eq!((&tensor.float_val[..], sizes(tensor)), (&[0.5][..], vec![]));

    let histogram = value(&events[2]);
    let metadata = histogram.metadata.as_ref().unwrap();
    let plugin = metadata.plugin_data.as_ref().unwrap();
    assert_eq!(plugin.plugin_name, "histograms");
    assert_eq!(metadata.data_class(), DataClass::Tensor);
    let tensor = histogram.tensor.as_ref().unwrap();
    assert_eq!(
        (tensor.dtype(), sizes(tensor)),
        (DataType::Double, vec![30, 3])
    );
    assert_eq!(tensor.tensor_content.len(), 30 * 3 * 8);

    let tensor = value(&events[3]).tensor.as_ref().unwrap();
    assert_eq!((tensor.dtype(), sizes(tensor)), (DataType::String, vec![3]));
    let (width, height) = size_of_png(&tensor.string_val[2]).unwrap();
    assert_eq!(tensor.string_val[0], width.to_string().as_bytes());
    assert_eq!(tensor.string_val[1], height.to_string().as_bytes());
    fs::remove_dir_all(&folder).unwrap();
}

/// A new, empty folder of this test alone.
fn empty_folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("digits-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    folder
}

#[test]
fn histograms_count_every_finite_value_once() {
    let rows = histogram(&[0.0, 0.1, 0.5, 0.99, 1.0, f32::INFINITY], 10);
    let counts: Vec<usize> = rows.iter().map(|row| row[2] as usize).collect();
    assert_eq!(counts, [1, 1, 0, 0, 0, 1, 0, 0, 0, 2]);
    assert!((rows[0][0] - 0.0).abs() < 1e-12 && (rows[9][1] - 1.0).abs() < 1e-12);
    assert!(
        rows.windows(2)
            .all(|pair| (pair[0][1] - pair[1][0]).abs() < 1e-12)
    );

    let equal = histogram(&[2.0, 2.0], 3);
    assert_eq!(equal, [[2.0, 2.0, 0.0], [2.0, 2.0, 0.0], [2.0, 2.0, 2.0]]);
    assert!(histogram(&[f32::NAN], 3).is_empty());
}
