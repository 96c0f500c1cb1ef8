//! Reports on standard output: lines of facts for people, or one JSON object.

use console::{Failure, print_result};
use serde::Serialize;
use std::fmt::Write as _;

/// Named facts, one a line, with the values below each other.
#[derive(Default)]
pub(crate) struct Facts(Vec<(&'static str, String)>);

impl Facts {
    /// Adds one.
    pub(crate) fn add(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }

    /// All lines; those of a longer value are set in below its first.
    pub(crate) fn to_text(&self) -> String {
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
pub(crate) fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// Prints a report for people.
///
/// # Errors
///
/// Where standard output refuses.
pub(crate) fn print_text(text: &str) -> Result<(), Failure> {
    print_result(text.trim_end()).map_err(|error| Failure::new(format!("standard output: {error}")))
}

/// Prints a report for programs.
///
/// # Errors
///
/// Where standard output refuses.
pub(crate) fn print_json(report: &impl Serialize) -> Result<(), Failure> {
    print_text(&serde_json::to_string_pretty(report).map_err(Failure::new)?)
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
