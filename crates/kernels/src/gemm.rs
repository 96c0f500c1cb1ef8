//! Products of matrices, in place and threaded from smaller sizes on than Burn's.

use gemm::Parallelism;

/// Fewest multiplications that are worth more than one thread.
const WORTH_THREADS: usize = 1 << 21;

/// A matrix of floats with any strides.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    values: &'a [f32],
    shape: [usize; 2],
    strides: [usize; 2],
}

impl<'a> Matrix<'a> {
    /// `[rows, columns]`, row after row.
    pub(crate) fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(values.len(), rows * columns, "a matrix's values");
        Self {
            values,
            shape: [rows, columns],
            strides: [columns, 1],
        }
    }

    /// Rows become columns; nothing is copied.
    pub(crate) fn transposed(self) -> Self {
        let [rows, columns] = self.shape;
        let [row_stride, column_stride] = self.strides;
        Self {
            values: self.values,
            shape: [columns, rows],
            strides: [column_stride, row_stride],
        }
    }
}

/// `a` times `b`, row after row. Which thread computes which part changes no sum.
pub(crate) fn product(a: Matrix<'_>, b: Matrix<'_>) -> Vec<f32> {
    let ([rows, depth], [_, columns]) = (a.shape, b.shape);
    let parallelism = if rows * columns * depth < WORTH_THREADS {
        Parallelism::None
    } else {
        Parallelism::Rayon(0)
    };
    let mut product = Vec::with_capacity(rows * columns);
    #[allow(unsafe_code)]
    // SAFETY: there is room for the product. What is in it before is not read, and every value of it is written, with
    // zero where the depth is.
    unsafe {
        multiply(a, b, product.as_mut_ptr(), parallelism);
        product.set_len(rows * columns);
    }
    product
}

/// Writes `a` times `b` to `product`.
///
/// # Safety
///
/// There must be room for the product.
#[allow(unsafe_code)]
unsafe fn multiply(a: Matrix<'_>, b: Matrix<'_>, product: *mut f32, parallelism: Parallelism) {
    let ([rows, depth], [b_depth, columns]) = (a.shape, b.shape);
    assert_eq!(depth, b_depth, "matrices that fit together");
    let stride = |stride: usize| stride.cast_signed();
    // SAFETY: both are as large as their shapes and strides say; the product is the caller's.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            depth,
            product,
            1,
            stride(columns),
            false,
            a.values.as_ptr(),
            stride(a.strides[1]),
            stride(a.strides[0]),
            b.values.as_ptr(),
            stride(b.strides[1]),
            stride(b.strides[0]),
            0.0,
            1.0,
            false,
            false,
            false,
            parallelism,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_equal(found: &[f32], expected: [f32; 4]) -> bool {
        let pairs = found.iter().zip(expected);
        pairs
            .into_iter()
            .all(|(found, expected)| (found - expected).abs() < 1e-6)
    }

    #[test]
    fn products_of_all_orders() {
        let a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let b = [1.0, 0.0, 2.0, 0.0, 1.0, 1.0];
        let (a, b) = (Matrix::new(&a, 2, 3), Matrix::new(&b, 3, 2));
        assert!(is_equal(&product(a, b), [8.0, 3.0, 20.0, 6.0]));
        let other = product(b.transposed(), a.transposed());
        assert!(is_equal(&other, [8.0, 20.0, 3.0, 6.0]));
    }

    #[test]
    fn no_depth_gives_zeros() {
        let (a, b) = (Matrix::new(&[], 2, 0), Matrix::new(&[], 0, 2));
        assert_eq!(product(a, b), [0.0; 4]);
    }
}
