#![allow(clippy::unwrap_used)]
use super::*;
use crate::drawn::normal;
use crate::with_fusing;

const KEY: DropoutKey = DropoutKey {
    seed: 42,
    step: 7,
    layer: 1,
};

fn kept(probability: f32, key: DropoutKey, count: u32) -> Vec<bool> {
    let mask = Dropout { probability, key }.mask();
    (0..count).map(|unit| mask.keeps(unit)).collect()
}

fn share(kept: impl Iterator<Item = bool>) -> f64 {
    let (mut count, mut all) = (0, 0);
    for is_kept in kept {
        count += u32::from(is_kept);
        all += 1;
    }
    f64::from(count) / f64::from(all)
}

/// Whether a share of `count` is what chance makes of `expected`: within five deviations.
fn assert_share(found: f64, expected: f64, count: f64, what: &str) {
    let deviation = (expected * (1.0 - expected) / count).sqrt();
    assert!(
        (found - expected).abs() < 5.0 * deviation,
        "{what}: {found} instead of {expected} ± {deviation}"
    );
}

#[test]
fn the_share_is_the_probability() {
    let count = 1 << 20;
    for probability in [0.01, 0.2, 0.25, 0.5, 0.9] {
        let found = share(kept(probability, KEY, count).into_iter());
        let expected = 1.0 - f64::from(probability);
        assert_share(found, expected, f64::from(count), "share");
    }
    assert!(kept(0.0, KEY, count).iter().all(|&is_kept| is_kept));
}

#[test]
fn neighbours_are_independent_at_every_distance() {
    let count = 1 << 18;
    let kept = kept(0.5, KEY, count);
    // Powers of two are what a weak hash would show; the others are widths of layers.
    for distance in [
        1, 2, 3, 8, 16, 64, 84, 120, 128, 144, 256, 512, 784, 1024, 65536,
    ] {
        let pairs = kept.iter().zip(&kept[distance..]);
        let found = share(pairs.map(|(one, other)| one == other));
        let num_pairs = f64::from(count) - distance as f64;
        assert_share(found, 0.5, num_pairs, &format!("distance {distance}"));
    }
    // Nor do all the rows of a batch share what their column is.
    for width in [10, 128, 512] {
        let rows = kept.chunks_exact(width);
        let num_rows = rows.len() as f64;
        assert_share(share(rows.map(|row| row[3])), 0.5, num_rows, "a column");
    }
}

#[test]
fn steps_layers_and_seeds_are_independent() {
    let count = 1 << 16;
    let one = kept(0.5, KEY, count);
    assert_eq!(one, kept(0.5, KEY, count));
    let mut others = Vec::new();
    for difference in [1, 2, 3, 256, 1 << 20] {
        let (seed, step) = (KEY.seed + difference, KEY.step + difference);
        let layer = KEY.layer + (difference as u32 & 0xFFFF);
        others.extend([
            DropoutKey { seed, ..KEY },
            DropoutKey { step, ..KEY },
            DropoutKey { layer, ..KEY },
        ]);
    }
    others.retain(|&other| other != KEY);
    for other in others {
        let pairs = one.iter().zip(kept(0.5, other, count));
        let found = share(pairs.map(|(one, other)| *one == other));
        assert_share(found, 0.5, f64::from(count), &format!("{other:?}"));
    }
}

#[test]
fn the_mask_stays_what_it_is() {
    let bits = kept(0.5, KEY, 64).into_iter().rev();
    let word = bits.fold(0_u64, |word, is_kept| word << 1 | u64::from(is_kept));
    assert_eq!(format!("{word:016x}"), "f2b9d6dcf4830cd0");
}

#[test]
fn fused_and_plain_are_the_same_bits() {
    let values = Tensor::from_inner(normal([70, 31, 29], 1)).require_grad();
    let dropout_of = Dropout {
        probability: 0.3,
        key: KEY,
    };
    let results = || {
        let found = crate::dropout(values.clone(), dropout_of);
        let gradients = found.clone().square().sum().backward();
        let gradient: Vec<f32> = values.grad(&gradients).unwrap().try_to_vec_as().unwrap();
        (found.inner().try_to_vec_as::<f32>().unwrap(), gradient)
    };
    let found = with_fusing(true, results);
    assert_eq!(found, with_fusing(false, results));
    let zeros = found.0.iter().filter(|&&value| value == 0.0).count();
    assert_share(
        zeros as f64 / found.0.len() as f64,
        f64::from(0.3_f32),
        found.0.len() as f64,
        "zeros",
    );
}
