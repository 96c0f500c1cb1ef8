#![allow(clippy::unwrap_used)]

use super::*;

fn read(text: &str) -> Result<LabelTable, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.csv");
    std::fs::write(&path, text).unwrap();
    LabelTable::read(&path)
}

/// The labels of these names, separated by blanks; `-` for none.
fn found(text: &str, names: &[&str]) -> String {
    let table = read(text).unwrap();
    let label = |name: &&str| match table.find(name) {
        Some(row) => table.rows()[row].label.to_string(),
        None => "-".to_owned(),
    };
    names.iter().map(label).collect::<Vec<_>>().join(" ")
}

#[test]
fn columns_have_many_names_and_fields_many_separators() {
    let names = ["a.png", "some/b.jpg", "x.tar#c/b.jpg", "c.png"];
    for text in [
        "filename,label\na.png,3\nb.jpg,4\n",
        "label;image\n3;a.png\n4;b.jpg\n",
        "ID\tClass\tcolour\na\t3\tred\nb\t4\tblue\n",
        "a.png,3\nb.jpg,4\n",
        "3;a.png\n4;b.jpg\n",
        "\"path\",\"target\"\r\n\"./a.png\",\"3\"\r\n\"b.jpg\",4\r\n",
    ] {
        assert_eq!(found(text, &names), "3 4 4 -", "{text}");
    }
}

#[test]
fn names_that_stand_for_several_pictures_are_not_guessed() {
    let text = "path,label\na/1.png,3\nb/1.png,4\nc/2.png,5\n";
    assert_eq!(
        found(text, &["a/1.png", "b/1.png", "d/1.png", "d/2.png", "2"]),
        "3 4 - - 5"
    );
    assert!(
        read("path,label\na.png,1\na.png,2\n")
            .unwrap_err()
            .contains("line 3: `a.png` has two labels")
    );
}

#[test]
fn a_quote_that_is_left_open_ends_with_its_line() {
    let text = "path,label\n\"a.png,3\nb.png,4\n\"c,d.png\",5\n";
    assert!(
        read(text)
            .unwrap_err()
            .contains("line 2: expected at least 2 fields, found 1")
    );
    let text = "path,label\nb.png,4\n\"c,d.png\",5\n";
    assert_eq!(found(text, &["b.png", "c,d.png"]), "4 5");
}

#[test]
fn what_is_no_table_of_labels_is_said() {
    assert!(read("").unwrap_err().contains("found nothing"));
    assert!(
        read("size,colour\n1,2\n")
            .unwrap_err()
            .contains("found size, colour")
    );
    let long = format!("path,label\n{}", "x".repeat(1 << 20));
    assert!(read(&long).unwrap_err().contains("longer than 65536 bytes"));
}
