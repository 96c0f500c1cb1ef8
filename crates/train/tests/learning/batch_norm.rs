//! Networks with batch normalisation in training: their running statistics are part of what is kept.

use super::{digits, logits, recipe, train};
use burn::tensor::Device;
use model::{
    CnnConfig, ConvolutionConfig, Evaluation, NetworkConfig, Pool, ResidualConfig, Views,
    predict_logits,
};
use train::config::OptimizerKind;

pub(super) fn normalized() -> NetworkConfig {
    let convolution = ConvolutionConfig {
        channels: 4,
        batch_norm: true,
        pool: Pool::Max,
        ..ConvolutionConfig::default()
    };
    NetworkConfig::Cnn(CnnConfig {
        convolutions: vec![convolution.clone().into(), convolution.into()],
        dense: vec![],
        ..CnnConfig::default()
    })
}

/// A kept copy of the network must not follow the steps that come after it: where it shared its running statistics
/// with the average of the weights, it had those of the last step.
#[test]
fn the_best_weights_come_with_their_own_statistics() {
    let data = digits(320, 200);
    for ema_decay in [None, Some(0.5)] {
        let mut recipe = recipe(60);
        recipe.model = normalized();
        recipe.training.evaluate_every = Some(10);
        recipe.training.ema_decay = ema_decay;
        // The rate grows until training falls apart.
        recipe.training.optimizer.learning_rate = 30.0;
        recipe.training.optimizer.kind = OptimizerKind::Sgd;
        recipe.training.schedule.warmup_steps = 60;
        let trained = train(&recipe, &data);
        let (record, kept) = trained.outcome.kept.as_ref().unwrap();
        assert!(record.step < 60, "the best evaluation was the last");
        let again = Evaluation::new(
            &logits(&trained, &data),
            data.validation.labels(),
            &data.class_names,
        );
        let difference = (again.loss - kept.loss).abs();
        assert!(
            again.num_correct == kept.num_correct && difference < 1e-6,
            "average {ema_decay:?}: {} instead of {}",
            again.loss,
            kept.loss
        );
    }
}

#[test]
fn a_residual_network_memorises_one_batch() {
    let data = digits(32, 0);
    let stem = ConvolutionConfig {
        channels: 8,
        batch_norm: true,
        pool: Pool::Max,
        ..ConvolutionConfig::default()
    };
    let block = |channels, pool| ResidualConfig {
        channels,
        pool,
        ..ResidualConfig::default()
    };
    let mut recipe = recipe(80);
    recipe.training.optimizer.learning_rate = 1e-2;
    recipe.model = NetworkConfig::Cnn(CnnConfig {
        convolutions: vec![
            stem.into(),
            block(8, Pool::Max).into(),
            block(16, Pool::GlobalAverage).into(),
        ],
        dense: vec![],
        ..CnnConfig::default()
    });
    let trained = train(&recipe, &data);
    let pixels = data.train.pixels();
    let logits =
        predict_logits(&trained.classifier, pixels, 32, Views::One, &Device::flex()).unwrap();
    let evaluation = Evaluation::new(&logits, data.train.labels(), &data.class_names);
    assert_eq!(evaluation.num_correct, 32, "loss {}", evaluation.loss);
}
