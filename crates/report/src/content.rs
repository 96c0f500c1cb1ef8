//! What reports are made of: plain numbers and pixels, without tensors.
//!
//! Owns the input types of this crate. Every part is optional, and a number that is not finite is
//! shown as "–", so that a run that broke still has a readable report. Accuracies, confidences,
//! precision and recall are fractions from 0 to 1.

/// A picture of 28×28 pixels, row by row, 0 for paper and 255 for ink.
pub type Pixels = [u8; 784];

/// One training run.
#[derive(Debug, Clone, Default)]
pub struct RunReport {
    /// The name of the run.
    pub title: String,
    /// The run in one line.
    pub headline: String,
    /// Warnings, such as "stands-in data", "validated on the test images", "interrupted".
    pub notices: Vec<String>,
    /// Name and value of what there is to know: device, threads, seed, commit, data set.
    pub facts: Vec<(String, String)>,
    /// One point for each evaluation, in the order of time.
    pub curves: Vec<CurvePoint>,
    /// The evaluation on the test images.
    pub test: Option<TestResult>,
    /// The first training images.
    pub samples: Option<Samples>,
    /// Weights of the first layer, in the order of time.
    pub snapshots: Vec<WeightSnapshot>,
    /// The network layer by layer, as text.
    pub model_summary: Option<String>,
    /// The resolved configuration, as text.
    pub config: Option<String>,
}

/// How training stood at one evaluation.
#[derive(Debug, Clone, Default)]
pub struct CurvePoint {
    /// Epochs done; a fraction within an epoch.
    pub epoch: f64,
    /// Optimizer steps done.
    pub step: usize,
    /// The learning rate of the last step.
    pub learning_rate: Option<f64>,
    /// Mean loss over the training images since the last evaluation.
    pub train_loss: Option<f64>,
    /// Accuracy over the training images since the last evaluation.
    pub train_accuracy: Option<f64>,
    /// Mean loss over the validation images.
    pub validation_loss: Option<f64>,
    /// Accuracy over the validation images.
    pub validation_accuracy: Option<f64>,
    /// Whether the weights that were kept are those of this point.
    pub is_best: bool,
}

/// The evaluation on the test images.
#[derive(Debug, Clone, Default)]
pub struct TestResult {
    /// Name of each class.
    pub class_names: Vec<String>,
    /// Number of images evaluated.
    pub num_images: usize,
    /// Fraction guessed right.
    pub accuracy: f64,
    /// At how many angles the images were read, where that is more than one, and what came of one.
    pub views: Option<String>,
    /// Mean negative log-likelihood.
    pub loss: f64,
    /// Counts: row = truth, column = guess.
    pub confusion: Vec<Vec<usize>>,
    /// One entry for each class.
    pub per_class: Vec<ClassFigures>,
    /// How far confidences can be believed.
    pub calibration: Option<Calibration>,
    /// All images guessed wrong, worst first. Pages show some of them and say of how many.
    pub misread: Vec<Misread>,
}

/// Precision and recall of one class; `None` where the denominator is zero.
#[derive(Debug, Clone, Default)]
pub struct ClassFigures {
    /// Of the images guessed to be of this class, the fraction that are.
    pub precision: Option<f64>,
    /// Of the images of this class, the fraction guessed.
    pub recall: Option<f64>,
    /// The harmonic mean of the two.
    pub f1: Option<f64>,
    /// Number of images of this class.
    pub support: usize,
}

/// Confidence against accuracy.
#[derive(Debug, Clone, Default)]
pub struct Calibration {
    /// Bins of confidence, from low to high.
    pub bins: Vec<CalibrationBin>,
    /// Expected calibration error, after scaling where there was some.
    pub expected_calibration_error: f64,
    /// Expected calibration error before temperature scaling.
    pub before_scaling: Option<f64>,
    /// The temperature by which logits are divided.
    pub temperature: Option<f64>,
}

/// The images whose confidence lies between two bounds.
#[derive(Debug, Clone, Default)]
pub struct CalibrationBin {
    /// Lower bound of confidence.
    pub lower: f64,
    /// Upper bound of confidence.
    pub upper: f64,
    /// Number of images in the bin.
    pub num_images: usize,
    /// Their mean confidence; `None` for an empty bin.
    pub mean_confidence: Option<f64>,
    /// The fraction of them guessed right; `None` for an empty bin.
    pub accuracy: Option<f64>,
}

/// A test image guessed wrong.
#[derive(Debug, Clone)]
pub struct Misread {
    /// Its place among the test images, from 0.
    pub index: usize,
    /// The image.
    pub pixels: Pixels,
    /// Its class.
    pub truth: usize,
    /// The class that was guessed.
    pub guess: usize,
    /// The probability given to the guess.
    pub confidence: f64,
}

/// Images the network was trained on.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    /// The first training images.
    pub plain: Vec<Picture>,
    /// The same images under one draw of the augmentation.
    pub augmented: Option<Vec<Picture>>,
    /// Images that the recipe adds to the training set, kind by kind.
    pub additions: Vec<Addition>,
}

/// Images of one kind that are added to the training set.
#[derive(Debug, Clone, Default)]
pub struct Addition {
    /// What they are, after their number: "digits drawn again with other pens".
    pub name: String,
    /// How many there are.
    pub num_images: usize,
    /// The first ones.
    pub pictures: Vec<Picture>,
}

/// An image and the name of its class.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The image.
    pub pixels: Pixels,
    /// The name of its class.
    pub label: String,
}

/// The weights of one layer at one step, as pictures.
#[derive(Debug, Clone, Default)]
pub struct WeightSnapshot {
    /// Optimizer steps done; 0 for the initial weights.
    pub step: usize,
    /// Name of the layer.
    pub layer: String,
    /// Height of each picture.
    pub height: usize,
    /// Width of each picture.
    pub width: usize,
    /// Number of pictures: outputs of a dense layer, kernels of a convolution.
    pub count: usize,
    /// The weights as `[count, height, width]`, row by row.
    pub values: Vec<f32>,
}

/// Several runs side by side.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// Heading of the page.
    pub title: String,
    /// The runs, in the order of their columns and colours.
    pub runs: Vec<ComparedRun>,
    /// Settings that differ: the key, and its value in each run (`None` where it has none).
    pub settings: Vec<(String, Vec<Option<String>>)>,
    /// Name of each class.
    pub class_names: Vec<String>,
    /// Test images on which the runs disagree, most telling first.
    pub disagreements: Vec<Disagreement>,
    /// What readers ought to know, such as "the runs were tested on different images".
    pub notices: Vec<String>,
}

/// One run among others.
#[derive(Debug, Clone, Default)]
pub struct ComparedRun {
    /// The name of the run.
    pub name: String,
    /// How it ended, in a word or two: "finished", "interrupted"; `None` where it is not known.
    pub ending: Option<String>,
    /// Accuracy on the test images.
    pub accuracy: Option<f64>,
    /// Mean negative log-likelihood on the test images.
    pub loss: Option<f64>,
    /// Number of test images.
    pub num_images: Option<usize>,
    /// Number of parameters.
    pub num_parameters: Option<usize>,
    /// Time spent in training.
    pub seconds: Option<f64>,
    /// Training speed.
    pub images_per_second: Option<f64>,
    /// One point for each evaluation, in the order of time.
    pub curves: Vec<CurvePoint>,
    /// Counts on the test images: row = truth, column = guess.
    pub confusion: Option<Vec<Vec<usize>>>,
}

/// A test image that not all runs guess alike.
#[derive(Debug, Clone)]
pub struct Disagreement {
    /// Its place among the test images, from 0.
    pub index: usize,
    /// The image.
    pub pixels: Pixels,
    /// Its class.
    pub truth: usize,
    /// The guess of each run, in the order of the runs; `None` where it is not known.
    pub guesses: Vec<Option<usize>>,
}

/// Pictures in shades of grey, side by side under a heading.
#[derive(Debug, Clone, Default)]
pub struct Strip {
    /// What they are of.
    pub heading: String,
    /// The pictures, from left to right.
    pub tiles: Vec<StripTile>,
}

/// One picture of a strip, drawn pixel for pixel.
#[derive(Debug, Clone, Default)]
pub struct StripTile {
    /// What stands below it.
    pub caption: String,
    /// Pixels in a row.
    pub width: usize,
    /// Row by row, 0 for black and 255 for white.
    pub pixels: Vec<u8>,
}

/// A box on a picture, in its pixels, and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Pixels left of it.
    pub left: usize,
    /// Pixels above it.
    pub top: usize,
    /// Pixels from left to right.
    pub width: usize,
    /// Pixels from top to bottom.
    pub height: usize,
    /// What it was read as.
    pub text: String,
    /// Whether that was sure enough.
    pub is_sure: bool,
}
