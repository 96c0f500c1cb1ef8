//! The tutorials' recipes: their networks, and the table of the tutorials' figures.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use train::config::{Recipe, load};

/// Recipe and trained parameters of its network.
const NETWORKS: [(&str, usize); 8] = [
    ("dense-relu", 669_706),
    ("dense-dropout", 567_434),
    ("dense-dropout-fixed", 567_434),
    ("keras-mlp", 669_706),
    ("keras-cnn", 1_199_882),
    ("lenet", 61_706),
    ("linear-csv", 7_850),
    ("dense-csv", 235_146),
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../configs/tutorials")
}

fn recipe(name: &str) -> Recipe {
    load(&folder().join(format!("{name}.toml")), &[])
        .unwrap()
        .recipe
}

#[test]
fn networks_have_as_many_parameters_as_their_tutorials() {
    for (name, num_parameters) in NETWORKS {
        let network = recipe(name).model.summarize(10).unwrap();
        assert_eq!(network.num_parameters(), num_parameters, "{name}");
    }
}

#[test]
fn the_cnn_of_keras_has_its_layers() {
    let recipe = recipe("keras-cnn");
    let network = recipe.model.summarize(10).unwrap();
    let names: Vec<&str> = network.layers.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "convolution 3×3 valid, relu",
            "convolution 3×3 valid, relu, max pool 2, dropout 0.25",
            "dense, relu, dropout 0.5",
            "dense",
        ]
    );
    let outputs: Vec<&[usize]> = network.layers.iter().map(|l| &l.output[..]).collect();
    assert_eq!(outputs, [&[32, 26, 26][..], &[64, 12, 12], &[128], &[10]]);
    let training = &recipe.training;
    assert_eq!((training.epochs, training.batch_size), (Some(12), 128));
}

/// A row a recipe; the figure is the one that the recipe's head tells.
#[test]
fn every_tutorial_has_its_figure_in_the_table() {
    let table = fs::read_to_string(folder().join("figures.csv")).unwrap();
    let mut rows = BTreeSet::new();
    for row in table.lines().skip(1) {
        let [name, percent, figure] = row.split(',').collect::<Vec<_>>()[..] else {
            panic!("{row}: not three columns");
        };
        assert!((0.0..=100.0).contains(&percent.parse().unwrap()), "{row}");
        let text = fs::read_to_string(folder().join(format!("{name}.toml"))).unwrap();
        let head: String = text.lines().take_while(|l| l.starts_with('#')).collect();
        assert!(head.contains(figure), "{name}.toml does not tell {figure}");
        rows.insert(name.to_string());
    }
    let recipes = fs::read_dir(folder()).unwrap().filter_map(|entry| {
        let path = entry.unwrap().path();
        let is_recipe = path.extension().is_some_and(|end| end == "toml");
        is_recipe.then(|| path.file_stem().unwrap().to_string_lossy().into_owned())
    });
    assert_eq!(rows, recipes.collect::<BTreeSet<_>>());
    let networks = NETWORKS.map(|(name, _)| name.to_string());
    assert_eq!(rows, BTreeSet::from(networks));
}
