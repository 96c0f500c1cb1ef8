//! What is said of an answer that people should look at.

use report::content::Mark;

/// Why people should look at a picture, and what was said of it.
#[derive(Clone, Debug)]
pub struct Doubt {
    /// Why.
    pub why: String,
    /// For people.
    pub said: String,
    /// The most likely label; empty where there is none.
    pub guess: String,
    /// What was found on it.
    pub marks: Vec<Mark>,
}
