#![allow(clippy::unwrap_used)]
use super::*;
use base::IMAGE_PIXELS;

fn images(labels: &[u8]) -> LabeledImages {
    LabeledImages::new(vec![0; labels.len() * IMAGE_PIXELS], labels.to_vec()).unwrap()
}

fn trained_on(name: &str, sha256: &str) -> DatasetProvenance {
    DatasetProvenance {
        name: name.into(),
        sha256: sha256.into(),
        origin: "scans/".into(),
        stands_in_for: None,
    }
}

#[test]
fn classes_are_matched_by_name() {
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let known = names(&["cat", "dog", "eel"]);
    let kept = with_labels_of_model(images(&[0, 1]), &names(&["dog", "eel"]), &known).unwrap();
    assert_eq!(kept.labels(), [1, 2]);
    let error = with_labels_of_model(images(&[0]), &names(&["cow"]), &known).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the data has a class `cow` that the model does not know"
    );
}

#[test]
fn names_mean_known_sets_before_paths() {
    assert_eq!(
        Source::parse("kmnist").unwrap(),
        Source::Known(KnownSet::Kmnist)
    );
    assert_eq!(Source::parse("synthetic").unwrap(), Source::Synthetic);
    assert_eq!(Source::parse("/").unwrap(), Source::Path("/".into()));
    let error = Source::parse("minst").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("no data set `minst`: expected mnist, ")
    );
    assert!(matches!(error, Error::NoSuchSet { .. }));
}

#[test]
fn the_model_s_own_set_must_be_known_by_name() {
    let source = Source::of_model(&trained_on("fashion-mnist", "")).unwrap();
    assert_eq!(source, Source::Known(KnownSet::FashionMnist));
    let error = Source::of_model(&trained_on("scans", "")).unwrap_err();
    assert!(
        error.to_string().contains("trained on `scans` (scans/)"),
        "{error}"
    );
}

#[test]
fn images_of_training_and_other_images_of_the_same_name_are_told() {
    let set = |is_whole_set| TestSet {
        name: "scans".into(),
        sha256: "ab".into(),
        origin: String::new(),
        is_whole_set,
        images: LabeledImages::default(),
    };
    let warning = set(true).compare_with(&trained_on("other", "ab")).unwrap();
    assert!(
        warning.contains("images that the model was trained on"),
        "{warning}"
    );
    let warning = set(false).compare_with(&trained_on("scans", "cd")).unwrap();
    assert!(warning.contains("is not the one"), "{warning}");
    assert_eq!(set(false).compare_with(&trained_on("scans", "ab")), None);
    assert_eq!(set(true).compare_with(&trained_on("other", "cd")), None);
}
