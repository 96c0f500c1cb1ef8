#![allow(clippy::unwrap_used)]
use super::*;
use base::IMAGE_PIXELS;
use std::io::Cursor;

/// The paths of the inputs, and the reasons of those that cannot be used.
fn shown(inputs: impl Iterator<Item = Input>, root: &Path) -> Vec<String> {
    let root = format!("{}/", root.display());
    inputs
        .map(|input| match input {
            Input::File(path) => path.display().to_string(),
            Input::Record(record) => record.name,
            Input::Unusable(unusable) => format!("! {unusable}"),
        })
        .map(|text| text.replace(&root, ""))
        .collect()
}

fn listed(list: String) -> Stream {
    Walk::default().listed("list".into(), Cursor::new(list))
}

fn in_file(path: PathBuf) -> Stream {
    Walk::default().in_file(path)
}

/// What an array's file holds need not be read to be passed over, and everything keeps its order.
#[test]
fn inputs_are_passed_over_as_if_they_had_been_read() {
    let folder = folder_with(&["1.png", "3.png"]);
    let array = folder.path().join("2-idx3-ubyte");
    let mut bytes = [0x803_u32, 100, 28, 28].map(u32::to_be_bytes).concat();
    bytes.resize(16 + 100 * IMAGE_PIXELS, 7);
    fs::write(array, bytes).unwrap();
    let arguments = [folder.path().to_path_buf(), folder.path().join("none.png")];
    let all = || Inputs::new(arguments.to_vec(), &Reading::default());
    let expected = shown(all(), folder.path());
    assert_eq!(expected.len(), 103);
    for num in [0, 1, 2, 66, 100, 101, 102, 103] {
        let mut inputs = all();
        assert_eq!(inputs.pass_over(num), num);
        assert_eq!(shown(inputs, folder.path()), expected[num as usize..]);
    }
    assert_eq!(all().pass_over(1_000), 103);
}

fn folder_with(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "no picture").unwrap();
    }
    folder
}

#[test]
fn folders_are_walked_in_natural_order_without_hidden_and_other_files() {
    let files = [
        "b/2.png",
        "b/10.PNG",
        "a.jpeg",
        "notes.txt",
        ".git/x.png",
        "b/.y.png",
        "c.jpg",
    ];
    let folder = folder_with(&files);
    let inputs = Inputs::new(vec![folder.path().into()], &Reading::default());
    assert_eq!(
        shown(inputs, folder.path()),
        ["a.jpeg", "b/2.png", "b/10.PNG", "c.jpg"]
    );
}

#[test]
fn arguments_keep_their_order_and_patterns_are_sorted() {
    let folder = folder_with(&["10.png", "9.png", "odd.bin", "[x].png", "sub/1.png"]);
    let at = |name: &str| folder.path().join(name);
    let arguments = vec![at("odd.bin"), at("*.png"), at("[x].png"), at("**/1.png")];
    let found = shown(Inputs::new(arguments, &Reading::default()), folder.path());
    assert_eq!(
        found,
        [
            "odd.bin",
            "9.png",
            "10.png",
            "[x].png",
            "[x].png",
            "sub/1.png"
        ]
    );
}

#[test]
fn what_names_nothing_is_said() {
    let folder = folder_with(&["notes.txt"]);
    let at = |name: &str| folder.path().join(name);
    let arguments = vec![
        at("absent.png"),
        at("*.png"),
        folder.path().into(),
        at("a***b"),
    ];
    let found = shown(Inputs::new(arguments, &Reading::default()), folder.path());
    assert!(
        found[0].starts_with("! absent.png: No such file"),
        "{found:?}"
    );
    assert_eq!(found[1], "! *.png: nothing has such a name");
    assert!(
        found[2].contains("no pictures and no IDX, NumPy, Parquet, tar or zip files"),
        "{found:?}"
    );
    assert!(
        found[3].starts_with("! a***b: Pattern syntax error"),
        "{found:?}"
    );
    assert_eq!(found.len(), 4);
}

#[test]
fn lists_may_have_blank_lines_and_foreign_line_ends() {
    let folder = folder_with(&["a.png", "b c.png"]);
    let root = folder.path().display();
    let list = format!("{root}/b c.png\r\n\n{root}/a.png");
    let found = shown(listed(list), folder.path());
    assert_eq!(found, ["b c.png", "a.png"]);
    let found = shown(listed("\n \n".into()), folder.path());
    assert_eq!(found, ["! list: expected a list of paths, found none"]);
}

#[test]
fn what_is_no_list_is_not_read_on() {
    let found = shown(
        listed(format!("{}\na.png\n", "x".repeat(1 << 20))),
        Path::new(""),
    );
    assert_eq!(found, ["! list: expected a path a line, found 65536 bytes"]);
}

#[test]
fn files_of_many_images_are_known_by_their_contents() {
    let folder = folder_with(&[]);
    let path = folder.path().join("images.bin");
    let mut bytes = [[0, 0, 8, 3], [0, 0, 0, 2], [0, 0, 0, 28], [0, 0, 0, 28]].concat();
    bytes.extend(vec![0; 2 * IMAGE_PIXELS - 1]);
    bytes.push(7);
    fs::write(&path, &bytes).unwrap();
    assert_eq!(
        shown(in_file(path.clone()), folder.path()),
        ["images.bin#0", "images.bin#1"]
    );

    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let found = shown(in_file(path.clone()), folder.path());
    assert!(
        found.len() == 1 && found[0].contains("images.bin, byte 16: expected"),
        "{found:?}"
    );
    fs::write(&path, [0, 0, 8, 1, 0, 0, 0, 1, 5]).unwrap();
    let found = shown(in_file(path), folder.path());
    assert!(found[0].contains("an IDX file of labels"), "{found:?}");
}

#[test]
fn a_file_may_hold_the_list() {
    let folder = folder_with(&["a.png", "b.png"]);
    let root = folder.path().display();
    let list = folder.path().join("list.txt");
    fs::write(&list, format!("{root}/b.png\n{root}/a.png\n")).unwrap();
    let named = |list: &Path| vec![format!("@{}", list.display()).into()];
    let found = Inputs::new(named(&list), &Reading::default());
    assert_eq!(shown(found, folder.path()), ["b.png", "a.png"]);
    let absent = folder.path().join("absent");
    let found = Inputs::new(named(&absent), &Reading::default());
    assert!(shown(found, folder.path())[0].starts_with("! absent: No such file"));
}
