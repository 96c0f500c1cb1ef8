//! Circles among arrows.

use std::collections::{BTreeMap, BTreeSet};

/// From whom to whom.
pub type Arrows = BTreeSet<(String, String)>;

/// Some circle, each of whose members leans on the next and the last on the first; `None` where there is none.
pub fn circle(arrows: &Arrows) -> Option<Vec<String>> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in arrows {
        next.entry(from).or_default().push(to);
    }
    let mut finished = BTreeSet::new();
    for start in next.keys().copied() {
        let mut way = Vec::new();
        if let Some(circle) = walk(start, &next, &mut way, &mut finished) {
            return Some(circle);
        }
    }
    None
}

fn walk<'a>(
    at: &'a str,
    next: &BTreeMap<&'a str, Vec<&'a str>>,
    way: &mut Vec<&'a str>,
    finished: &mut BTreeSet<&'a str>,
) -> Option<Vec<String>> {
    if let Some(place) = way.iter().position(|&name| name == at) {
        return Some(way[place..].iter().map(ToString::to_string).collect());
    }
    if finished.contains(at) {
        return None;
    }
    way.push(at);
    for &to in next.get(at).into_iter().flatten() {
        if let Some(circle) = walk(to, next, way, finished) {
            return Some(circle);
        }
    }
    way.pop();
    finished.insert(at);
    None
}
