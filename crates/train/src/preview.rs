//! `train preview`: training images as they are, and as training will see them in several epochs,
//! as a picture and, on a terminal, as text. Trains nothing.

use crate::augment::Showing;
use crate::cli::PreviewArguments;
use crate::config::{LoadedRecipe, Recipe};
use crate::dataset::{self, TrainingData};
use crate::heartbeat::Heartbeat;
use crate::run_folder::write_new;
use crate::training::{Budget, augmenter};
use base::{IMAGE_PIXELS, IMAGE_SIDE};
use burn::tensor::Device;
use console::{Exit, Failure, ProgressMode, Terminal, Verbosity, write_result};
use kernels::StepImages;
use model::{pixels_to_tensor, read_floats};
use report::blocks;
use report::content::Pixels;
use report::png::contact_sheet;
use std::io::IsTerminal as _;

/// Epochs to show, at most, the first and the last among them.
const MAX_EPOCHS: usize = 8;
/// Pictures that fit beside each other on a terminal of 80 columns: one plain, one changed.
const TEXT_COLUMNS: usize = 2;
/// Images that are shown on a terminal.
const TEXT_ROWS: usize = 5;

/// Shows training images before and after augmentation.
///
/// # Errors
///
/// For people, with the way out and the exit code.
pub fn preview(arguments: &PreviewArguments) -> Result<Exit, Failure> {
    let out = &arguments.out;
    let LoadedRecipe { recipe, notes, .. } = arguments.recipe.load(None)?;
    let terminal = Terminal::new(Verbosity::Normal, ProgressMode::Auto);
    for note in notes {
        terminal.note(&note);
    }
    let heartbeat = Heartbeat::start(&terminal);
    let data = dataset::load_for_training(&recipe, &terminal, &heartbeat)?;
    heartbeat.give_way();
    let epochs = epochs_to_show(Budget::new(&recipe.training, data.num_shown()).num_epochs);
    let count = usize::from(arguments.count);
    let rows = rows(&recipe, &data, count, &epochs)?;
    let num_columns = rows.first().map_or(0, Vec::len);
    let pictures = [rows.concat(), added(&data, count, num_columns)].concat();
    let sheet = contact_sheet(&pictures, num_columns, &[]).map_err(Failure::new)?;
    write_new(out, &sheet.unwrap_or_default(), arguments.force)
        .map_err(|error| Failure::new(&error).with_hint(error.hint()))?;
    if std::io::stdout().is_terminal() {
        write_result(to_text(&rows)).map_err(Failure::new)?;
    }
    let columns = if recipe.augmentation.changes_images() {
        let epochs: Vec<String> = epochs.iter().map(ToString::to_string).collect();
        format!("each image as it is, then in epoch {}", epochs.join(", "))
    } else {
        terminal.warn("this recipe changes no images: it has no [augmentation]");
        "images as they are".to_string()
    };
    terminal.note(&format!("wrote {}: {columns}", out.display()));
    if let Some(additions) = data.additions_text() {
        terminal.note(&format!("below them the first of {additions}"));
    }
    Ok(Exit::Done)
}

/// The first `count` added images of each kind, each kind in rows of its own.
fn added(data: &TrainingData, count: usize, num_columns: usize) -> Vec<Pixels> {
    let additions = &data.additions;
    let kinds = [
        additions.redrawn.pixels(),
        additions.cuttings.digits.pixels(),
        additions.cuttings.pairs.pixels(),
        &additions.cuttings.none,
        additions.european.pixels(),
        &additions.letters,
    ];
    let mut pictures = Vec::new();
    for kind in kinds {
        let first = kind.len().min(count * IMAGE_PIXELS);
        pictures.extend(to_pictures(&kind[..first]));
        let whole_rows = pictures.len().next_multiple_of(num_columns.max(1));
        pictures.resize(whole_rows, [0; IMAGE_PIXELS]);
    }
    pictures
}

/// All epochs where they are few, else some from the first to the last.
fn epochs_to_show(num_epochs: usize) -> Vec<usize> {
    let count = num_epochs.clamp(1, MAX_EPOCHS);
    let spread = |place: usize| 1 + place * (num_epochs - 1) / (count - 1).max(1);
    (0..count).map(spread).collect()
}

/// The first rows as text, plain and changed pictures beside each other.
fn to_text(rows: &[Vec<Pixels>]) -> String {
    let some = rows.iter().take(TEXT_ROWS);
    some.map(|row| {
        let row = &row[..row.len().min(TEXT_COLUMNS)];
        let lines = (0..IMAGE_SIDE).flat_map(|line| {
            let start = line * IMAGE_SIDE;
            row.iter()
                .flat_map(move |picture| picture[start..start + IMAGE_SIDE].iter().copied())
        });
        let pixels: Vec<u8> = lines.collect();
        let colour = std::env::var_os("NO_COLOR").is_none();
        blocks::to_text(&pixels, row.len() * IMAGE_SIDE, IMAGE_SIDE, colour)
    })
    .collect()
}

/// A row of pictures for each of the first `count` training images: as
/// it is, and in each of the epochs, where the recipe changes it.
///
/// # Errors
///
/// Where the pictures cannot be computed.
pub fn rows(
    recipe: &Recipe,
    data: &TrainingData,
    count: usize,
    epochs: &[usize],
) -> Result<Vec<Vec<Pixels>>, Failure> {
    let count = count.min(data.train.len());
    let plain = &data.train.pixels()[..count * IMAGE_PIXELS];
    let mut columns = vec![to_pictures(plain)];
    if let Some(augmenter) = augmenter(recipe, data.num_shown()) {
        let plain = pixels_to_tensor(plain, &Device::flex());
        for &epoch in epochs {
            let showings = showings(recipe.seed, data.num_shown(), count, epoch);
            let changed = augmenter.apply(StepImages::Pixels(&plain), &showings);
            let changed = read_floats(&changed).map_err(Failure::new)?;
            let changed: Vec<u8> = changed.iter().map(|value| value.round() as u8).collect();
            columns.push(to_pictures(&changed));
        }
    }
    let row = |image: usize| columns.iter().map(|column| column[image]).collect();
    Ok((0..count).map(row).collect())
}

fn to_pictures(pixels: &[u8]) -> Vec<Pixels> {
    pixels.as_chunks().0.to_vec()
}

/// When training shows the first `count` of its images in an epoch.
fn showings(seed: u64, num_images: usize, count: usize, epoch: usize) -> Vec<Showing> {
    let before = (epoch - 1) * num_images;
    let mut places = vec![0; num_images];
    for (place, image) in data::permutation(num_images, seed, epoch as u64)
        .into_iter()
        .enumerate()
    {
        places[image as usize] = place;
    }
    let showing = |(image, place): (u32, &usize)| Showing {
        image,
        position: (before + place) as u64,
    };
    (0..).zip(&places[..count]).map(showing).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::batches::{Order, ResidentLoader};
    use data::LabeledImages;
    use data::synthetic::SyntheticConfig;

    fn digits() -> TrainingData {
        let config = SyntheticConfig {
            num_train: 20,
            num_test: 1,
            seed: 1,
        };
        let train = data::synthetic::draw(&config).train;
        TrainingData {
            additions: additions(&train),
            ..TrainingData::to_train_on(train, data::digit_names(), "drawn")
        }
    }

    fn additions(train: &LabeledImages) -> data::Additions {
        let config = data::additions::AdditionsConfig {
            pens: 0.25,
            touching: 0.2,
            pairs: 0.1,
            ..Default::default()
        };
        data::additions::draw(train, &config, 1, None, &|_, _| {}).0
    }

    fn recipe() -> Recipe {
        let mut recipe = Recipe::default();
        recipe.training.epochs = Some(3);
        recipe.augmentation.rotation_degrees = 10.0;
        recipe.augmentation.elastic_pixels = 1.0;
        recipe.augmentation.taper = 0.5;
        recipe
    }

    /// Image after image, as the pictures say, against batch after batch, as the trainer gets them.
    #[test]
    fn pictures_are_what_training_sees() {
        let (recipe, data) = (recipe(), digits());
        assert!(data.additions.counts()[..3].iter().all(|&count| count > 0));
        let rows = rows(&recipe, &data, 20, &[1, 2, 3]).unwrap();
        let order = Order::Shuffled { seed: recipe.seed };
        let loader = ResidentLoader::for_training(&data, 10, None, 6, order, &Device::flex())
            .with_augmenter(augmenter(&recipe, data.num_shown()));
        for epoch in 1..=3 {
            let mut shown = Vec::new();
            for batch in loader.pass(epoch) {
                let values: Vec<f32> = batch.unwrap().images_np().try_to_vec_as().unwrap();
                shown.extend(values.into_iter().map(|value| value.round() as u8));
            }
            let order = data::permutation(data.num_shown(), recipe.seed, epoch as u64);
            for (image, shown) in order.into_iter().zip(shown.chunks(IMAGE_PIXELS)) {
                let Some(row) = rows.get(image as usize) else {
                    continue;
                };
                assert!(row[epoch] == shown, "epoch {epoch}, image {image}");
                assert!(row[0] == *data.train.image(image as usize).unwrap());
            }
        }
    }

    #[test]
    fn without_augmentation_there_are_plain_images_alone() {
        let rows = rows(&Recipe::default(), &digits(), 99, &[1, 2]).unwrap();
        assert_eq!(rows.len(), 20);
        assert!(rows.iter().all(|row| row.len() == 1));
    }

    #[test]
    fn epochs_go_from_the_first_to_the_last() {
        assert_eq!(epochs_to_show(1), [1]);
        assert_eq!(epochs_to_show(3), [1, 2, 3]);
        assert_eq!(epochs_to_show(30), [1, 5, 9, 13, 17, 21, 25, 30]);
    }
}
