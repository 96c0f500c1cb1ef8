//! What exported files say of a model in words: its network, and the licence of what it was trained on.

use base::with_separators;
use model::SavedModel;

/// The terms of a data set.
pub(super) struct License {
    /// As the Hugging Face hub calls it.
    pub(super) id: &'static str,
    /// For people.
    pub(super) about: &'static str,
}

/// The terms under which a data set of this name is published, as far as they are known. EMNIST's publisher names none.
pub(super) fn license(dataset: &str) -> License {
    let (id, about) = match dataset {
        "mnist" => (
            "cc-by-sa-3.0",
            "data: CC BY-SA 3.0 (MNIST, Yann LeCun and Corinna Cortes)",
        ),
        "fashion-mnist" => ("mit", "data: MIT (Fashion-MNIST, Zalando SE)"),
        "kmnist" => ("cc-by-sa-4.0", "data: CC BY-SA 4.0 (KMNIST, CODH and NIJL)"),
        "synthetic" => ("mit", "data: MIT (digits drawn by the program)"),
        _ => ("other", "data: not known; ask whoever published it"),
    };
    License { id, about }
}

/// The layers and their trained parameters, in a line.
pub(super) fn network(model: &SavedModel) -> String {
    let manifest = &model.manifest;
    let dataset = &manifest.dataset.name;
    let Ok(summary) = manifest.summarize() else {
        return format!("a network trained on {dataset}");
    };
    let layers: Vec<&str> = summary
        .layers
        .iter()
        .map(|layer| layer.name.as_str())
        .collect();
    format!(
        "{} ({} parameters, trained on {dataset})",
        layers.join(" → "),
        with_separators(summary.num_parameters()),
    )
}
