//! Just enough reading of HTML to check pages.

/// The values of an attribute, in the order of the page.
pub fn values(page: &str, attribute: &str) -> Vec<String> {
    let start = format!(" {attribute}=\"");
    page.split(&start)
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_string())
        .collect()
}

/// The opening tags of an element.
pub fn tags<'a>(page: &'a str, element: &str) -> Vec<&'a str> {
    let start = format!("<{element}");
    page.split(&start)
        .skip(1)
        .map(|rest| rest.split('>').next().unwrap())
        .filter(|tag| tag.is_empty() || tag.starts_with(' '))
        .collect()
}

/// The page without its pictures, whose letters are at random.
pub fn without_pictures(page: &str) -> String {
    let mut parts = page.split("url(data:");
    let mut kept = parts.next().unwrap().to_string();
    for part in parts {
        kept.push_str(part.split_once(')').unwrap().1);
    }
    kept
}

/// What has to be true of every page.
pub fn check(page: &str) {
    let text = without_pictures(page);
    assert!(page.starts_with("<!DOCTYPE html>"));
    for word in ["http:", "https:", "<script", "@import", " src=", "url("] {
        assert!(!text.contains(word), "{word}");
    }
    let mut ids = values(&text, "id");
    ids.sort();
    let num_ids = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), num_ids, "two elements share an id");
    for link in values(&text, "href")
        .iter()
        .filter(|link| *link != "data:,")
    {
        let id = link.strip_prefix('#').expect("all links stay on the page");
        assert!(ids.iter().any(|known| known == id), "{link} leads nowhere");
    }
    for tag in tags(&text, "svg") {
        let named = tag.contains("role=\"img\" aria-label=\"");
        assert!(named || tag.contains("aria-hidden=\"true\""), "<svg{tag}>");
    }
    for tag in tags(&text, "span")
        .iter()
        .filter(|tag| tag.contains("class=\"tile"))
    {
        let named = tag.contains("role=\"img\" aria-label=\"");
        assert!(named || tag.contains("aria-hidden=\"true\""), "<span{tag}>");
    }
    assert!(
        !text.contains("class=\"\"")
            && !text.contains("aria-label=\"\"")
            && tags(&text, "img").is_empty()
    );
    for element in [
        "html", "main", "section", "table", "tr", "td", "ul", "li", "svg", "details",
    ] {
        let (opened, closed) = (
            tags(&text, element).len(),
            text.matches(&format!("</{element}>")).count(),
        );
        assert_eq!(opened, closed, "<{element}>");
    }
    for broken in [">NaN", ">inf", ">-inf", "NaN%", "inf%", "\"NaN\""] {
        assert!(!text.contains(broken), "{broken}");
    }
}
