//! Resampling by tensor operations, for GPUs and whatever else there is. Shapes: `_np` is
//! `[batch, pixels]`, `_n1` is `[batch, 1]`, `_1p` is `[1, pixels]`, one value for every image.

use super::{CENTRE, LAST, PADDED_PIXELS, PADDED_SIDE, PIXELS, ROW_STEP, SIDE, Smoothing, Warp};
use burn::tensor::{Bool, Device, Tensor, TensorData, ops::PadMode};

pub(super) fn resample(
    images_np: Tensor<2>,
    warps: &[Warp],
    displacement: Option<(&Smoothing, &[f32])>,
) -> Tensor<2> {
    let device = images_np.device();
    let [batch, _] = images_np.dims();
    let (columns_1p, rows_1p) = places(&device);
    let axis = |first: usize| {
        let part = |offset: usize| per_image(warps, &device, |warp| warp.affine[first + offset]);
        let from_columns = part(0) * (columns_1p.clone() - CENTRE);
        let from_rows = part(1) * (rows_1p.clone() - CENTRE);
        from_columns + from_rows + (part(2) + (CENTRE + 1.0))
    };
    let (mut x_np, mut y_np) = (axis(0), axis(3));
    if let Some((smoothing, values)) = displacement {
        let moves = smooth(batch, smoothing, values, &device);
        let [x_moves, y_moves] = [0, 1].map(|axis| {
            let moves = moves.clone().slice([0..batch, axis..axis + 1]);
            moves.reshape([batch, PIXELS])
        });
        (x_np, y_np) = (x_np + x_moves, y_np + y_moves);
    }
    let resampled_np = look_up(images_np, x_np, y_np);
    resampled_np.mask_fill(blanks(warps, &columns_1p, &rows_1p, &device), 0.0)
}

/// Columns and rows of all pixels, `[1, pixels]`.
fn places(device: &Device) -> (Tensor<2>, Tensor<2>) {
    let place = |value: fn(usize) -> usize| {
        let values: Vec<f32> = (0..PIXELS).map(|pixel| value(pixel) as f32).collect();
        Tensor::from_data(TensorData::new(values, [1, PIXELS]), device)
    };
    (place(|pixel| pixel % SIDE), place(|pixel| pixel / SIDE))
}

/// A value for each image, `[batch, 1]`.
fn per_image(warps: &[Warp], device: &Device, value: impl Fn(&Warp) -> f32) -> Tensor<2> {
    let values: Vec<f32> = warps.iter().map(value).collect();
    Tensor::from_data(TensorData::new(values, [warps.len(), 1]), device)
}

/// The displacement of every pixel, `[batch, 2, SIDE, SIDE]`.
fn smooth(batch: usize, smoothing: &Smoothing, values: &[f32], device: &Device) -> Tensor<4> {
    let side = smoothing.side();
    let of_pixels = smoothing
        .weights
        .iter()
        .flat_map(|weights| &weights[..SIDE]);
    let weights = TensorData::new(of_pixels.copied().collect::<Vec<f32>>(), [side, SIDE]);
    let weights = Tensor::<2>::from_data(weights, device);
    let values = TensorData::new(values.to_vec(), [batch * 2 * side, side]);
    let along_rows = Tensor::<2>::from_data(values, device).matmul(weights.clone());
    let along_rows = along_rows.reshape([batch, 2, side, SIDE]);
    weights
        .transpose()
        .reshape([1, 1, SIDE, side])
        .matmul(along_rows)
}

/// The values between the four pixels around each place.
fn look_up(images_np: Tensor<2>, x_np: Tensor<2>, y_np: Tensor<2>) -> Tensor<2> {
    let [batch, _] = images_np.dims();
    let behind = PADDED_SIDE - SIDE - 1;
    let padded = images_np
        .reshape([batch, SIDE, SIDE])
        .pad((1, behind, 1, behind), PadMode::Constant(0.0))
        .reshape([batch, PADDED_PIXELS]);
    let (x_np, y_np) = (x_np.clamp(0.0, LAST), y_np.clamp(0.0, LAST));
    let (left_np, top_np) = (x_np.clone().floor(), y_np.clone().floor());
    let (x_share, y_share) = (x_np - left_np.clone(), y_np - top_np.clone());
    let first = (top_np * PADDED_SIDE as f32 + left_np).int();
    let pixel = |offset: i32| padded.clone().gather(1, first.clone() + offset);
    let between =
        |left: Tensor<2>, right: Tensor<2>, share: Tensor<2>| left.clone() + share * (right - left);
    let upper = between(pixel(0), pixel(1), x_share.clone());
    let lower = between(pixel(ROW_STEP), pixel(ROW_STEP + 1), x_share);
    between(upper, lower, y_share)
}

/// Which pixels are blank, `[batch, pixels]`.
fn blanks(
    warps: &[Warp],
    columns_1p: &Tensor<2>,
    rows_1p: &Tensor<2>,
    device: &Device,
) -> Tensor<2, Bool> {
    let edge = |value: fn(&Warp) -> usize| per_image(warps, device, |warp| value(warp) as f32);
    let is_from = |place: &Tensor<2>, edge: Tensor<2>| place.clone().greater_equal(edge);
    let is_before = |place: &Tensor<2>, edge: Tensor<2>| place.clone().lower(edge);
    is_from(columns_1p, edge(|warp| warp.blank.left))
        .bool_and(is_before(columns_1p, edge(|warp| warp.blank.right)))
        .bool_and(is_from(rows_1p, edge(|warp| warp.blank.top)))
        .bool_and(is_before(rows_1p, edge(|warp| warp.blank.bottom)))
}
