use super::*;

#[test]
fn messages_say_where_and_what() {
    let error = DataError::Record {
        path: "digits.csv".into(),
        line: 3,
        column: Some("12 (pixel10)".into()),
        expected: "a whole number from 0 to 255".into(),
        found: "`300`".into(),
    };
    assert_eq!(
        error.to_string(),
        "digits.csv, line 3, column 12 (pixel10): expected a whole number from 0 to 255, \
         found `300`"
    );
    assert!(error.hint().is_none());
}

#[test]
fn hints_offer_only_what_would_help() {
    let error = |set: &str, offline| DataError::NotAvailable {
        set: set.into(),
        stand_in: set == "mnist",
        offline,
        tried: vec!["the cache: empty".into(), "mirror: no".into()],
    };
    let offline = error("mnist", true);
    assert_eq!(
        offline.to_string(),
        "mnist is not available:\n  the cache: empty\n  mirror: no"
    );
    assert_eq!(
        offline.hint().unwrap_or_default(),
        "set MNIST_DIR, pass --data-dir, allow the download (drop --offline), \
         or put `fallback = \"synthetic\"` into the recipe's [data]"
    );
    let online = error("kmnist", false).hint().unwrap_or_default();
    assert!(
        online == "pass --data-dir",
        "drawn digits never stand in for other things: {online}"
    );
}
