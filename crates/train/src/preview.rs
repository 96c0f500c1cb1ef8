//! `train preview`: training images as they are, and as training will see them in several epochs,
//! as a picture and, on a terminal, as text. Trains nothing.

use crate::augment::Showing;
use crate::cli::PreviewArguments;
use crate::config::Recipe;
use crate::dataset;
use crate::run_folder::write_whole;
use crate::training::{Budget, augmenter};
use burn::tensor::Device;
use console::{Exit, Failure, ProgressMode, Terminal, Verbosity, write_result};
use data::LabeledImages;
use image::{ExtendedColorType, ImageEncoder as _, codecs::png::PngEncoder};
use model::{INPUT_PIXELS, INPUT_SIDE, pixels_to_tensor, read_floats};
use std::io::IsTerminal as _;
use std::path::Path;

/// Epochs to show, at most, the first and the last among them.
const MAX_EPOCHS: usize = 8;
/// Pictures that fit beside each other on a terminal of 80 columns: one plain, one changed.
const TEXT_COLUMNS: usize = 2;
/// Images that are shown on a terminal.
const TEXT_ROWS: usize = 5;
/// Paper between pictures, in pixels.
const GAP: usize = 1;
/// Side of a pixel in the picture.
const SCALE: usize = 3;

/// Shows training images before and after augmentation.
///
/// # Errors
///
/// For people, with the way out and the exit code.
pub fn preview(arguments: &PreviewArguments) -> Result<Exit, Failure> {
    let out = &arguments.out;
    refuse_to_overwrite(out, arguments.force)?;
    let recipe = arguments.recipe.load(Vec::new())?;
    let terminal = Terminal::new(Verbosity::Normal, ProgressMode::Auto);
    let images = dataset::load(&recipe.data, recipe.seed, &terminal)?.train;
    let epochs = epochs_to_show(Budget::new(&recipe.training, images.len()).num_epochs);
    let rows = rows(&recipe, &images, usize::from(arguments.count), &epochs)?;

    let sheet = Sheet::new(&rows);
    write_whole(out, &sheet.to_png()?).map_err(|error| Failure::new(&error))?;
    if std::io::stdout().is_terminal() {
        let some = rows.iter().take(TEXT_ROWS);
        let some: Vec<_> = some
            .map(|row| row[..row.len().min(TEXT_COLUMNS)].to_vec())
            .collect();
        let text = Sheet::new(&some).to_text();
        write_result(&text).map_err(Failure::new)?;
    }
    let columns = if recipe.augmentation.changes_images() {
        let epochs: Vec<String> = epochs.iter().map(ToString::to_string).collect();
        format!("each image as it is, then in epoch {}", epochs.join(", "))
    } else {
        terminal.warn("this recipe changes no images: it has no [augmentation]");
        "images as they are".to_string()
    };
    terminal.note(&format!("wrote {}: {columns}", out.display()));
    Ok(Exit::Done)
}

fn refuse_to_overwrite(out: &Path, force: bool) -> Result<(), Failure> {
    if out.exists() && !(force && out.is_file()) {
        let message = format!("{}: is there already", out.display());
        let hint = "give another --out, or add --force to replace a file";
        return Err(Failure::new(message).with_hint(Some(hint)));
    }
    Ok(())
}

/// All epochs where they are few, else some from the first to the last.
fn epochs_to_show(num_epochs: usize) -> Vec<usize> {
    let count = num_epochs.clamp(1, MAX_EPOCHS);
    let spread = |place: usize| 1 + place * (num_epochs - 1) / (count - 1).max(1);
    (0..count).map(spread).collect()
}

/// A row of pictures, `INPUT_PIXELS` bytes each, for each of the first `count` training images: as
/// it is, and in each of the epochs, where the recipe changes it.
///
/// # Errors
///
/// Where the pictures cannot be computed.
pub fn rows(
    recipe: &Recipe,
    images: &LabeledImages,
    count: usize,
    epochs: &[usize],
) -> Result<Vec<Vec<Vec<u8>>>, Failure> {
    let count = count.min(images.len());
    let plain = &images.pixels()[..count * INPUT_PIXELS];
    let to_pictures = |pixels: &[u8]| pixels.chunks(INPUT_PIXELS).map(<[u8]>::to_vec).collect();
    let mut columns: Vec<Vec<Vec<u8>>> = vec![to_pictures(plain)];
    if let Some(augmenter) = augmenter(recipe, images.len()) {
        let plain = pixels_to_tensor(plain, &Device::flex());
        for &epoch in epochs {
            let showings = showings(recipe.seed, images.len(), count, epoch);
            let changed = augmenter.apply(plain.clone(), &showings);
            let changed = read_floats(&changed).map_err(Failure::new)?;
            let changed: Vec<u8> = changed.iter().map(|value| value.round() as u8).collect();
            columns.push(to_pictures(&changed));
        }
    }
    let row = |image: usize| columns.iter().map(|column| column[image].clone()).collect();
    Ok((0..count).map(row).collect())
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

/// Pictures in rows, 0 paper and 255 ink.
struct Sheet {
    pixels: Vec<u8>,
    width: usize,
    height: usize,
}

impl Sheet {
    fn new(rows: &[Vec<Vec<u8>>]) -> Self {
        let num_columns = rows.first().map_or(0, Vec::len);
        let side = |pictures: usize| (pictures * (INPUT_SIDE + GAP)).saturating_sub(GAP).max(1);
        let (width, height) = (side(num_columns), side(rows.len()));
        let mut pixels = vec![0; width * height];
        for (row, pictures) in rows.iter().enumerate() {
            for (column, picture) in pictures.iter().enumerate() {
                for (line, values) in picture.chunks(INPUT_SIDE).enumerate() {
                    let y = row * (INPUT_SIDE + GAP) + line;
                    let start = y * width + column * (INPUT_SIDE + GAP);
                    pixels[start..start + values.len()].copy_from_slice(values);
                }
            }
        }
        Self {
            pixels,
            width,
            height,
        }
    }

    /// Ink dark on light paper, enlarged.
    fn to_png(&self) -> Result<Vec<u8>, Failure> {
        let (width, height) = (self.width * SCALE, self.height * SCALE);
        let pixel = |x: usize, y: usize| 255 - self.pixels[y / SCALE * self.width + x / SCALE];
        let rows = (0..height).flat_map(|y| (0..width).map(move |x| pixel(x, y)));
        let mut png = Vec::new();
        let encoder = PngEncoder::new(&mut png);
        let written = encoder.write_image(
            &rows.collect::<Vec<u8>>(),
            width as u32,
            height as u32,
            ExtendedColorType::L8,
        );
        written.map_err(Failure::new)?;
        Ok(png)
    }

    /// Two rows of pixels in a line of characters.
    fn to_text(&self) -> String {
        const SHADES: &[u8] = b" .:-=+*#%@";
        let pixel = |x: usize, y: usize| {
            let value = self.pixels.get(y * self.width + x);
            value.map_or(0, |&value| usize::from(value))
        };
        let mut text = String::new();
        for y in (0..self.height).step_by(2) {
            let shade = |x: usize| (pixel(x, y) + pixel(x, y + 1)) * (SHADES.len() - 1) / 510;
            text.extend((0..self.width).map(|x| char::from(SHADES[shade(x)])));
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::batches::{Order, ResidentLoader};
    use burn::data::dataloader::DataLoader as _;
    use data::synthetic::SyntheticConfig;

    fn digits() -> LabeledImages {
        let config = SyntheticConfig {
            num_train: 20,
            num_test: 1,
            seed: 1,
        };
        data::synthetic::draw(&config).train
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
        let (recipe, images) = (recipe(), digits());
        let rows = rows(&recipe, &images, 20, &[1, 2, 3]).unwrap();
        let order = Order::Shuffled { seed: recipe.seed };
        let loader = ResidentLoader::new(&images, 6, order, &Device::flex())
            .with_augmenter(augmenter(&recipe, images.len()));
        for epoch in 1..=3 {
            let mut shown = Vec::new();
            for batch in loader.iter() {
                let values: Vec<f32> = batch.unwrap().images_np.try_to_vec_as().unwrap();
                shown.extend(values.into_iter().map(|value| value.round() as u8));
            }
            let order = data::permutation(20, recipe.seed, epoch as u64);
            for (image, shown) in order.into_iter().zip(shown.chunks(INPUT_PIXELS)) {
                assert!(
                    rows[image as usize][epoch] == shown,
                    "epoch {epoch}, image {image}"
                );
                assert!(rows[image as usize][0] == images.image(image as usize).unwrap());
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

    #[test]
    fn a_sheet_has_every_picture_in_its_place() {
        let picture = |value: u8| vec![value; INPUT_PIXELS];
        let sheet = Sheet::new(&[vec![picture(1), picture(2)], vec![picture(3), picture(4)]]);
        assert_eq!((sheet.width, sheet.height), (57, 57));
        let pixel = |x: usize, y: usize| sheet.pixels[y * sheet.width + x];
        assert_eq!([pixel(0, 0), pixel(28, 0), pixel(29, 0)], [1, 0, 2]);
        assert_eq!([pixel(27, 29), pixel(56, 56)], [3, 4]);
        let png = image::load_from_memory(&sheet.to_png().unwrap()).unwrap();
        assert_eq!((png.width(), png.height()), (171, 171));
        assert_eq!(png.to_luma8().get_pixel(170, 170).0, [251]);
        assert_eq!(
            Sheet::new(&[vec![picture(255)]]).to_text().lines().count(),
            14
        );
    }
}
