//! A recipe as TOML: what is saved of a run, with the keys that have an effect, and what
//! `--print-config` prints, with all of them. Both are recipes.

use super::Recipe;
use super::effect::{Whole, lack};
use super::keys::{KeyDescription, all_keys};
use super::origin::{below, pattern};
use std::fmt::Write as _;
use toml::Table;

/// Widest line of a comment.
const WIDTH: usize = 80;

/// A line of a written recipe.
enum Line<'a> {
    /// The head of a table or of an element of a list of tables, and its path.
    Head(&'a str, String),
    /// A key's line, and its path.
    Key(&'a str, String),
}

/// The lines of a written recipe, which has one key a line.
fn lines(text: &str) -> Vec<Line<'_>> {
    let mut table = String::new();
    let mut elements: Vec<String> = Vec::new();
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(list) = line
            .strip_prefix("[[")
            .and_then(|rest| rest.strip_suffix("]]"))
        {
            let index = elements.iter().filter(|one| *one == list).count();
            elements.push(list.to_string());
            table = format!("{list}.{index}");
            lines.push(Line::Head(line, table.clone()));
        } else if line.starts_with('[') {
            table = line.trim_matches(['[', ']']).to_string();
            lines.push(Line::Head(line, table.clone()));
        } else {
            let name = line.split(" = ").next().unwrap_or(line);
            lines.push(Line::Key(line, below(&table, name)));
        }
    }
    lines
}

impl Recipe {
    /// Every key that has a value, as a table.
    ///
    /// # Errors
    ///
    /// Where a value cannot be written as TOML.
    pub(super) fn to_table(&self) -> Result<Table, toml::ser::Error> {
        Table::try_from(self)
    }

    /// The keys that have an effect, as TOML: what is saved of a run.
    ///
    /// # Errors
    ///
    /// Where a value cannot be written as TOML.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        let whole = self.to_table()?;
        let whole = Whole(&whole);
        let text = toml::to_string(self)?;
        let mut written = String::new();
        let mut head = None;
        for line in lines(&text) {
            match line {
                // A head is written with its first key, so that none stands alone.
                Line::Head(line, path) => {
                    let is_element = path.ends_with(|c: char| c.is_ascii_digit());
                    head = Some(line);
                    if is_element {
                        let _ = writeln!(written, "\n{line}");
                        head = None;
                    }
                }
                Line::Key(line, path) if lack(&path, &whole).is_none() => {
                    if let Some(head) = head.take() {
                        let _ = writeln!(written, "\n{head}");
                    }
                    let _ = writeln!(written, "{line}");
                }
                Line::Key(..) => {}
            }
        }
        Ok(written.trim_start().to_string())
    }

    /// All keys, each under its meaning; those without a value or an effect as comments.
    ///
    /// # Errors
    ///
    /// Where a value cannot be written as TOML.
    pub fn to_explained_toml(&self) -> Result<String, toml::ser::Error> {
        let whole = self.to_table()?;
        let text = toml::to_string(self)?;
        let mut page = Page {
            whole: Whole(&whole),
            known: all_keys(),
            told: Vec::new(),
            text: String::new(),
        };
        let mut table = String::new();
        for line in lines(&text) {
            match line {
                Line::Head(line, path) => {
                    page.finish_table(&table);
                    let mark = if lack(&path, &page.whole).is_some() {
                        "# "
                    } else {
                        ""
                    };
                    let _ = writeln!(page.text, "\n{mark}{line}");
                    table = path;
                }
                Line::Key(line, path) => page.key(line, &path),
            }
        }
        page.finish_table(&table);
        page.finish_all();
        Ok(page.text.trim().to_string())
    }
}

/// What `--print-config` prints, in the making.
struct Page<'a> {
    whole: Whole<'a>,
    known: Vec<KeyDescription>,
    /// Patterns of the keys that were told.
    told: Vec<String>,
    text: String,
}

impl Page<'_> {
    /// A key that has a value.
    fn key(&mut self, line: &str, path: &str) {
        let pattern = pattern(path);
        let known = self.known.iter().find(|one| one.key == pattern);
        // Of a list's elements, the first one explains.
        if let Some(known) = known.filter(|_| !self.told.contains(&pattern)) {
            self.text.push_str(&comment(&explanation(known)));
        }
        match lack(path, &self.whole) {
            Some(needs) => {
                let _ = writeln!(self.text, "# {line}   # only with {needs}");
            }
            None => {
                let _ = writeln!(self.text, "{line}");
            }
        }
        self.told.push(pattern);
    }

    /// The keys of a table that have no value, before the next table begins.
    fn finish_table(&mut self, table: &str) {
        let table = pattern(table);
        let of_table = |one: &&KeyDescription| {
            let (parent, _) = one.key.rsplit_once('.').unwrap_or(("", &one.key));
            parent == table && !self.told.contains(&one.key) && !self.is_table(&one.key)
        };
        let missing: Vec<KeyDescription> = self.known.iter().filter(of_table).cloned().collect();
        for one in missing {
            let name = one.key.rsplit('.').next().unwrap_or(&one.key).to_string();
            self.missing(&one, &name);
        }
    }

    /// The keys of tables that are not there at all, by their whole paths.
    fn finish_all(&mut self) {
        let missing: Vec<KeyDescription> = self.known.clone();
        let mut head = String::new();
        for one in missing {
            if self.told.contains(&one.key) || self.is_table(&one.key) {
                continue;
            }
            let (table, name) = one.key.rsplit_once('.').unwrap_or(("", &one.key));
            if table != head {
                head = table.to_string();
                let _ = writeln!(self.text, "\n# [{head}]");
            }
            self.missing(&one, name);
        }
    }

    fn missing(&mut self, one: &KeyDescription, name: &str) {
        self.text.push_str(&comment(&explanation(one)));
        let default = one.default.as_deref();
        let default = default.map_or(String::new(), |default| format!(" {default}"));
        let _ = writeln!(self.text, "# {name} ={default}");
        self.told.push(one.key.clone());
    }

    /// Whether a list of tables has this name: its elements are told one by one.
    fn is_table(&self, key: &str) -> bool {
        let elements = format!("{key}.*.");
        self.told.iter().any(|told| told.starts_with(&elements))
    }
}

/// Meaning, type and range of a key.
fn explanation(key: &KeyDescription) -> String {
    let range = key.range.as_ref().map(|range| format!(", {range}"));
    format!(
        "{} ({}{})",
        key.meaning,
        key.kind,
        range.unwrap_or_default()
    )
    .trim_start()
    .to_string()
}

/// A text as lines of comments.
fn comment(text: &str) -> String {
    let mut lines = String::new();
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH && line.len() > 1 {
            let _ = writeln!(lines, "{line}");
            line = String::from("#");
        }
        let _ = write!(line, " {word}");
    }
    let _ = writeln!(lines, "{line}");
    lines
}
