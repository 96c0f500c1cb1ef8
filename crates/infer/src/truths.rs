//! The labels that a model is measured by: a table of them, the data's own, or the names of the
//! folders that the pictures lie in.

use console::Failure;
use model::NUM_CLASSES;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// What the column of the pictures' names may be called; `infer predict` writes `path`.
const FILE_COLUMNS: [&str; 2] = ["file", "path"];
const LABEL_COLUMN: &str = "label";

/// How an image gets its label.
#[derive(Debug)]
pub(crate) struct Truths {
    class_names: Vec<String>,
    table: Option<Table>,
}

#[derive(Debug)]
struct Table {
    path: PathBuf,
    labels: HashMap<Box<str>, u8>,
}

impl Truths {
    /// From a CSV file with the columns file (or path) and label, or, without one, from the data.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read, or a label in it is no class of the model.
    pub(crate) fn load(table: Option<&Path>, class_names: &[String]) -> Result<Self, Failure> {
        let table = table.map(|path| Table::read(path, class_names));
        Ok(Self {
            class_names: class_names.to_vec(),
            table: table.transpose()?,
        })
    }

    /// The label of an image with this name (`FILE`, `FILE#INDEX` or `FILE#MEMBER`), which its file
    /// may have a label for.
    ///
    /// # Errors
    ///
    /// Says why it has none.
    pub(crate) fn of(&self, name: &str, own: Option<i64>) -> Result<u8, String> {
        if let Some(table) = &self.table {
            return table.find(name);
        }
        if let Some(label) = own {
            let class = u8::try_from(label).ok();
            let class = class.filter(|&class| usize::from(class) < NUM_CLASSES);
            return class.ok_or_else(|| {
                let last = NUM_CLASSES - 1;
                format!("its label is {label}, expected a class of the model, 0 to {last}")
            });
        }
        let folder = name.rsplit(['/', '\\', '#']).nth(1).unwrap_or_default();
        let class = self.class_names.iter().position(|known| known == folder);
        class.map(|class| class as u8).ok_or_else(|| {
            format!("no label: `{folder}`, which it lies in, is no class of the model")
        })
    }
}

impl Table {
    fn read(path: &Path, class_names: &[String]) -> Result<Self, Failure> {
        let failed = |problem: String| Failure::new(format!("{}: {problem}", path.display()));
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_path(path)
            .map_err(|error| failed(error.to_string()))?;
        let header = reader
            .headers()
            .map_err(|error| failed(error.to_string()))?;
        let column = |names: &[&str]| {
            let mut columns = header.iter();
            columns.position(|column| names.iter().any(|name| column.eq_ignore_ascii_case(name)))
        };
        let (Some(file), Some(label)) = (column(&FILE_COLUMNS), column(&[LABEL_COLUMN])) else {
            let found: Vec<&str> = header.iter().collect();
            let found = found.join(", ");
            return Err(failed(format!(
                "line 1: expected the columns file and label, found {found}"
            )));
        };
        let mut labels = HashMap::new();
        for row in reader.records() {
            let row = row.map_err(|error| failed(error.to_string()))?;
            let line = row.position().map_or(0, csv::Position::line);
            let (name, text) = (&row[file], &row[label]);
            let class = class_of(text, class_names).ok_or_else(|| {
                let known = class_names.join(", ");
                failed(format!(
                    "line {line}: expected a class of the model ({known}), found `{text}`"
                ))
            })?;
            let name = name.trim_start_matches("./");
            if labels
                .insert(name.into(), class)
                .is_some_and(|before| before != class)
            {
                return Err(failed(format!("line {line}: `{name}` has two labels")));
            }
        }
        Ok(Self {
            path: path.into(),
            labels,
        })
    }

    /// By the whole name, by its part below the folder of the table, by the name inside its file of
    /// many, or by the last part alone: the first of these that is there.
    fn find(&self, name: &str) -> Result<u8, String> {
        let below = self.path.parent().and_then(|folder| {
            let rest = Path::new(name).strip_prefix(folder).ok()?;
            rest.to_str()
        });
        let inside = name.split_once('#').map(|(_, member)| member);
        let last = name.rsplit(['/', '\\', '#']).next();
        let names = [Some(name.trim_start_matches("./")), below, inside, last];
        let mut labels = names.iter().flatten().map(|name| self.labels.get(*name));
        labels.find_map(Option::<&u8>::copied).ok_or_else(|| {
            let table = self.path.display();
            format!("no label: {table} has no row for it")
        })
    }
}

/// A class by its name, or by its number.
fn class_of(text: &str, class_names: &[String]) -> Option<u8> {
    let by_name = class_names.iter().position(|name| name == text);
    let class = by_name.or_else(|| text.parse().ok().filter(|&class| class < NUM_CLASSES));
    class.map(|class| class as u8)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use data::digit_names;

    fn table(text: &str) -> Result<Truths, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.csv");
        std::fs::write(&path, text).unwrap();
        let truths = Truths::load(Some(&path), &digit_names());
        truths.map_err(|failure| failure.to_string().replace(&path.display().to_string(), ""))
    }

    #[test]
    fn the_datas_own_label_goes_before_the_folders() {
        let truths = Truths::load(None, &digit_names()).unwrap();
        assert_eq!(truths.of("scans/7/a.png", None), Ok(7));
        assert_eq!(truths.of("x.tar#3/a.png", None), Ok(3));
        assert_eq!(truths.of("7/x.parquet#12", Some(4)), Ok(4));
        let reason = truths.of("x.parquet#12", Some(-1)).unwrap_err();
        assert_eq!(
            reason,
            "its label is -1, expected a class of the model, 0 to 9"
        );
        let reason = truths.of("scans/a.png", None).unwrap_err();
        assert_eq!(
            reason,
            "no label: `scans`, which it lies in, is no class of the model"
        );
    }

    #[test]
    fn a_table_has_the_last_word() {
        let truths = table("id,label,file\n1,7,a/b.png\n2, 3 ,./x.png\n").unwrap();
        assert_eq!(truths.of("a/b.png", None), Ok(7));
        assert_eq!(truths.of("some.tar#a/b.png", Some(1)), Ok(7));
        assert_eq!(truths.of("5/x.png", None), Ok(3));
        assert!(
            truths
                .of("5/b.png", None)
                .unwrap_err()
                .ends_with("has no row for it")
        );
    }

    #[test]
    fn mistakes_in_a_table_are_named_with_their_line() {
        let error = |text| table(text).unwrap_err();
        assert_eq!(
            error("name,class\n"),
            ": line 1: expected the columns file and label, found name, class"
        );
        assert_eq!(
            error("file,label\na,1\na,2\n"),
            ": line 3: `a` has two labels"
        );
        assert!(error("file,label\na,ten\n").contains("line 2: expected a class of the model"));
        assert!(error("file,label\na,10\n").contains("found `10`"));
        assert!(error("file,label\na\n").contains("line: 2"));
    }
}
