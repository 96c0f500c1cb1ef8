//! Reports for people: named facts, one a line.

use std::fmt::Write as _;

/// Named facts, one a line, with the values below each other.
#[derive(Default)]
pub struct Facts(Vec<(&'static str, String)>);

impl Facts {
    /// Adds one.
    pub fn add(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }

    /// All lines; those of a longer value are set in below its first.
    #[must_use]
    pub fn to_text(&self) -> String {
        let width = self.0.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let indent = format!("\n{:width$}  ", "");
        let mut text = String::new();
        for (name, value) in &self.0 {
            let _ = writeln!(text, "{name:width$}  {}", value.replace('\n', &indent));
        }
        text
    }
}

/// `0.98765` as `98.77 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_below_each_other() {
        let mut facts = Facts::default();
        facts.add("data", "mnist");
        facts.add("classes", "0\n1");
        assert_eq!(facts.to_text(), "data     mnist\nclasses  0\n         1\n");
        assert_eq!(percent(0.98765), "98.77 %");
    }
}
