//! Vectors of floats: one set of primitive operations for each instruction set, and the choice of the
//! best one that the processor has, at run time. Owns no algorithm.
//!
//! The compiler does not keep blocks of accumulators in vector registers when they are written as
//! plain arrays (measured: a third of the speed), hence the intrinsics. Kernels are written once, over
//! [`Simd`], and compiled for each set.
#![allow(unsafe_code)]

/// Floats and what can be done to several of them at once.
///
/// # Safety
///
/// The processor must have the instruction set; [`InstructionSet::run`] sees to that. Pointers must be
/// valid for [`Simd::LANES`] values, of any alignment.
pub(crate) trait Simd: Copy {
    /// Floats in a vector.
    const LANES: usize;
    /// Sums that fit into the registers beside what a kernel needs otherwise.
    const NUM_ACCUMULATORS: usize;
    /// Channels, at most 4, of which the forward convolution sums four positions at once. Fewer than
    /// fit into the registers were measured to be quicker.
    const TILE_CHANNELS: usize;
    /// Some floats.
    type Vector: Copy;

    unsafe fn splat(value: f32) -> Self::Vector;
    unsafe fn load(from: *const f32) -> Self::Vector;
    unsafe fn store(to: *mut f32, vector: Self::Vector);
    unsafe fn add(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    unsafe fn subtract(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a * b + c`, rounded once where the processor can.
    unsafe fn multiply_add(a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// `a > b ? yes : no`; `no` where one is not a number.
    unsafe fn if_greater(
        a: Self::Vector,
        b: Self::Vector,
        yes: Self::Vector,
        no: Self::Vector,
    ) -> Self::Vector;

    /// Copies `rows` × `columns` floats, rows becoming columns; neither is more than `LANES`. Strides
    /// are in floats. Whole vectors are read of each row and written of each column: what is beyond
    /// `columns` and `rows` must be readable and writable, and is nonsense afterwards.
    #[inline(always)]
    unsafe fn transpose(
        (rows, from, from_stride): (usize, *const f32, usize),
        (columns, to, to_stride): (usize, *mut f32, usize),
    ) {
        for row in 0..rows {
            for column in 0..columns {
                // SAFETY: both rectangles are the caller's.
                unsafe {
                    *to.add(column * to_stride + row) = *from.add(row * from_stride + column);
                }
            }
        }
    }

    /// Appends `base[i] + steps[choices[i]]` and `values[i]` to two lists for those of `count` ≤
    /// `LANES` places whose choice is below 4, and returns how many there were. The lists must have
    /// room for `LANES` entries more.
    #[inline(always)]
    unsafe fn compact(
        count: usize,
        choices: *const u8,
        values: *const f32,
        base: *const u32,
        steps: &[u32; 4],
        list: (*mut u32, *mut f32),
    ) -> usize {
        let mut length = 0;
        for index in 0..count {
            // SAFETY: the caller's inputs have `count` entries; the lists have room for as many.
            unsafe {
                let choice = usize::from(*choices.add(index));
                *list.0.add(length) = *base.add(index) + steps[choice & 3];
                *list.1.add(length) = *values.add(index);
                length += usize::from(choice < 4);
            }
        }
        length
    }
}

/// An algorithm over [`Simd`].
pub(crate) trait Kernel {
    /// What it returns.
    type Output;

    /// Runs it. Implementations are `#[inline(always)]`, so that they are compiled for the set.
    ///
    /// # Safety
    ///
    /// The processor must have the instruction set.
    unsafe fn run<S: Simd>(self) -> Self::Output;
}

/// An instruction set that this processor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InstructionSet(Kind);

/// Known sets, the plainest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl InstructionSet {
    /// The best one.
    pub(crate) fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if x86::has_avx512() {
                return Self(Kind::Avx512);
            }
            if x86::has_avx2() {
                return Self(Kind::Avx2);
            }
        }
        Self(Kind::Portable)
    }

    /// All of them.
    #[cfg(test)]
    pub(crate) fn all() -> Vec<Self> {
        let mut all = vec![Self(Kind::Portable)];
        #[cfg(target_arch = "x86_64")]
        {
            all.extend(x86::has_avx2().then_some(Self(Kind::Avx2)));
            all.extend(x86::has_avx512().then_some(Self(Kind::Avx512)));
        }
        all
    }

    /// Runs a kernel with it.
    pub(crate) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        // SAFETY: an `InstructionSet` is only made of what was detected.
        unsafe {
            match self.0 {
                Kind::Portable => kernel.run::<Portable>(),
                #[cfg(target_arch = "x86_64")]
                Kind::Avx2 => x86::with_avx2(kernel),
                #[cfg(target_arch = "x86_64")]
                Kind::Avx512 => x86::with_avx512(kernel),
            }
        }
    }

    /// Floats in a vector.
    pub(crate) fn num_lanes(self) -> usize {
        match self.0 {
            Kind::Portable => Portable::LANES,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => x86::Avx2::LANES,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => x86::Avx512::LANES,
        }
    }

    /// Channels of a tile of the convolution, at most.
    pub(crate) fn tile_channels(self) -> usize {
        match self.0 {
            Kind::Portable => Portable::TILE_CHANNELS,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => x86::Avx2::TILE_CHANNELS,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => x86::Avx512::TILE_CHANNELS,
        }
    }
}

/// Plain arrays, which the compiler turns into what the target has at least: NEON on 64-bit ARM, SSE2
/// on x86-64.
#[derive(Clone, Copy)]
pub(crate) struct Portable;

impl Simd for Portable {
    const LANES: usize = 4;
    const NUM_ACCUMULATORS: usize = 8;
    const TILE_CHANNELS: usize = 2;
    type Vector = [f32; 4];

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::Vector {
        [value; 4]
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self::Vector {
        // SAFETY: valid for four floats; arrays of floats are read at any alignment here.
        unsafe { from.cast::<[f32; 4]>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, vector: Self::Vector) {
        // SAFETY: as above.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(vector) }
    }

    #[inline(always)]
    unsafe fn add(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        std::array::from_fn(|lane| a[lane] + b[lane])
    }

    #[inline(always)]
    unsafe fn subtract(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        std::array::from_fn(|lane| a[lane] - b[lane])
    }

    #[inline(always)]
    unsafe fn multiply_add(a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
        // Without the instruction, `mul_add` is a slow call into the mathematical library.
        let has_instruction = cfg!(any(target_arch = "aarch64", target_feature = "fma"));
        std::array::from_fn(|lane| {
            if has_instruction {
                a[lane].mul_add(b[lane], c[lane])
            } else {
                a[lane] * b[lane] + c[lane]
            }
        })
    }

    #[inline(always)]
    unsafe fn if_greater(
        a: Self::Vector,
        b: Self::Vector,
        yes: Self::Vector,
        no: Self::Vector,
    ) -> Self::Vector {
        std::array::from_fn(|lane| {
            if a[lane] > b[lane] {
                yes[lane]
            } else {
                no[lane]
            }
        })
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) mod x86;
