//! The test images that runs have in common: whether there are some, which they are, and on which of
//! them the runs disagree.

use crate::dataset;
use crate::heartbeat::Heartbeat;
use crate::predictions::Prediction;
use crate::saved_run::SavedRun;
use console::Terminal;
use data::LabeledImages;
use report::content::Disagreement;

/// Images that all runs were tested on.
pub(super) struct CommonImages {
    images: LabeledImages,
    /// What is assumed of them, where the runs do not tell all.
    pub remark: Option<String>,
}

/// A run that has been tested.
struct Tested<'a> {
    run: &'a SavedRun,
    predictions: &'a [Prediction],
}

/// Finds the images that all runs were tested on.
///
/// # Errors
///
/// Why there are none, in words for people.
pub(super) fn find(runs: &[SavedRun], terminal: &Terminal) -> Result<CommonImages, String> {
    let tested = runs.iter().map(tested).collect::<Result<Vec<_>, _>>()?;
    let others = tested.iter().skip(1);
    let different: Vec<&str> = others
        .filter(|other| !may_be_alike(&tested[0], other))
        .map(|other| other.run.name.as_str())
        .collect();
    if !different.is_empty() {
        return Err(format!(
            "the runs were tested on different images ({} on others than {}): accuracies do not \
             compare, and digits on which the runs disagree cannot be shown",
            different.join(", "),
            tested[0].run.name
        ));
    }
    let images = load(&tested, terminal)
        .map_err(|reason| format!("disagreements cannot be shown: {reason}"))?;
    let is_older = |tested: &&Tested| tested.run.test_sha256().is_none();
    let older: Vec<&str> = tested
        .iter()
        .filter(is_older)
        .map(|one| one.run.name.as_str())
        .collect();
    let remark = (!older.is_empty()).then(|| {
        format!(
            "{}: of an older version, which did not note the checksum of the test images; their labels \
             are those of the other runs', so that they are taken to be the same",
            older.join(", ")
        )
    });
    Ok(CommonImages { images, remark })
}

fn tested(run: &SavedRun) -> Result<Tested<'_>, String> {
    let predictions = run.predictions.as_deref().filter(|all| !all.is_empty());
    let predictions = predictions.ok_or_else(|| {
        format!(
            "{} has no predictions: disagreements cannot be shown",
            run.name
        )
    })?;
    Ok(Tested { run, predictions })
}

/// Whether two runs can have been tested on the same images. The checksum of the test images decides;
/// where a run does not have it, the data sets must be the same, and so must the labels, image by
/// image: what is set aside for the test of some sets depends on the seed.
fn may_be_alike(one: &Tested, other: &Tested) -> bool {
    let labels = |tested: &Tested| -> Vec<usize> {
        tested
            .predictions
            .iter()
            .map(|prediction| prediction.label)
            .collect()
    };
    let are_alike = match (one.run.test_sha256(), other.run.test_sha256()) {
        (Some(one), Some(other)) => one == other,
        _ => one.run.dataset_sha256() == other.run.dataset_sha256(),
    };
    are_alike && labels(one) == labels(other)
}

/// Reads the data set again as the first run's recipe says that can still be read.
fn load(tested: &[Tested], terminal: &Terminal) -> Result<LabeledImages, String> {
    let recipes = tested
        .iter()
        .filter_map(|one| Some((one, one.run.recipe.as_ref()?)));
    let (run, recipe) = recipes
        .into_iter()
        .next()
        .ok_or("no run's recipe can be read")?;
    let data = dataset::load(
        &recipe.data,
        recipe.seed,
        terminal,
        &Heartbeat::start(terminal),
    )
    .map_err(|failure| failure.to_string())?;
    let sums = tested.iter().find_map(|one| one.run.test_sha256());
    let is_the_same = match sums {
        Some(sum) => data.test.sha256() == sum,
        None => Some(data.provenance.sha256.as_str()) == run.run.dataset_sha256(),
    };
    let labels = run.predictions.iter().map(|one| one.label);
    if is_the_same && labels.eq(data.test.labels().iter().map(|&label| usize::from(label))) {
        Ok(data.test)
    } else {
        Err(format!(
            "the test images of {} are not those that the runs were tested on any more",
            data.label()
        ))
    }
}

impl CommonImages {
    /// Those that not all runs guess alike, with those that most runs misread first.
    pub(super) fn disagreements(&self, runs: &[SavedRun]) -> Vec<Disagreement> {
        let predictions = runs.iter().filter_map(|run| run.predictions.as_deref());
        let predictions: Vec<&[Prediction]> = predictions.collect();
        let mut found: Vec<Disagreement> = (0..self.images.len())
            .filter_map(|index| {
                let guesses: Vec<Option<usize>> = predictions
                    .iter()
                    .map(|all| all.get(index).map(|one| one.prediction))
                    .collect();
                let differ = guesses.iter().any(|guess| *guess != guesses[0]);
                if !differ {
                    return None;
                }
                Some(Disagreement {
                    index,
                    pixels: *self.images.image(index)?,
                    truth: usize::from(self.images.labels()[index]),
                    guesses,
                })
            })
            .collect();
        let num_wrong = |one: &Disagreement| {
            let guesses = one.guesses.iter();
            guesses.filter(|guess| **guess != Some(one.truth)).count()
        };
        found.sort_by_key(|one| std::cmp::Reverse(num_wrong(one)));
        found
    }
}
