//! AVX-512, and AVX2 with FMA.

use super::{Kernel, Simd};
use std::arch::x86_64::{
    __m256, __m512, __m512i, _CMP_GT_OQ, _mm_loadu_si128, _mm256_add_ps, _mm256_blendv_ps,
    _mm256_cmp_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_storeu_ps,
    _mm256_sub_ps, _mm512_add_epi32, _mm512_add_ps, _mm512_castsi128_si512, _mm512_cmp_ps_mask,
    _mm512_cmplt_epu32_mask, _mm512_cvtepu8_epi32, _mm512_fmadd_ps, _mm512_loadu_ps,
    _mm512_mask_blend_ps, _mm512_maskz_compress_epi32, _mm512_maskz_compress_ps,
    _mm512_maskz_loadu_epi32, _mm512_maskz_loadu_ps, _mm512_permutexvar_epi32, _mm512_set1_epi32,
    _mm512_set1_ps, _mm512_shuffle_f32x4, _mm512_shuffle_ps, _mm512_storeu_ps, _mm512_storeu_si512,
    _mm512_sub_ps, _mm512_unpackhi_ps, _mm512_unpacklo_ps,
};

/// Whether the processor has what [`with_avx512`] needs.
pub(crate) fn has_avx512() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
        && has_avx2()
}

/// Whether the processor has what [`with_avx2`] needs.
pub(crate) fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

/// Runs a kernel compiled for AVX-512.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
pub(crate) unsafe fn with_avx512<K: Kernel>(kernel: K) -> K::Output {
    // SAFETY: the caller has the instruction set.
    unsafe { kernel.run::<Avx512>() }
}

/// Runs a kernel compiled for AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(crate) unsafe fn with_avx2<K: Kernel>(kernel: K) -> K::Output {
    // SAFETY: the caller has the instruction set.
    unsafe { kernel.run::<Avx2>() }
}

/// Sixteen floats, 32 registers.
#[derive(Clone, Copy)]
pub(crate) struct Avx512;

// SAFETY, of all blocks: the trait's callers have the instruction set and valid pointers.
impl Simd for Avx512 {
    const LANES: usize = 16;
    const NUM_ACCUMULATORS: usize = 24;
    const TILE_CHANNELS: usize = 6;
    type Vector = __m512;

    #[inline(always)]
    unsafe fn splat(value: f32) -> __m512 {
        unsafe { _mm512_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> __m512 {
        unsafe { _mm512_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, vector: __m512) {
        unsafe { _mm512_storeu_ps(to, vector) }
    }

    #[inline(always)]
    unsafe fn add(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_add_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn subtract(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_sub_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn multiply_add(a: __m512, b: __m512, c: __m512) -> __m512 {
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    unsafe fn if_greater(a: __m512, b: __m512, yes: __m512, no: __m512) -> __m512 {
        unsafe { _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(a, b), no, yes) }
    }

    #[inline(always)]
    unsafe fn transpose(
        (num_rows, from, from_stride): (usize, *const f32, usize),
        (num_columns, to, to_stride): (usize, *mut f32, usize),
    ) {
        unsafe {
            let mut rows = [_mm512_set1_ps(0.0); 16];
            for (index, row) in rows.iter_mut().enumerate() {
                if index < num_rows {
                    *row = _mm512_loadu_ps(from.add(index * from_stride));
                }
            }
            let columns = transposed(rows);
            for (index, column) in columns.into_iter().enumerate() {
                if index < num_columns {
                    _mm512_storeu_ps(to.add(index * to_stride), column);
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn compact(
        count: usize,
        choices: *const u8,
        values: *const f32,
        base: *const u32,
        steps: &[u32; 4],
        list: (*mut u32, *mut f32),
    ) -> usize {
        unsafe {
            let present = 0xFFFF_u16 >> (16 - count);
            let bytes = if count == 16 {
                _mm_loadu_si128(choices.cast())
            } else {
                let mut bytes = [4_u8; 16];
                std::ptr::copy_nonoverlapping(choices, bytes.as_mut_ptr(), count);
                _mm_loadu_si128(bytes.as_ptr().cast())
            };
            let choices = _mm512_cvtepu8_epi32(bytes);
            let active = _mm512_cmplt_epu32_mask(choices, _mm512_set1_epi32(4)) & present;
            let steps = _mm512_castsi128_si512(_mm_loadu_si128(steps.as_ptr().cast()));
            let offsets = _mm512_add_epi32(
                _mm512_maskz_loadu_epi32(present, base.cast()),
                _mm512_permutexvar_epi32(choices, steps),
            );
            let values = _mm512_maskz_loadu_ps(present, values);
            let offsets: __m512i = _mm512_maskz_compress_epi32(active, offsets);
            _mm512_storeu_si512(list.0.cast(), offsets);
            _mm512_storeu_ps(list.1, _mm512_maskz_compress_ps(active, values));
            active.count_ones() as usize
        }
    }
}

/// Rows become columns: within groups of four lanes, then the groups among each other.
#[inline(always)]
unsafe fn transposed(rows: [__m512; 16]) -> [__m512; 16] {
    unsafe {
        let mut quads = rows;
        for group in (0..16).step_by(4) {
            let [a, b, c, d] = [
                rows[group],
                rows[group + 1],
                rows[group + 2],
                rows[group + 3],
            ];
            let (ab_low, ab_high) = (_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
            let (cd_low, cd_high) = (_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
            quads[group] = _mm512_shuffle_ps::<0x44>(ab_low, cd_low);
            quads[group + 1] = _mm512_shuffle_ps::<0xEE>(ab_low, cd_low);
            quads[group + 2] = _mm512_shuffle_ps::<0x44>(ab_high, cd_high);
            quads[group + 3] = _mm512_shuffle_ps::<0xEE>(ab_high, cd_high);
        }
        // quads[4 g + j] has, in its group k, the columns 4 k + j of the rows 4 g … 4 g + 3.
        let mut columns = rows;
        for j in 0..4 {
            let [a, b, c, d] = [quads[j], quads[4 + j], quads[8 + j], quads[12 + j]];
            let ab_even = _mm512_shuffle_f32x4::<0x88>(a, b);
            let ab_odd = _mm512_shuffle_f32x4::<0xDD>(a, b);
            let cd_even = _mm512_shuffle_f32x4::<0x88>(c, d);
            let cd_odd = _mm512_shuffle_f32x4::<0xDD>(c, d);
            columns[j] = _mm512_shuffle_f32x4::<0x88>(ab_even, cd_even);
            columns[4 + j] = _mm512_shuffle_f32x4::<0x88>(ab_odd, cd_odd);
            columns[8 + j] = _mm512_shuffle_f32x4::<0xDD>(ab_even, cd_even);
            columns[12 + j] = _mm512_shuffle_f32x4::<0xDD>(ab_odd, cd_odd);
        }
        columns
    }
}

/// Eight floats, 16 registers.
#[derive(Clone, Copy)]
pub(crate) struct Avx2;

// SAFETY, of all blocks: the trait's callers have the instruction set and valid pointers.
impl Simd for Avx2 {
    const LANES: usize = 8;
    const NUM_ACCUMULATORS: usize = 8;
    const TILE_CHANNELS: usize = 2;
    type Vector = __m256;

    #[inline(always)]
    unsafe fn splat(value: f32) -> __m256 {
        unsafe { _mm256_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> __m256 {
        unsafe { _mm256_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, vector: __m256) {
        unsafe { _mm256_storeu_ps(to, vector) }
    }

    #[inline(always)]
    unsafe fn add(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_add_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn subtract(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_sub_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn multiply_add(a: __m256, b: __m256, c: __m256) -> __m256 {
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    unsafe fn if_greater(a: __m256, b: __m256, yes: __m256, no: __m256) -> __m256 {
        unsafe { _mm256_blendv_ps(no, yes, _mm256_cmp_ps::<_CMP_GT_OQ>(a, b)) }
    }
}
