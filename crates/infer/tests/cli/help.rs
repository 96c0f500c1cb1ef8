//! Help, completions and man pages.

use crate::fixture::Fixture;

const COMMANDS: [&str; 8] = [
    "predict",
    "evaluate",
    "inspect",
    "show",
    "export",
    "serve",
    "completions",
    "man",
];

#[test]
fn help_fits_80_columns_and_names_all_exit_codes() {
    let fixture = Fixture::new();
    let commands = COMMANDS.iter().map(|command| vec![*command, "--help"]);
    for arguments in commands.chain([vec!["--help"]]) {
        let help = fixture.infer(&arguments).expect(0);
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{arguments:?}: {line}");
        }
        for code in ["0 ", "1 ", "2 ", "3 ", "4 ", "130 ", "143 "] {
            let is_named = help
                .lines()
                .any(|line| line.starts_with(&format!("  {code}")));
            assert!(is_named, "{arguments:?}: {code}: {help}");
        }
    }
}

#[test]
fn options_stand_in_groups() {
    let fixture = Fixture::new();
    let help = fixture.infer(&["predict", "--help"]).expect(0);
    let place = |heading: &str| {
        help.find(&format!("\n{heading}:\n"))
            .unwrap_or_else(|| panic!("{help}"))
    };
    let places = ["Arguments", "Options", "Model", "Inputs", "Results"].map(place);
    assert!(places.is_sorted(), "{help}");
}

#[test]
fn shells_and_manuals_know_the_commands() {
    let fixture = Fixture::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = fixture.infer(&["completions", shell]).expect(0);
        assert!(
            script.contains("predict") && script.contains("min-confidence"),
            "{shell}"
        );
    }
    let run = fixture.infer(&["man", "man1"]);
    assert!(
        run.stderr.contains("wrote man1/infer-predict.1"),
        "{}",
        run.stderr
    );
    run.expect(0);
    for command in COMMANDS {
        let page = fixture.path(&format!("man1/infer-{command}.1"));
        let page = std::fs::read_to_string(page).unwrap();
        assert!(
            page.contains(".SH SYNOPSIS") && page.contains("130"),
            "{page}"
        );
    }
}
