#![allow(clippy::unwrap_used, clippy::expect_used)]

mod tiny_set;

use flate2::Compression;
use sha2::{Digest, Sha256};
use tiny_set::{
    Notes, folder_with_plain_files, gzip, images_file, labels_file, md5_set, sha256_set, write_set,
};

use super::*;
use crate::Silent;
use base::hexadecimal;

fn in_dir(dir: &Path) -> Lookup {
    Lookup {
        dir: Some(dir.into()),
        ..Lookup::default()
    }
}

fn load_silently(set: &SetFiles, lookup: &Lookup) -> Result<Dataset, DataError> {
    load_files(set, lookup, &Silent)
}

#[test]
fn every_spelling_and_packing_reads_the_same() {
    let expected = load_silently(&sha256_set(), &in_dir(folder_with_plain_files().path())).unwrap();
    assert_eq!(
        (
            expected.train.len(),
            expected.test.as_ref().map(LabeledImages::len)
        ),
        (12, Some(3))
    );
    assert_eq!(
        expected.train.labels(),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    );
    for suffix in ["", ".gz"] {
        for idx in ["-idx", ".idx"] {
            let dir = tempfile::tempdir().unwrap();
            let name = |name: &str| name.replace("-idx", idx) + suffix;
            let pack = |bytes: &[u8]| match suffix {
                "" => bytes.to_vec(),
                _ => gzip(bytes, Compression::fast()),
            };
            write_set(dir.path(), name, pack);
            // A folder of the same name, as some unpackers leave it, is not the file.
            fs::create_dir(dir.path().join("train-images-idx3-ubyte")).ok();
            let dataset = load_silently(&sha256_set(), &in_dir(dir.path())).unwrap();
            assert_eq!(dataset.sha256(), expected.sha256());
            let origin = format!(
                "{} (checked against the published sums)",
                dir.path().display()
            );
            assert_eq!(dataset.origin, origin);
        }
    }
}

#[test]
fn a_named_folder_that_lacks_files_is_an_error_even_with_a_full_cache() {
    let cache = tempfile::tempdir().unwrap();
    write_set(&cache.path().join("mnist"), str::to_owned, <[u8]>::to_vec);
    let dir = folder_with_plain_files();
    fs::remove_file(dir.path().join("t10k-labels-idx1-ubyte")).unwrap();
    let cached = Lookup {
        cache_dir: Some(cache.path().into()),
        ..Lookup::default()
    };
    let named = Lookup {
        dir: Some(dir.path().into()),
        ..cached.clone()
    };
    let by_variable = Lookup {
        mnist_dir_env: Some(dir.path().into()),
        ..cached.clone()
    };
    for (lookup, named_by) in [(&named, "the data folder"), (&by_variable, "MNIST_DIR")] {
        let error = load_silently(&sha256_set(), lookup).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "{named_by} {} lacks t10k-labels-idx1-ubyte of mnist",
                dir.path().display()
            )
        );
        assert!(error.hint().unwrap().starts_with("put the file there"));
    }
    let nowhere = load_silently(&sha256_set(), &in_dir(Path::new("no-such-folder"))).unwrap_err();
    let expected = "the data folder no-such-folder does not exist, so mnist cannot be read from it";
    assert_eq!(nowhere.to_string(), expected);
    // The variable is about MNIST alone: another set goes on to the cache.
    let other = SetFiles {
        reads_mnist_dir: false,
        ..sha256_set()
    };
    assert!(load_silently(&other, &by_variable).is_ok());
}

#[test]
fn the_named_folder_comes_before_the_variable_and_the_variable_before_the_cache() {
    let (first, second) = (folder_with_plain_files(), folder_with_plain_files());
    let lookup = Lookup {
        mnist_dir_env: Some(second.path().into()),
        ..in_dir(first.path())
    };
    let origin = |lookup: &Lookup| load_silently(&sha256_set(), lookup).unwrap().origin;
    assert!(origin(&lookup).starts_with(&first.path().display().to_string()));
    let cache = tempfile::tempdir().unwrap();
    write_set(&cache.path().join("mnist"), str::to_owned, <[u8]>::to_vec);
    let lookup = Lookup {
        dir: None,
        cache_dir: Some(cache.path().into()),
        ..lookup
    };
    assert!(origin(&lookup).starts_with(&second.path().display().to_string()));
    let lookup = Lookup {
        mnist_dir_env: None,
        offline: true,
        ..lookup
    };
    assert!(origin(&lookup).starts_with(&cache.path().display().to_string()));
}

#[test]
fn a_file_with_another_sum_is_refused_by_name() {
    let dir = folder_with_plain_files();
    let path = dir.path().join("train-labels-idx1-ubyte");
    let mut bytes = labels_file(12);
    bytes[8] = 7;
    fs::write(&path, &bytes).unwrap();
    let error = load_silently(&sha256_set(), &in_dir(dir.path())).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{} is not the published file: expected SHA-256 of the unpacked contents {}, found {}",
            path.display(),
            hexadecimal(&Sha256::digest(labels_file(12))),
            hexadecimal(&Sha256::digest(&bytes)),
        )
    );
    assert!(
        error
            .hint()
            .unwrap()
            .starts_with(&format!("delete {}", path.display()))
    );
}

#[test]
fn a_wrong_number_of_images_and_an_oversized_file_are_refused() {
    let dir = folder_with_plain_files();
    let path = dir.path().join("t10k-images-idx3-ubyte");
    let error_with = |bytes: Vec<u8>| {
        fs::write(&path, bytes).unwrap();
        load_silently(&md5_set(), &in_dir(dir.path()))
            .unwrap_err()
            .to_string()
    };
    assert!(error_with(images_file(2)).ends_with("byte 4: expected 3 items, found 2"));
    assert!(error_with(images_file(4)).ends_with("byte 4: expected at most 3 images, found 4"));
    let error = error_with(vec![0; 100_000]);
    assert!(
        error.ends_with("expected a file of at most 6742 bytes, found 100000"),
        "{error}"
    );
}

#[test]
fn an_md5_vouches_only_for_the_published_packing() {
    let dir = tempfile::tempdir().unwrap();
    let notes = Notes::default();
    let zipped = |name: &str| format!("{name}.gz");
    write_set(dir.path(), zipped, |bytes| gzip(bytes, Compression::best()));
    let published = load_files(&md5_set(), &in_dir(dir.path()), &notes).unwrap();
    assert!(
        published
            .origin
            .ends_with("(checked against the published sums)")
    );
    assert!(notes.0.lock().unwrap().is_empty());
    write_set(dir.path(), zipped, |bytes| gzip(bytes, Compression::none()));
    let packed_anew = load_files(&md5_set(), &in_dir(dir.path()), &notes).unwrap();
    assert_eq!(packed_anew.sha256(), published.sha256());
    assert!(
        packed_anew.origin.ends_with(&format!("({UNVERIFIED})")),
        "{}",
        packed_anew.origin
    );
    assert!(notes.0.lock().unwrap()[0].contains(UNVERIFIED));
}

#[test]
fn offline_says_where_it_looked() {
    let cache = tempfile::tempdir().unwrap();
    let lookup = Lookup {
        cache_dir: Some(cache.path().into()),
        offline: true,
        mirrors: Some(vec!["http://127.0.0.1:9/".into()]),
        ..Lookup::default()
    };
    let error = load_silently(&sha256_set(), &lookup).unwrap_err();
    let DataError::NotAvailable {
        set,
        offline: true,
        tried,
        ..
    } = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!(set, "mnist");
    assert_eq!(tried[0], "MNIST_DIR is not set");
    assert!(tried[1].ends_with(
        "lacks train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, \
         t10k-labels-idx1-ubyte"
    ));
    assert_eq!(tried[2], "downloads are not allowed");
    assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 0);
    let homeless = Lookup {
        cache_dir: None,
        ..lookup
    };
    let error = load_silently(&sha256_set(), &homeless).unwrap_err();
    assert!(matches!(error, DataError::NotAvailable { .. }), "{error:?}");
    assert!(
        error.to_string().contains("there is no cache folder"),
        "{error}"
    );
}

#[test]
fn the_real_set_loads_where_its_folder_is_set() {
    let lookup = Lookup {
        offline: true,
        cache_dir: None,
        ..Lookup::from_environment(None, true)
    };
    if lookup.mnist_dir_env.is_none() {
        return;
    }
    let dataset = load(KnownSet::Mnist, &lookup, &Silent).unwrap();
    let test = dataset.test.unwrap();
    assert_eq!((dataset.train.len(), test.len()), (60_000, 10_000));
    assert_eq!(dataset.train.labels()[..5], [5, 0, 4, 1, 9]);
    assert_eq!(test.labels()[..5], [7, 2, 1, 0, 4]);
    assert!(
        dataset
            .origin
            .ends_with("(checked against the published sums)")
    );
}

#[test]
fn a_transposed_set_is_turned_upright_and_one_without_mirrors_says_where_it_is() {
    let dir = folder_with_plain_files();
    let transposed = SetFiles {
        is_transposed: true,
        ..sha256_set()
    };
    let upright = load_silently(&sha256_set(), &in_dir(dir.path())).unwrap();
    let turned = load_silently(&transposed, &in_dir(dir.path())).unwrap();
    assert_eq!(turned.train, upright.train.clone().transposed());
    assert_eq!(turned.test, upright.test.map(LabeledImages::transposed));
    let cache = tempfile::tempdir().unwrap();
    let lookup = Lookup {
        cache_dir: Some(cache.path().into()),
        ..Lookup::default()
    };
    let files = KnownSet::EmnistDigits.files();
    let error = load_silently(&files, &lookup).unwrap_err().to_string();
    assert!(error.contains("biometrics.nist.gov"), "{error}");
}

#[test]
fn the_letters_of_emnist_are_numbered_from_1_and_come_in_two_editions() {
    let few = |file: SetFile, num_items| SetFile {
        num_items,
        num_items_otherwise: Some(num_items - 1),
        ..file
    };
    let published = KnownSet::EmnistLetters.files();
    let set = SetFiles {
        train_images: few(published.train_images.clone(), 27),
        train_labels: few(published.train_labels.clone(), 27),
        test_images: few(published.test_images.clone(), 3),
        test_labels: few(published.test_labels.clone(), 3),
        ..published
    };
    let dir = tempfile::tempdir().unwrap();
    let write = |file: &SetFile, bytes: &[u8]| {
        let path = dir.path().join(format!("{}.gz", file.name));
        fs::write(path, gzip(bytes, Compression::fast())).unwrap();
    };
    let labels = |labels: Vec<u8>| [crate::idx::label_header(labels.len()), labels].concat();
    write(&set.train_images, &images_file(26));
    write(&set.train_labels, &labels((1..=26).rev().collect()));
    write(&set.test_images, &images_file(3));
    write(&set.test_labels, &labels(vec![1, 26, 13]));
    let read = load_silently(&set, &in_dir(dir.path())).unwrap();
    let expected: Vec<u8> = (0..26).rev().collect();
    assert_eq!(read.train.labels(), expected);
    let test = read.test.unwrap();
    assert_eq!(
        (test.labels(), &*read.class_names[25]),
        (&[0, 25, 12][..], "Z")
    );
    // Upright: what is the second pixel of a row there is the second row's first here.
    let (image, file) = (
        test.image(1).unwrap(),
        &images_file(3)[16 + base::IMAGE_PIXELS..],
    );
    assert_eq!((image[28], image[1]), (file[1], file[28]));
    for (wrong, found) in [(vec![0, 1, 2], "found 0"), (vec![1, 2, 27], "found 27")] {
        write(&set.test_labels, &labels(wrong));
        let error = load_silently(&set, &in_dir(dir.path()))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("a label from 1 to 26") && error.contains(found),
            "{error}"
        );
    }
    write(&set.test_labels, &labels(vec![1]));
    let error = load_silently(&set, &in_dir(dir.path()))
        .unwrap_err()
        .to_string();
    assert!(error.contains("3 items"), "{error}");
}
